package dev.cairn.resumable;

import dev.cairn.WorkContext;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.internal.foreign.Log;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Quarantine;
import dev.cairn.spi.StoredJson;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/*
 * Which item kills the process is known only if it was recorded before it ran, and recording each
 * one would cost a round trip each. So nothing is recorded until the job has died once. After that,
 * each item is, for the first while of each attempt: the item that kills lies within one flush
 * interval behind the durable position, or else the position is nearer the next time.
 */

/** Deals with the items of one step that fail, or kill their process (R20). */
final class PoisonWatch {
  private static final Log log = Log.of(PoisonWatch.class);
  private static final Duration CAREFUL = Duration.ofSeconds(30);
  private static final int ERROR_MAX = 16_000;

  private final WorkContext context;
  private final StepEntry entry;
  private final StepValues values;
  private final ItemPolicy policy;
  private final String skippedName;
  private final String suspectName;
  private final int rescues;
  private final long carefulUntil = System.nanoTime() + CAREFUL.toNanos();
  private final @Nullable String suspect;
  private final int crashesOfSuspect;
  private long skipped;
  private final long met;

  PoisonWatch(StepRunner runner, StepEntry entry, ItemPolicy policy) {
    this.context = runner.context();
    this.values = runner.values();
    this.entry = entry;
    this.policy = policy;
    this.skippedName = entry.path() + "/" + SavedSteps.OWN + "skipped";
    this.suspectName = entry.path() + "/" + SavedSteps.OWN + "suspect";
    this.rescues = rescues(context.job().metadata());
    String counts = runner.ledger().savedValue(skippedName);
    JsonNode counted = counts == null ? null : JsonMapper.shared().readTree(counts);
    this.skipped = counted == null ? 0 : counted.path(0).asLong();
    this.met = counted == null ? 0 : counted.path(1).asLong();
    String saved = isCareful() ? runner.ledger().savedValue(suspectName) : null;
    JsonNode record = saved == null ? null : JsonMapper.shared().readTree(saved);
    this.suspect = record == null ? null : record.path("item").asString();
    this.crashesOfSuspect =
        record == null
            ? 0
            : record.path("crashes").asInt() + (rescues > record.path("rescues").asInt() ? 1 : 0);
  }

  private static int rescues(String metadata) {
    return metadata.contains("\"river:rescue_count\"")
        ? StoredJson.read(metadata).path("river:rescue_count").asInt(0)
        : 0;
  }

  /** Whether each item is recorded before it is worked. */
  boolean isCareful() {
    return policy.action() == ItemPolicy.Action.QUARANTINE
        && rescues > 0
        && System.nanoTime() - carefulUntil < 0;
  }

  boolean mayPassOver() {
    return policy.action() != ItemPolicy.Action.RETRY_JOB;
  }

  /** Whether the item may be worked; if not it has been put aside. */
  boolean admits(Object position, @Nullable Object before) {
    if (!isCareful()) {
      return true;
    }
    String item = values.encodeCursor(entry, position);
    int crashes = item.equals(suspect) ? crashesOfSuspect : 0;
    if (crashes >= policy.crashes()) {
      putAside(
          position,
          before,
          "the process died %d times while it worked this item".formatted(crashes),
          crashes);
      return false;
    }
    String record =
        JsonMapper.shared()
            .createObjectNode()
            .put("item", item)
            .put("crashes", crashes)
            .put("rescues", rescues)
            .toString();
    context.checkpoints().save(new Checkpoint(suspectName, null, true, record));
    context.checkpoints().flush();
    return true;
  }

  /** How many items were met until one was last skipped in an earlier attempt. */
  long met() {
    return met;
  }

  /**
   * Passes over an item that failed, or throws its failure.
   *
   * @param metBefore how many items came before it, over all attempts
   */
  void failed(Object position, @Nullable Object before, long metBefore, Exception failure)
      throws Exception {
    if (StepRunner.endsAttempt(failure) || context.shouldYield()) {
      throw failure;
    }
    switch (policy.action()) {
      case RETRY_JOB -> throw failure;
      case SKIP -> {
        if (!policy.maySkip(skipped + 1, metBefore + 1)) {
          throw failure;
        }
        skipped++;
        log.warn(
            "{}: step '{}' skips the item at {}", values.job(), entry.path(), position, failure);
        String counts = "[" + skipped + "," + (metBefore + 1) + "]";
        context.checkpoints().save(new Checkpoint(skippedName, null, true, counts));
      }
      case QUARANTINE -> putAside(position, before, text(failure), 0);
    }
  }

  private void putAside(Object position, @Nullable Object before, String error, int crashes) {
    log.warn(
        "{}: step '{}' puts the item at {} aside: {}",
        values.job(),
        entry.path(),
        position,
        error.lines().findFirst().orElse(""));
    String item = values.encodeCursor(entry, position);
    new StepEvents(context).quarantined(entry, item, error);
    context
        .quarantine()
        .put(
            entry.path(),
            new Quarantine.Item(
                item, before == null ? null : values.encodeCursor(entry, before), error, crashes));
  }

  static String text(Exception failure) {
    String all = new ForeignFailure(failure).trace();
    return all.length() <= ERROR_MAX ? all : all.substring(0, ERROR_MAX);
  }
}
