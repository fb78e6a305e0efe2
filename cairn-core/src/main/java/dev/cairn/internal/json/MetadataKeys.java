package dev.cairn.internal.json;

import java.util.Set;

/**
 * Every key of a job's metadata that Cairn reads or writes: River's keys, and Cairn's own keys,
 * which begin with {@link #OWN_PREFIX}. In the core, each key is defined only here. SQL names a key
 * in braces, see {@code Template}. Only {@link #PAUSED} is a key of the metadata of queues.
 */
public final class MetadataKeys {
  private MetadataKeys() {}

  /**
   * The prefix of Cairn's own keys, and of the names of checkpoints that do not belong to a user's
   * step.
   */
  public static final String OWN_PREFIX = "cairn:";

  // River's keys.

  /** The output that the job has recorded. */
  public static final String OUTPUT = "output";

  /** How often the job has snoozed. */
  public static final String SNOOZES = "snoozes";

  /** When the job was cancelled while it ran. */
  public static final String CANCEL_ATTEMPTED_AT = "cancel_attempted_at";

  /** What happened to the job when another job had taken its unique key. */
  public static final String UNIQUE_KEY_CONFLICT = "unique_key_conflict";

  /** Whether a periodic job has inserted the job. */
  public static final String PERIODIC = "periodic";

  /** The id of the periodic job that has inserted the job. */
  public static final String PERIODIC_JOB_ID = "river:periodic_job_id";

  /** The log of the job's attempts. */
  public static final String LOG = "river:log";

  /** How many clients have died while working the job. */
  public static final String RESCUE_COUNT = "river:rescue_count";

  /** The prefix of the keys of resumable jobs. */
  public static final String RESUMABLE_PREFIX = "river:resumable_";

  /** The last finished step. */
  public static final String RESUMABLE_STEP = RESUMABLE_PREFIX + "step";

  /** The cursors of unfinished steps. */
  public static final String RESUMABLE_CURSOR = RESUMABLE_PREFIX + "cursor";

  // Cairn's keys.

  /**
   * The run for which a leader of Cairn has inserted a periodic job. Jobs that run on start have
   * the time of the start.
   */
  public static final String RUN = OWN_PREFIX + "run";

  /** In the metadata of a queue: who has paused it, when and why. */
  public static final String PAUSED = OWN_PREFIX + "paused";

  /** A digest of the resumable keys as Cairn has written them. */
  public static final String RESUMABLE_DIGEST = OWN_PREFIX + "resumable";

  /** When the job was claimed, and its renewed {@code attempted_at}. */
  public static final String RENEWED = OWN_PREFIX + "renewed";

  /**
   * Whether the awaited signal was sent, or the awaited job ended, while this job was still
   * running.
   */
  public static final String WOKEN = OWN_PREFIX + "woken";

  /** An operator's request for the running job, and the claim that it is meant for. */
  public static final String REQUEST = OWN_PREFIX + "request";

  /** The operations of operators on the job. */
  public static final String OPERATIONS = OWN_PREFIX + "operations";

  /** Why the job was set apart. */
  public static final String SET_APART = OWN_PREFIX + "set_apart";

  /** The earlier metadata, if they were not a JSON object. */
  public static final String ODD_METADATA = OWN_PREFIX + "odd_metadata";

  /**
   * How many clients in a row have died while working the job, and its progress at the last death.
   */
  public static final String DEATHS = OWN_PREFIX + "deaths";

  /** The last times at which other clients took the job over, oldest first. */
  public static final String TAKEOVERS = OWN_PREFIX + "takeovers";

  /** How often a deploy or an operator has interrupted the job. */
  public static final String INTERRUPTIONS = OWN_PREFIX + "interruptions";

  /** How often the job has used up its run time and been queued again. */
  public static final String YIELDS = OWN_PREFIX + "yields";

  /** How many attempts the job got back because it made progress. */
  public static final String ATTEMPTS_RENEWED = OWN_PREFIX + "attempts_renewed";

  /** How many attempts in a row have ended without progress. */
  public static final String NO_PROGRESS = OWN_PREFIX + "no_progress";

  /** How often an outage of the database has ended an attempt since the job's last progress. */
  public static final String OUTAGES = OWN_PREFIX + "outages";

  /**
   * How many attempts in a row have ended without an outcome, so that the job was handed back. Used
   * only to delay the next attempt.
   */
  public static final String HANDED_BACK = OWN_PREFIX + "handed_back";

  /**
   * Not a key, but the prefix of the names of checkpoints that are notes about a job. Like notes of
   * a step, they do not count as progress.
   */
  public static final String NOTE_PREFIX = OWN_PREFIX + "note/" + OWN_PREFIX;

  /** Not a key, but the name of the checkpoint with the last step that River has recorded. */
  public static final String RIVER_CHECKPOINT = OWN_PREFIX + "river";

  /** River's keys that control the job. Cairn's own keys are recognized by their prefix. */
  private static final Set<String> RESERVED =
      Set.of(RESCUE_COUNT, RESUMABLE_STEP, RESUMABLE_CURSOR, CANCEL_ATTEMPTED_AT);

  /**
   * Reserved keys that may be set when a job is inserted: who inserted it by hand, for which run,
   * and, as in River, the step at which it starts.
   */
  private static final Set<String> OF_NEW_JOBS =
      Set.of(OPERATIONS, RUN, RESUMABLE_STEP, RESUMABLE_CURSOR);

  /** Whether users must not set a key of a new job. */
  public static boolean isReservedInNewJobs(String key) {
    return isReserved(key) && !OF_NEW_JOBS.contains(key);
  }

  /**
   * Refuses a key that a worker may not set.
   *
   * @param attempt the job and the attempt, for the message
   * @throws IllegalArgumentException if the key is Cairn's own or controls the job
   */
  public static void requireFree(String key, String attempt) {
    if (isReserved(key)) {
      throw new IllegalArgumentException(
          ("%s cannot set '%s' of its metadata: Cairn uses this key itself. Use another "
                  + "key [CAIRN-207]")
              .formatted(attempt, key));
    }
  }

  /** Whether users must not set a key, because it is Cairn's own or controls the job. */
  public static boolean isReserved(String key) {
    return key.startsWith(OWN_PREFIX) || RESERVED.contains(key);
  }
}
