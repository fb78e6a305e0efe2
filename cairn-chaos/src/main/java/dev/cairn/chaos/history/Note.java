package dev.cairn.chaos.history;

import java.util.Optional;

/**
 * One line of a worker's journal.
 *
 * @param kind what happened
 * @param millis the time, by the clock of this machine
 * @param client the client that worked the job
 * @param run the id of the run, unique among all clients
 * @param jobId the job
 * @param step the step; empty if the note is about the whole run
 * @param item the item, or the position from which a step continued
 * @param text the key of the run's job, or how the run ended
 */
public record Note(
    Kind kind,
    long millis,
    String client,
    String run,
    long jobId,
    String step,
    long item,
    String text) {
  /** The kind of a note. */
  public enum Kind {
    /** A run began; the item is the number of the attempt, the text is the job's key. */
    BEGAN,
    /** A plain effect happened. */
    DID,
    /** A checkpoint after the item is durable, because the call has returned. */
    KEPT,
    /** A step begins or continues at this position: all items below it are done. */
    AT,
    /** The worker returned, or threw. */
    ENDED,
    /** A thread of the worker process ran late; the item is the number of milliseconds. */
    LATE
  }

  /** The end of a run whose worker returned normally. */
  public static final String RETURNED = "returned";

  /** The beginning of the text of a run that waits: it was suspended or snoozed by its own code. */
  public static final String SUSPENDED = "suspended";

  /** The beginning of the text of a run that was interrupted from outside. */
  public static final String INTERRUPTED = "interrupted";

  /**
   * The beginning of the text of a run that an outage of the database ended. It uses up no attempt.
   */
  public static final String CUT_OFF = "cut off by the database";

  /** The beginning of the text of a run that any other exception ended. */
  public static final String THREW = "threw";

  private static final int FIELDS = 8;

  /** The line of the journal, with its line end. */
  public String line() {
    return String.join(
            "\t",
            kind.name(),
            Long.toString(millis),
            client,
            run,
            Long.toString(jobId),
            step,
            Long.toString(item),
            text.replaceAll("\\s+", " "))
        + "\n";
  }

  /** Parses a line; empty if a killed process has written only a part of it. */
  public static Optional<Note> parse(String line) {
    String[] fields = line.split("\t", -1);
    if (fields.length != FIELDS) {
      return Optional.empty();
    }
    return Optional.of(
        new Note(
            Kind.valueOf(fields[0]),
            Long.parseLong(fields[1]),
            fields[2],
            fields[3],
            Long.parseLong(fields[4]),
            fields[5],
            Long.parseLong(fields[6]),
            fields[7]));
  }
}
