package dev.cairn.internal.store;

/**
 * Every key of a job's metadata that Cairn reads or writes: River's, and its own, which begin with
 * {@link #OWN_PREFIX}. A key stands here and nowhere else; SQL names it in braces, see {@code
 * Template}.
 */
public final class MetadataKeys {
  private MetadataKeys() {}

  /** Begins all of Cairn's own keys, and the names of checkpoints that no step of a user has. */
  public static final String OWN_PREFIX = "cairn:";

  // River's.

  /** What the job has recorded as its output. */
  public static final String OUTPUT = "output";

  /** How often it has snoozed. */
  public static final String SNOOZES = "snoozes";

  /** When somebody has cancelled it while it ran. */
  public static final String CANCEL_ATTEMPTED_AT = "cancel_attempted_at";

  /** What became of it when another job had taken its unique key. */
  public static final String UNIQUE_KEY_CONFLICT = "unique_key_conflict";

  /** Whether a periodic job has inserted it. */
  public static final String PERIODIC = "periodic";

  /** The id of the periodic job that has inserted it. */
  public static final String PERIODIC_JOB_ID = "river:periodic_job_id";

  /** What its attempts have logged. */
  public static final String LOG = "river:log";

  /** How many clients have died while they worked it, and what counts as a death. */
  public static final String RESCUE_COUNT = "river:rescue_count";

  /** Begins the keys of resumable jobs. */
  public static final String RESUMABLE_PREFIX = "river:resumable_";

  /** The last finished step. */
  public static final String RESUMABLE_STEP = RESUMABLE_PREFIX + "step";

  /** The cursors of unfinished steps. */
  public static final String RESUMABLE_CURSOR = RESUMABLE_PREFIX + "cursor";

  // Cairn's.

  /** A digest of the resumable keys as Cairn has written them. */
  public static final String RESUMABLE_DIGEST = OWN_PREFIX + "resumable";

  /** When it was claimed, and the {@code attempted_at} it was given since. */
  public static final String RENEWED = OWN_PREFIX + "renewed";

  /** Whether what it waits for has come while it ran. */
  public static final String WOKEN = OWN_PREFIX + "woken";

  /** What an operator wants of the running job, and by which claim. */
  public static final String REQUEST = OWN_PREFIX + "request";

  /** What operators have done to it. */
  public static final String OPERATIONS = OWN_PREFIX + "operations";

  /** Why it was set apart. */
  public static final String SET_APART = OWN_PREFIX + "set_apart";

  /** What the metadata were, where they were not a JSON object. */
  public static final String ODD_METADATA = OWN_PREFIX + "odd_metadata";

  /** How many clients in a row have died of it, and where it stood at the last death. */
  public static final String DEATHS = OWN_PREFIX + "deaths";

  /** How often a deploy or an operator has interrupted it. */
  public static final String INTERRUPTIONS = OWN_PREFIX + "interruptions";

  /** How often it has had its time and queued up again. */
  public static final String YIELDS = OWN_PREFIX + "yields";

  /** How many attempts progress has given back. */
  public static final String ATTEMPTS_RENEWED = OWN_PREFIX + "attempts_renewed";

  /** How many attempts in a row have ended where they began. */
  public static final String NO_PROGRESS = OWN_PREFIX + "no_progress";

  /** How often the database was taken away from it since its last progress. */
  public static final String OUTAGES = OWN_PREFIX + "outages";

  /**
   * No key, but begins the names of checkpoints that are notes about a job. As notes of a step,
   * they are no progress.
   */
  public static final String NOTE_PREFIX = OWN_PREFIX + "note/" + OWN_PREFIX;

  /** No key, but the name of the checkpoint that holds the last step that River has told of. */
  public static final String RIVER_CHECKPOINT = OWN_PREFIX + "river";
}
