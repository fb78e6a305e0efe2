package dev.cairn.chaos.verdict;

/** The promises of Cairn. */
public enum Promise {
  /** Every job whose insertion was confirmed exists. */
  NO_JOB_LOST("no confirmed job is lost"),
  /** Every job has ended. */
  EVERY_JOB_ENDS("every job ends"),
  /** Jobs whose last attempt succeeds are completed. */
  RIGHT_END("every job ends in the right state"),
  /** A completed job has written each of its rows. */
  NO_ROW_LOST("rows of a transaction exist"),
  /** No row exists twice. */
  NO_ROW_TWICE("rows of a transaction exist once"),
  /** A completed job has had each of its plain effects. */
  NO_EFFECT_LOST("plain effects happen at least once"),
  /** A plain effect happens again only after an attack. */
  NO_EFFECT_REPEATED_WITHOUT_CAUSE("plain effects happen again only with a cause"),
  /** Work before a durable checkpoint is never done again. */
  NO_STEP_BACK("nothing before a durable checkpoint is done again"),
  /** A position is never ahead of the finished work. */
  NO_CHECKPOINT_AHEAD("no checkpoint is ahead of its work"),
  /**
   * {@code advance} loses at most the work of one flush interval, and nothing if the run ends in
   * order.
   */
  REDONE_WITHIN_FLUSH_INTERVAL("redone work is within the flush interval"),
  /** A job is completed once. */
  ONE_COMPLETION("a job is completed once"),
  /** No two runs of a job return normally without a cause. */
  ONE_GOOD_END("two runs of a job both return only with a cause"),
  /** No two runs of a job are in progress at once without a cause. */
  ONE_RUN_AT_A_TIME("two runs of a job overlap only with a cause"),
  /** Attempts are used up by what the worker throws, and by nothing else. */
  ATTEMPTS_ONLY_BY_THE_WORKER("attempts are used up by the worker's failures only"),
  /** Errors are recorded for what the worker throws, and for nothing else. */
  ERRORS_ONLY_BY_THE_WORKER("errors are recorded for the worker's failures only"),
  /** A worker throws only what it is planned to throw, or when an attack disturbs its client. */
  NO_FAILURE_WITHOUT_CAUSE("workers fail as planned, or with a cause"),
  /** Cairn interrupts a healthy job only if something separated its client from it. */
  NO_INTERRUPTION_WITHOUT_CAUSE("healthy jobs are interrupted only with a cause"),
  /** Jobs of a dead client are taken over within its heartbeat timeout and a second. */
  TAKEOVER_IN_TIME("a takeover takes the heartbeat timeout and a second at most"),
  /** Each client hears notifications again after the attacks. */
  CLIENTS_HEAR("clients hear notifications again after the attacks"),
  /** Processes end when they are told to, and only then. */
  PROCESSES_BEHAVE("processes end when they are told to, and only then");

  private final String meaning;

  Promise(String meaning) {
    this.meaning = meaning;
  }

  /** The promise, for people. */
  public String meaning() {
    return meaning;
  }
}
