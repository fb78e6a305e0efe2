package dev.cairn.internal.client;

import dev.cairn.internal.json.StoredJson;
import java.util.function.Predicate;

/** The metadata that a user gives. */
final class UserMetadata {
  private UserMetadata() {}

  /**
   * Refuses keys that Cairn uses itself: copied values could take a running job from its client, or
   * control a new job.
   *
   * @param metadata a JSON object
   * @param job names the job, for the message
   * @param advice what to do instead
   */
  static String require(String metadata, Predicate<String> isReserved, String job, String advice) {
    for (String key : StoredJson.read(metadata).propertyNames()) {
      if (isReserved.test(key)) {
        throw new IllegalArgumentException(
            "'%s' in the metadata of %s cannot be set: Cairn uses this key itself. %s [CAIRN-207]"
                .formatted(key, job, advice));
      }
    }
    return metadata;
  }
}
