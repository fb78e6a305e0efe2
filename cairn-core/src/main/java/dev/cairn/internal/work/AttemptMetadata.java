package dev.cairn.internal.work;

import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.json.StorableJson;
import dev.cairn.internal.store.MetadataKeys;
import dev.cairn.spi.JsonCodec;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The metadata of a job as they were at the claim, and what an attempt adds to them: it is staged
 * here and written with the outcome. Thread-safe.
 */
final class AttemptMetadata {
  /** The most bytes of a recorded output, as in River, and of any other value of the metadata. */
  private static final int OUTPUT_MAX = 32 << 20;

  /** Keys of River's that decide what becomes of the job; all of Cairn's begin alike. */
  private static final Set<String> RESERVED =
      Set.of(
          MetadataKeys.RESCUE_COUNT,
          MetadataKeys.RESUMABLE_STEP,
          MetadataKeys.RESUMABLE_CURSOR,
          MetadataKeys.CANCEL_ATTEMPTED_AT);

  private static final int COUNT_MAX = 1_000_000_000;
  private static final Log log = Log.of(AttemptMetadata.class);

  private final String claimed;
  private final String attempt;
  private final JsonCodec codec;
  private final Map<String, String> staged = new LinkedHashMap<>();

  /**
   * Nothing is staged yet.
   *
   * @param claimed a JSON object
   * @param attempt in words, for messages
   */
  AttemptMetadata(String claimed, String attempt, JsonCodec codec) {
    this.claimed = claimed;
    this.attempt = attempt;
    this.codec = codec;
  }

  /** Stages what a worker sets; what Cairn itself keeps there is refused. */
  void set(String key, @Nullable Object value) {
    StorableJson.requireText("metadata key", key);
    if (key.startsWith(MetadataKeys.OWN_PREFIX) || RESERVED.contains(key)) {
      throw new IllegalArgumentException(
          ("%s cannot set '%s' of its metadata: Cairn uses this key itself. Use another "
                  + "key [CAIRN-207]")
              .formatted(attempt, key));
    }
    stage(key, encoded(() -> "metadata '%s' of %s".formatted(key, attempt), value));
  }

  /** What would be refused when the outcome is written would take that along: it is refused now. */
  private String encoded(Supplier<String> what, @Nullable Object value) {
    String json = StorableJson.encoded(what, () -> codec.encode(value));
    // A character takes four bytes at most: what cannot be too large is not counted.
    if (json.length() > OUTPUT_MAX / 4
        && json.getBytes(StandardCharsets.UTF_8).length > OUTPUT_MAX) {
      throw new IllegalArgumentException(
          "%s is larger than %d MB: keep it elsewhere and record where [CAIRN-205]"
              .formatted(what.get(), OUTPUT_MAX >> 20));
    }
    return json;
  }

  private void stage(String key, String json) {
    synchronized (staged) {
      staged.put(key, json);
    }
  }

  /** Stages the output of the job. */
  void recordOutput(@Nullable Object value) {
    stage(MetadataKeys.OUTPUT, encoded(() -> "the output of " + attempt, value));
  }

  /**
   * A number in the job's metadata as it was at the claim; zero if there is none, or something else
   * in its place: whoever inserts a job may write there what they like.
   */
  int counted(String key) {
    if (!claimed.contains('"' + key + '"')) {
      return 0;
    }
    try {
      JsonNode value = JsonMapper.shared().readTree(claimed).path(key);
      return value.canConvertToInt() ? Math.clamp(value.intValue(), 0, COUNT_MAX) : 0;
    } catch (JacksonException e) {
      log.warn(
          "{}: the metadata key '{}' is not a number and counts as zero [CAIRN-529]",
          attempt,
          key,
          e);
      return 0;
    }
  }

  /** Adds one to a number in the job's metadata. */
  void count(String key) {
    setCounter(key, counted(key) + 1);
  }

  /** Sets a number in the job's metadata; without the user's codec, which may fail. */
  void setCounter(String key, int number) {
    stage(key, Integer.toString(number));
  }

  /** The staged metadata as a JSON object; null if there is none. */
  @Nullable String json() {
    synchronized (staged) {
      if (staged.isEmpty()) {
        return null;
      }
      var object = new StringBuilder("{");
      staged.forEach((key, json) -> {
        object.append(object.length() > 1 ? "," : "");
        object.append(JsonMapper.shared().writeValueAsString(key)).append(':').append(json);
      });
      return object.append('}').toString();
    }
  }
}
