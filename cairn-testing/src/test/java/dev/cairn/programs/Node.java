package dev.cairn.programs;

import java.util.List;

/**
 * A piece of a worker's program. Every name and id is there once in a program, so that an effect is
 * known by it. Prints itself as the Java that makes it, with the methods of {@link Dsl}.
 */
sealed interface Node {
  /** How often what fails always fails. */
  int ALWAYS = 1_000_000;

  /** Something that is seen from outside and that nothing makes undone: a mail, for example. */
  record Effect(String id) implements Node {
    @Override
    public String toString() {
      return "effect(%s)".formatted(Dsl.quoted(id));
    }
  }

  /** What a failure makes of the job. */
  enum Rule {
    /** The next attempt goes on where this one failed. */
    RETRY,
    /** The next attempt begins from zero, by {@code restartOn}. */
    RESTART
  }

  /** Throws the first times that it is run. */
  record Fail(String id, int times, Rule rule) implements Node {
    @Override
    public String toString() {
      return rule == Rule.RESTART
          ? "restart(%s, %s)".formatted(Dsl.quoted(id), Dsl.times(times))
          : "fail(%s, %s)".formatted(Dsl.quoted(id), Dsl.times(times));
    }
  }

  /** Hangs until it is interrupted, the first times that it is run. */
  record Hang(String id, int times) implements Node {
    @Override
    public String toString() {
      return "hang(%s, %s)".formatted(Dsl.quoted(id), Dsl.times(times));
    }
  }

  /** Looks at what must be the same in every attempt: an idempotency key and a UUID. */
  record Keys(String id) implements Node {
    @Override
    public String toString() {
      return "keys(%s)".formatted(Dsl.quoted(id));
    }
  }

  /** Gives a signal. */
  record Give(String id, String signal) implements Node {
    @Override
    public String toString() {
      return "give(%s, %s)".formatted(Dsl.quoted(id), Dsl.quoted(signal));
    }
  }

  /** Asks to be run again later, the first time. */
  record Snooze(String id) implements Node {
    @Override
    public String toString() {
      return "snooze(%s)".formatted(Dsl.quoted(id));
    }
  }

  /**
   * Is where the code is changed, the first time: the attempt ends, and the next one has new code.
   */
  record Deploy(String id) implements Node {
    @Override
    public String toString() {
      return "deploy(%s)".formatted(Dsl.quoted(id));
    }
  }

  /** Cancels the job. */
  record Cancel(String id) implements Node {
    @Override
    public String toString() {
      return "cancel(%s)".formatted(Dsl.quoted(id));
    }
  }

  /**
   * Completes the job in a transaction with a row.
   *
   * @param fails whether the code fails after that
   */
  record Complete(String id, boolean fails) implements Node {
    @Override
    public String toString() {
      return "complete(%s, %s)".formatted(Dsl.quoted(id), fails);
    }
  }

  /** A step with a result that the database cannot hold: a text with U+0000. */
  record Unstorable(String name) implements Node {
    @Override
    public String toString() {
      return "unstorable(%s)".formatted(Dsl.quoted(name));
    }
  }

  /** A step with others and effects in it. */
  record Step(String name, Options options, List<Node> body) implements Node {
    public Step {
      body = List.copyOf(body);
    }

    @Override
    public String toString() {
      return "step(%s%s%s)".formatted(Dsl.quoted(name), options, Dsl.listed(body));
    }
  }

  /**
   * A step whose result is remembered: a new number each time that it is run.
   *
   * @param failing what goes wrong in its body, one after the other, when it has had its effect
   */
  record Result(String name, Options options, List<Failing> failing) implements Node {
    public Result {
      failing = List.copyOf(failing);
    }

    Result(String name) {
      this(name, Options.NONE, List.of());
    }

    @Override
    public String toString() {
      return "result(%s%s%s)".formatted(Dsl.quoted(name), options, Dsl.listed(failing));
    }
  }

  /**
   * A step in a transaction that inserts one row.
   *
   * @param collisions how often its body meets a serialization failure first
   * @param byHand whether the worker begins and commits the transaction; then without collisions
   * @param failing what goes wrong in its body, one after the other, when the row is there
   */
  record StepTx(String name, Options options, int collisions, boolean byHand, List<Failing> failing)
      implements Node {
    /** Goes wrong behind the commit of a worker's own transaction. */
    static final String AFTER_COMMIT = "committed";

    public StepTx {
      failing = List.copyOf(failing);
    }

    StepTx(String name, int collisions, boolean byHand) {
      this(name, Options.NONE, collisions, byHand, List.of());
    }

    @Override
    public String toString() {
      String all = options + Dsl.listed(failing);
      if (byHand) {
        return "finishTx(%s%s)".formatted(Dsl.quoted(name), all);
      }
      return collisions == 0 && all.isEmpty()
          ? "stepTx(%s)".formatted(Dsl.quoted(name))
          : "stepTx(%s, %d%s)".formatted(Dsl.quoted(name), collisions, all);
    }

    /** Where it goes wrong before its transaction is committed. */
    List<Failing> beforeCommit() {
      return failing.stream().filter(each -> !each.item().equals(AFTER_COMMIT)).toList();
    }

    /** Where it goes wrong when that has happened: the step has finished all the same. */
    List<Failing> afterCommit() {
      return failing.stream().filter(each -> each.item().equals(AFTER_COMMIT)).toList();
    }
  }

  /** How a loop moves its cursor. */
  enum Move {
    ADVANCE,
    CHECKPOINT,
    /** A transaction of Cairn's, with a row for each item. */
    IN_TRANSACTION,
    /** A transaction of the worker's own, likewise. */
    OWN_TRANSACTION
  }

  /**
   * A step with a cursor that does the numbers from 1 on.
   *
   * @param failing what goes wrong with which number
   */
  record Loop(String name, Options options, Move move, int count, List<Failing> failing)
      implements Node {
    public Loop {
      failing = List.copyOf(failing);
    }

    @Override
    public String toString() {
      return "loop(%s, %s, %d%s%s)"
          .formatted(Dsl.quoted(name), move, count, options, Dsl.listed(failing));
    }
  }

  /** Branches at the same time; at most so many of them at once. */
  record Parallel(String name, Options options, int atMost, List<Branch> branches) implements Node {
    public Parallel {
      branches = List.copyOf(branches);
    }

    @Override
    public String toString() {
      return "parallel(%s, %d%s%s)"
          .formatted(Dsl.quoted(name), atMost, options, Dsl.listed(branches));
    }
  }

  /** A branch of a parallel step. */
  record Branch(String name, List<Node> body) {
    public Branch {
      body = List.copyOf(body);
    }

    @Override
    public String toString() {
      return "branch(%s%s)".formatted(Dsl.quoted(name), Dsl.listed(body));
    }
  }

  /** Goes on until another branch has failed, and must then be stopped soon. */
  record Busy(String name, String until) implements Node {
    @Override
    public String toString() {
      return "busy(%s, %s)".formatted(Dsl.quoted(name), Dsl.quoted(until));
    }
  }

  /** The ways to go through a source. */
  enum Form {
    ITEM,
    /** Each item is a step within the step. */
    ITEM_STEPS,
    BATCH,
    TX,
    PARTS,
    /** Batches of the size of the number of parts, in parts. */
    BATCH_PARTS,
    /** Likewise, each in a transaction. */
    TX_PARTS,
    /** Each item is a step in a transaction, and fails when its row is there. */
    ITEM_TX_STEPS,
    /** Each item is a step with a result, and fails when it has had its effect. */
    ITEM_RESULTS,
    /** Each item is a step with an effect, and fails behind it, before another effect. */
    BEHIND_ITEM_STEPS;

    /** Whether there is a step within the step for each item. */
    boolean hasSteps() {
      return this == ITEM_STEPS
          || this == ITEM_TX_STEPS
          || this == ITEM_RESULTS
          || this == BEHIND_ITEM_STEPS;
    }

    /** Whether what is done of an item is a row. */
    boolean hasRows() {
      return isInTransactions() || this == ITEM_TX_STEPS;
    }

    /** Whether its parts are worked at the same time. */
    boolean isInParts() {
      return this == PARTS || this == BATCH_PARTS || this == TX_PARTS;
    }

    boolean isInTransactions() {
      return this == TX || this == TX_PARTS;
    }

    /** Whether several items are done at once. */
    boolean isInBatches() {
      return isInTransactions() || this == BATCH || this == BATCH_PARTS;
    }
  }

  /**
   * Goes through a source.
   *
   * @param size of a batch, and how many parts
   */
  record ForEach(
      String name,
      Options options,
      Form form,
      int size,
      Items items,
      Policy policy,
      List<Failing> failing)
      implements Node {
    public ForEach {
      failing = List.copyOf(failing);
    }

    @Override
    public String toString() {
      return "forEach(%s, %s, %d, %s, %s%s%s)"
          .formatted(Dsl.quoted(name), form, size, items, policy, options, Dsl.listed(failing));
    }
  }

  /** Waits for a time. */
  record Sleep(String name, int millis) implements Node {
    @Override
    public String toString() {
      return "sleep(%s, %d)".formatted(Dsl.quoted(name), millis);
    }
  }

  /**
   * Waits for a signal: one that the program gives, or else somebody outside.
   *
   * @param atMostMillis how long it waits at most; 0 for no limit
   */
  record Await(String name, String signal, int atMostMillis) implements Node {
    /** How the names of signals begin that nobody gives. */
    static final String NEVER = "never";

    /** From this limit on, the signal comes before its time is over. */
    private static final int LIMIT_OF_ALL_MILLIS = 600_000;

    Await(String name, String signal) {
      this(name, signal, 0);
    }

    @Override
    public String toString() {
      return atMostMillis == 0
          ? "await(%s, %s)".formatted(Dsl.quoted(name), Dsl.quoted(signal))
          : "await(%s, %s, %d)".formatted(Dsl.quoted(name), Dsl.quoted(signal), atMostMillis);
    }

    /** Whether somebody gives the signal at all. */
    boolean mayBeGiven() {
      return !signal.startsWith(NEVER);
    }

    /** Whether the wait is so long that the job waits until the signal is given. */
    boolean waitsForSignal() {
      return mayBeGiven() && (atMostMillis == 0 || atMostMillis >= LIMIT_OF_ALL_MILLIS);
    }

    /**
     * Whether the signal comes: also whether it is there in time, so that this is no chance.
     *
     * @param signalsFirst whether the signals from outside are given before the job is inserted
     */
    boolean comes(boolean signalsFirst) {
      return waitsForSignal() || (mayBeGiven() && signalsFirst);
    }

    /** Whether the job waits for the time and not for the signal. */
    boolean isSleep(boolean signalsFirst) {
      return !comes(signalsFirst);
    }
  }

  /**
   * Code that is to do what {@code right} means, and has a mistake. Only the explorer works it, and
   * accuses it.
   */
  record Mistake(Mutation mutation, Node right) implements Node {
    @Override
    public String toString() {
      return "mistake(Mutation.%s, %s)".formatted(mutation, right);
    }
  }

  /** What goes wrong with an item. */
  record Failing(String item, int times, Fault fault) {
    @Override
    public String toString() {
      return switch (fault) {
        case THROWS -> "failing(%s, %s)".formatted(Dsl.quoted(item), Dsl.times(times));
        case HANGS -> "hanging(%s, %s)".formatted(Dsl.quoted(item), Dsl.times(times));
        case DEPLOYS -> "deployedAt(%s)".formatted(Dsl.quoted(item));
      };
    }
  }

  /** How an item goes wrong. */
  enum Fault {
    THROWS,
    HANGS,
    /** The code is changed there. */
    DEPLOYS
  }

  /**
   * How a step is run.
   *
   * @param tries within one attempt
   * @param timeoutMillis 0 for none
   */
  record Options(int tries, int timeoutMillis, boolean isolated) {
    static final Options NONE = new Options(1, 0, false);

    @Override
    public String toString() {
      return equals(NONE) ? "" : ", options(%d, %d, %s)".formatted(tries, timeoutMillis, isolated);
    }
  }

  /**
   * What becomes of items that fail.
   *
   * @param most how many may be skipped, or how many of a hundred
   */
  record Policy(Kind kind, int most) {
    /** The policies. */
    enum Kind {
      RETRY_JOB,
      SKIP,
      /** Skips a share of the items, of which at least a hundred must have been met. */
      SHARE,
      QUARANTINE
    }

    static final Policy RETRY_JOB = new Policy(Kind.RETRY_JOB, 0);

    /** From so many on a share counts. */
    static final int SHARE_FROM = 100;

    /** The share, as code says it. */
    double share() {
      return most / 100.0;
    }

    @Override
    public String toString() {
      return switch (kind) {
        case RETRY_JOB -> "retryJob()";
        case SKIP -> "skip(%d)".formatted(most);
        case SHARE -> "share(%d)".formatted(most);
        case QUARANTINE -> "quarantine()";
      };
    }
  }
}
