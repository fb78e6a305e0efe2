package dev.cairn.opentelemetry;

import io.opentelemetry.api.common.AttributeKey;
import java.util.List;

/**
 * The names of all attributes and events. Those that begin with {@code messaging.} and {@code
 * error.} are OpenTelemetry's, by version 1.41 of its conventions for messaging, which are still in
 * development: they may change with a new version of Cairn. Those that begin with {@code cairn.}
 * are Cairn's own.
 */
public final class TraceNames {
  private TraceNames() {}

  /** {@code river}, for jobs of every language. */
  public static final AttributeKey<String> MESSAGING_SYSTEM =
      AttributeKey.stringKey("messaging.system");

  /** {@code insert} or {@code process}. */
  public static final AttributeKey<String> MESSAGING_OPERATION_NAME =
      AttributeKey.stringKey("messaging.operation.name");

  /** {@code send} or {@code process}. */
  public static final AttributeKey<String> MESSAGING_OPERATION_TYPE =
      AttributeKey.stringKey("messaging.operation.type");

  /** The queue; missing if jobs of several queues are inserted at once. */
  public static final AttributeKey<String> MESSAGING_DESTINATION_NAME =
      AttributeKey.stringKey("messaging.destination.name");

  /** The id of the job; missing if several are inserted at once. */
  public static final AttributeKey<String> MESSAGING_MESSAGE_ID =
      AttributeKey.stringKey("messaging.message.id");

  /** How many jobs were inserted at once, if several. */
  public static final AttributeKey<Long> MESSAGING_BATCH_MESSAGE_COUNT =
      AttributeKey.longKey("messaging.batch.message_count");

  /** The id of the client that works the job. */
  public static final AttributeKey<String> MESSAGING_CLIENT_ID =
      AttributeKey.stringKey("messaging.client.id");

  /**
   * The class of the exception that failed an attempt, a step or an insertion; {@code timeout} or
   * {@code progress_deadline} if the time of an attempt was over.
   */
  public static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");

  /** The kind of the job, or of all jobs that were inserted. */
  public static final AttributeKey<String> JOB_KIND = AttributeKey.stringKey("cairn.job.kind");

  /** The kinds of the inserted jobs, if there are several; at most 16 of them. */
  public static final AttributeKey<List<String>> JOB_KINDS =
      AttributeKey.stringArrayKey("cairn.job.kinds");

  /** The number of the attempt, from 1. */
  public static final AttributeKey<Long> JOB_ATTEMPT = AttributeKey.longKey("cairn.job.attempt");

  /** The maximum number of attempts of the job. */
  public static final AttributeKey<Long> JOB_MAX_ATTEMPTS =
      AttributeKey.longKey("cairn.job.max_attempts");

  /** 1, the most urgent, to 4. */
  public static final AttributeKey<Long> JOB_PRIORITY = AttributeKey.longKey("cairn.job.priority");

  /** The seconds from when the job was due until it was claimed. */
  public static final AttributeKey<Double> JOB_WAIT = AttributeKey.doubleKey("cairn.job.wait");

  /**
   * How the attempt ended: {@code completed}, {@code failed}, {@code snoozed}, {@code cancelled},
   * {@code interrupted} or {@code suspended}.
   */
  public static final AttributeKey<String> JOB_OUTCOME =
      AttributeKey.stringKey("cairn.job.outcome");

  /** How many steps the attempt has skipped, because an earlier one had finished them. */
  public static final AttributeKey<Long> JOB_STEPS_SKIPPED =
      AttributeKey.longKey("cairn.job.steps_skipped");

  /** How many steps ran without a span, because the attempt had too many; missing if none did. */
  public static final AttributeKey<Long> JOB_STEPS_UNTRACED =
      AttributeKey.longKey("cairn.job.steps_untraced");

  /** How many of the inserted jobs were duplicates, if any were. */
  public static final AttributeKey<Long> INSERT_DUPLICATES =
      AttributeKey.longKey("cairn.insert.duplicates");

  /** The path of the step: its name after the names of the steps around it. */
  public static final AttributeKey<String> STEP_PATH = AttributeKey.stringKey("cairn.step.path");

  /**
   * How the step ended in this attempt: {@code finished}, {@code failed}, {@code stopped} by an
   * interruption, or {@code skipped}.
   */
  public static final AttributeKey<String> STEP_STATE = AttributeKey.stringKey("cairn.step.state");

  /** Whether the step continued where an earlier attempt had stopped. */
  public static final AttributeKey<Boolean> STEP_RESUMED =
      AttributeKey.booleanKey("cairn.step.resumed");

  /** How many positions of the step were saved in this attempt. */
  public static final AttributeKey<Long> STEP_CHECKPOINTS =
      AttributeKey.longKey("cairn.step.checkpoints");

  /** A position in the step as JSON; its first 256 characters. */
  public static final AttributeKey<String> STEP_CURSOR =
      AttributeKey.stringKey("cairn.step.cursor");

  /** The position of an item that was put aside, as JSON; its first 256 characters. */
  public static final AttributeKey<String> STEP_ITEM = AttributeKey.stringKey("cairn.step.item");

  /** Why the attempt had to stop, such as {@code shutdown} or {@code timeout}. */
  public static final AttributeKey<String> INTERRUPTION_REASON =
      AttributeKey.stringKey("cairn.interruption.reason");

  /** {@code insertion} or {@code attempt}: what a linked span is. */
  public static final AttributeKey<String> LINK_TYPE = AttributeKey.stringKey("cairn.link.type");

  /** Event: the attempt continues where an earlier one stopped. */
  public static final String RESUMED = "cairn.resumed";

  /** Event: a position is durable. At most 32 for each step of an attempt. */
  public static final String CHECKPOINT = "cairn.checkpoint";

  /**
   * Event: a step has failed or was stopped that has no span, because the attempt had too many. At
   * most 32 for each attempt.
   */
  public static final String STEP_ENDED = "cairn.step.ended";

  /** Event: the attempt had to stop. */
  public static final String INTERRUPTED = "cairn.interrupted";

  /** Event: an item was put aside. At most 32 for each step of an attempt. */
  public static final String QUARANTINED = "cairn.quarantined";

  /** {@code publish} or {@code process}, by version 1.24: only if asked for both. */
  static final AttributeKey<String> OLD_OPERATION = AttributeKey.stringKey("messaging.operation");

  /** By version 1.24: only if asked for both. */
  static final AttributeKey<String> OLD_CLIENT_ID = AttributeKey.stringKey("messaging.client_id");
}
