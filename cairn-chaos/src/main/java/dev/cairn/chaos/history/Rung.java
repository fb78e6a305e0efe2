package dev.cairn.chaos.history;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A way in which a job keeps its progress, with the effects of a completed job by the name of the
 * step. Effects in a transaction happen exactly once, plain effects at least once.
 */
public enum Rung {
  /** No steps at all. */
  PLAIN(Map.of("plain", 1), Map.of()),
  /** {@code advance} after each item: durable within the flush interval. */
  ADVANCE(Map.of("advance", 40), Map.of()),
  /** {@code checkpoint} after each item: durable when it returns. */
  CHECKPOINT(Map.of("checkpoint", 12), Map.of()),
  /** {@code advanceTx} in a transaction of the worker's own. */
  ADVANCE_TX(Map.of(), Map.of("advanceTx", 12)),
  /** {@code advanceInTransaction}. */
  ADVANCE_IN_TRANSACTION(Map.of(), Map.of("advanceInTransaction", 12)),
  /** Two steps in transactions, and a plain one between them. */
  STEP_TX(Map.of("between", 1), Map.of("first", 1, "second", 1)),
  /** {@code completeTx}: the worker completes the job in its own transaction. */
  COMPLETE_TX(Map.of(), Map.of("completeTx", 1)),
  /** Batches of a source, each in a transaction. */
  FOR_EACH_TX(Map.of(), Map.of("forEachTx", 12)),
  /** Two branches at once. */
  PARALLEL(Map.of("steps", 6), Map.of("rows", 8)),
  /** A source in parts that are worked at once, batches in transactions. */
  PARTS(Map.of(), Map.of("parts", 16)),
  /** {@code sleep} between two steps. */
  SLEEP(Map.of("before", 1, "after", 1), Map.of()),
  /** Waits for a signal between two steps. */
  SIGNAL(Map.of("before", 1, "after", 1), Map.of()),
  /** A step that fails at its first try and is tried again within the attempt. */
  RETRY(Map.of("done", 1), Map.of()),
  /** Fails in its first attempt, after a step. */
  FAIL_ONCE(Map.of("before", 1, "after", 1), Map.of()),
  /**
   * No steps. The job is in a queue of one client, which polls the queue so seldom that the job
   * runs only if the client receives notifications.
   */
  TOLD(Map.of("plain", 1), Map.of()),
  /** Ignores interrupts for some seconds. */
  DEAF(Map.of("deaf", 1), Map.of()),
  /** Ends its process with {@code System.exit}, once. */
  EXIT(Map.of("exit", 1), Map.of()),
  /** Runs out of memory, once. */
  OUT_OF_MEMORY(Map.of("memory", 1), Map.of()),
  /** Overflows its stack, once. */
  STACK_OVERFLOW(Map.of("stack", 1), Map.of()),
  /** Starts threads until no more are allowed, once. */
  THREADS(Map.of("threads", 1), Map.of());

  /** The rungs of jobs that are inserted all the time. Attacks insert the others. */
  public static final List<Rung> EVERYDAY =
      List.of(
          PLAIN,
          ADVANCE,
          CHECKPOINT,
          ADVANCE_TX,
          ADVANCE_IN_TRANSACTION,
          STEP_TX,
          COMPLETE_TX,
          FOR_EACH_TX,
          PARALLEL,
          PARTS,
          SLEEP,
          SIGNAL,
          RETRY,
          FAIL_ONCE);

  @SuppressWarnings("ImmutableEnumChecker") // an unmodifiable copy
  private final Map<String, Integer> plain;

  @SuppressWarnings("ImmutableEnumChecker") // the same
  private final Map<String, Integer> inTransaction;

  Rung(Map<String, Integer> plain, Map<String, Integer> inTransaction) {
    this.plain = Map.copyOf(plain);
    this.inTransaction = Map.copyOf(inTransaction);
  }

  /** The number of plain effects of each step. */
  public Map<String, Integer> plain() {
    return plain;
  }

  /** The number of rows that each step writes in transactions. */
  public Map<String, Integer> inTransaction() {
    return inTransaction;
  }

  /** The number of items of a step. */
  public int items(String step) {
    Integer items = plain.containsKey(step) ? plain.get(step) : inTransaction.get(step);
    if (items == null) {
      throw new IllegalArgumentException("%s has no step '%s'".formatted(this, step));
    }
    return items;
  }

  /** The key of a job that an attack inserts, with this number. */
  public String key(long number) {
    return label() + " " + number;
  }

  /** Whether this is a key of a job of this rung that an attack has inserted. */
  public boolean owns(String key) {
    return key.startsWith(label() + " ");
  }

  /** The name of the rung in reports. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
