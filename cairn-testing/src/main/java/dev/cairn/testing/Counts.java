package dev.cairn.testing;

import dev.cairn.InterruptionReason;
import dev.cairn.internal.json.StoredJson;
import dev.cairn.internal.store.MetadataKeys;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** What a client counts in the metadata of a job when an attempt ends. */
final class Counts {
  private static final int MOST = 1_000_000_000;

  private Counts() {}

  /**
   * The numbers that an attempt changes: JSON by key.
   *
   * @param metadata that of the job when the attempt began
   * @param progressed whether the attempt has brought the job forward
   */
  static Map<String, String> after(String metadata, AttemptOutcome outcome, boolean progressed) {
    var counts = new HashMap<String, String>();
    boolean startsAnew = progressed || outcome instanceof AttemptOutcome.Snoozed;
    switch (outcome) {
      case AttemptOutcome.Snoozed snoozed ->
          counts.put(MetadataKeys.SNOOZES, oneMore(metadata, MetadataKeys.SNOOZES));
      case AttemptOutcome.Interrupted interrupted -> {
        switch (interrupted.reason()) {
          case LEASE_LOST -> {
            // The job was taken from a client that had died, and has written nothing any more.
            return Map.of(MetadataKeys.RESCUE_COUNT, oneMore(metadata, MetadataKeys.RESCUE_COUNT));
          }
          case MAX_RUNTIME ->
              counts.put(MetadataKeys.YIELDS, oneMore(metadata, MetadataKeys.YIELDS));
          case DATABASE_LOST, SHUTDOWN, CANCELLED, TIMEOUT, REQUESTED, PAUSED, SUSPENDED,
              PROGRESS_DEADLINE ->
              counts.put(MetadataKeys.INTERRUPTIONS, oneMore(metadata, MetadataKeys.INTERRUPTIONS));
        }
      }
      case AttemptOutcome.Completed completed -> {
        return Map.of();
      }
      case AttemptOutcome.Failed failed -> {}
      case AttemptOutcome.Cancelled cancelled -> {}
      case AttemptOutcome.Suspended suspended -> {}
    }
    countOutages(counts, of(metadata, MetadataKeys.OUTAGES), startsAnew, isOutage(outcome));
    return counts;
  }

  private static void countOutages(
      Map<String, String> counts, int counted, boolean startsAnew, boolean isOutage) {
    int before = startsAnew ? 0 : counted;
    int now = isOutage ? before + 1 : before;
    if (now != counted) {
      counts.put(MetadataKeys.OUTAGES, Integer.toString(now));
    }
  }

  private static boolean isOutage(AttemptOutcome outcome) {
    return outcome instanceof AttemptOutcome.Interrupted interrupted
        && interrupted.reason() == InterruptionReason.DATABASE_LOST;
  }

  private static String oneMore(String metadata, String key) {
    return Integer.toString(of(metadata, key) + 1);
  }

  /** A number in the metadata of a job; 0 if it is missing, or anything else. */
  static int of(String metadata, String key) {
    if (!metadata.contains('"' + key + '"')) {
      return 0;
    }
    JsonNode value = StoredJson.read(metadata).path(key);
    return value.canConvertToInt() ? Math.clamp(value.intValue(), 0, MOST) : 0;
  }
}
