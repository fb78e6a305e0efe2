package dev.cairn.testing;

import dev.cairn.InterruptionReason;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.json.StoredJson;
import dev.cairn.spi.Checkpoint;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** What a client counts in the metadata of a job when an attempt ends. */
final class Counts {
  private static final int MOST = 1_000_000_000;

  private Counts() {}

  /**
   * The numbers that an attempt changes: JSON by key. Nothing is left of the deaths of a job that
   * is continued after they have discarded it, as after a retry.
   */
  static Map<String, String> after(TestedAttempt<?> attempt) {
    String metadata = attempt.job().metadata();
    return switch (attempt.outcome()) {
      case AttemptOutcome.Snoozed snoozed -> snoozed(metadata);
      case AttemptOutcome.Interrupted interrupted ->
          interrupted(metadata, interrupted.reason(), attempt.checkpoints());
      case AttemptOutcome.Completed completed -> Map.of();
      case AttemptOutcome.Failed failed ->
          failed.failure() instanceof Deaths.TooManyException
              ? Map.of(
                  MetadataKeys.RESCUE_COUNT,
                  oneMore(metadata, MetadataKeys.RESCUE_COUNT),
                  MetadataKeys.DEATHS,
                  "0")
              : Map.of();
      case AttemptOutcome.Cancelled cancelled -> Map.of();
      case AttemptOutcome.Suspended suspended -> Map.of();
    };
  }

  /** A job that snoozes has reached the end of its work. */
  private static Map<String, String> snoozed(String metadata) {
    var counts = new HashMap<String, String>();
    counts.put(MetadataKeys.SNOOZES, oneMore(metadata, MetadataKeys.SNOOZES));
    if (of(metadata, MetadataKeys.OUTAGES) != 0) {
      counts.put(MetadataKeys.OUTAGES, "0");
    }
    if (metadata.contains('"' + MetadataKeys.DEATHS + '"')) {
      counts.put(MetadataKeys.DEATHS, "0");
    }
    return counts;
  }

  private static Map<String, String> interrupted(
      String metadata, InterruptionReason reason, List<Checkpoint> left) {
    String interruptions = oneMore(metadata, MetadataKeys.INTERRUPTIONS);
    return switch (reason) {
      // The job was taken from a client that had died, or was considered dead.
      case LEASE_LOST ->
          Map.of(
              MetadataKeys.RESCUE_COUNT,
              oneMore(metadata, MetadataKeys.RESCUE_COUNT),
              MetadataKeys.DEATHS,
              Deaths.note(metadata, left));
      case MAX_RUNTIME -> Map.of(MetadataKeys.YIELDS, oneMore(metadata, MetadataKeys.YIELDS));
      case DATABASE_LOST ->
          Map.of(
              MetadataKeys.INTERRUPTIONS,
              interruptions,
              MetadataKeys.OUTAGES,
              oneMore(metadata, MetadataKeys.OUTAGES));
      case SHUTDOWN, CANCELLED, TIMEOUT, REQUESTED, PAUSED, SUSPENDED, PROGRESS_DEADLINE ->
          Map.of(MetadataKeys.INTERRUPTIONS, interruptions);
    };
  }

  private static String oneMore(String metadata, String key) {
    return Integer.toString(of(metadata, key) + 1);
  }

  /** A number in the metadata of a job; 0 if it is missing or not a number. */
  static int of(String metadata, String key) {
    if (!metadata.contains('"' + key + '"')) {
      return 0;
    }
    JsonNode value = StoredJson.read(metadata).path(key);
    return value.canConvertToInt() ? Math.clamp(value.intValue(), 0, MOST) : 0;
  }
}
