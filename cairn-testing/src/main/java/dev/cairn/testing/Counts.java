package dev.cairn.testing;

import dev.cairn.InterruptionReason;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.json.StoredJson;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** What a client counts in the metadata of a job when an attempt ends. */
final class Counts {
  private static final int MOST = 1_000_000_000;

  private Counts() {}

  /**
   * The numbers that an attempt changes: JSON by key.
   *
   * @param metadata the metadata of the job when the attempt began
   */
  static Map<String, String> after(String metadata, AttemptOutcome outcome) {
    return switch (outcome) {
      case AttemptOutcome.Snoozed snoozed -> snoozed(metadata);
      case AttemptOutcome.Interrupted interrupted -> interrupted(metadata, interrupted.reason());
      case AttemptOutcome.Completed completed -> Map.of();
      case AttemptOutcome.Failed failed -> Map.of();
      case AttemptOutcome.Cancelled cancelled -> Map.of();
      case AttemptOutcome.Suspended suspended -> Map.of();
    };
  }

  private static Map<String, String> snoozed(String metadata) {
    String snoozes = oneMore(metadata, MetadataKeys.SNOOZES);
    return of(metadata, MetadataKeys.OUTAGES) == 0
        ? Map.of(MetadataKeys.SNOOZES, snoozes)
        : Map.of(MetadataKeys.SNOOZES, snoozes, MetadataKeys.OUTAGES, "0");
  }

  private static Map<String, String> interrupted(String metadata, InterruptionReason reason) {
    String interruptions = oneMore(metadata, MetadataKeys.INTERRUPTIONS);
    return switch (reason) {
      // The job was taken from a client that had died, or was considered dead.
      case LEASE_LOST ->
          Map.of(MetadataKeys.RESCUE_COUNT, oneMore(metadata, MetadataKeys.RESCUE_COUNT));
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
