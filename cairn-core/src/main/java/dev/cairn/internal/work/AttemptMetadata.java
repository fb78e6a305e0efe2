package dev.cairn.internal.work;

import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.json.StorableJson;
import dev.cairn.internal.json.StoredJson;
import dev.cairn.spi.JsonCodec;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The metadata of a job at the time of the claim, and the changes of the attempt, which are staged
 * here and written with the outcome. Thread-safe.
 */
final class AttemptMetadata {
  /**
   * The maximum size in bytes of a recorded output, as in River, and of any other metadata value.
   */
  private static final int OUTPUT_MAX = 32 << 20;

  private static final BigDecimal COUNT_MAX = BigDecimal.valueOf(1_000_000_000);
  private static final Log log = Log.of(AttemptMetadata.class);

  private final String claimed;
  private final Supplier<String> attempt;
  private final JsonCodec codec;
  private final Map<String, String> staged = new LinkedHashMap<>();

  /** The keys that a warning has named: an attempt asks for some counters several times. */
  private Set<String> warnedOf = Set.of();

  /**
   * Creates metadata without staged changes.
   *
   * @param claimed a JSON object
   * @param attempt returns the job and the attempt, for messages
   */
  AttemptMetadata(String claimed, Supplier<String> attempt, JsonCodec codec) {
    this.claimed = claimed;
    this.attempt = attempt;
    this.codec = codec;
  }

  /** Stages a value of the worker. Keys of Cairn and River are refused. */
  void set(String key, @Nullable Object value) {
    StorableJson.requireText("metadata key", key);
    MetadataKeys.requireFree(key, attempt.get());
    stage(key, encoded(() -> "metadata '%s' of %s".formatted(key, attempt.get()), value));
  }

  /** Encodes a value. Refuses a value that would make the statement of the outcome fail later. */
  private String encoded(Supplier<String> what, @Nullable Object value) {
    String json = StorableJson.encoded(what, () -> codec.encode(value));
    // A character has at most four bytes, so the bytes of a short value need not be counted.
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

  /** Stages the job's output. */
  void recordOutput(@Nullable Object value) {
    stage(MetadataKeys.OUTPUT, encoded(() -> "the output of " + attempt.get(), value));
  }

  /**
   * A number in the job's metadata at the time of the claim, from zero to a billion. Zero if it is
   * missing. Also zero, with a warning, if it is not a number, because a program that inserts a job
   * may write anything there. Other values in the metadata do not matter.
   */
  int counted(String key) {
    // Called for every job, so the key is searched for without building a string with quotes.
    if (!claimed.contains(key)) {
      return 0;
    }
    JsonNode value;
    try {
      value = StoredJson.read(claimed).path(key);
    } catch (JacksonException e) {
      if (isFirstWarningOf(key)) {
        log.warn(
            "{}: its metadata cannot be read, so '{}' counts as zero [CAIRN-529]",
            attempt.get(),
            key,
            e);
      }
      return 0;
    }
    if (value.isMissingNode() || value.isNull()) {
      return 0;
    }
    if (!value.isNumber()) {
      if (isFirstWarningOf(key)) {
        log.warn(
            "{}: the metadata key '{}' is not a number and counts as zero [CAIRN-529]",
            attempt.get(),
            key);
      }
      return 0;
    }
    return value.decimalValue().max(BigDecimal.ZERO).min(COUNT_MAX).intValue();
  }

  private boolean isFirstWarningOf(String key) {
    synchronized (staged) {
      if (warnedOf.isEmpty()) {
        warnedOf = new HashSet<>();
      }
      return warnedOf.add(key);
    }
  }

  /** Adds one to a number in the metadata. */
  void count(String key) {
    setCounter(key, counted(key) + 1);
  }

  /** Sets a number in the metadata, without the user's codec, which may fail. */
  void setCounter(String key, int number) {
    stage(key, Integer.toString(number));
  }

  /** The staged changes as a JSON object; null if there are none. */
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
