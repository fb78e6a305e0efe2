package dev.cairn.internal.work;

import dev.cairn.chaos.fuzz.Expect;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.json.StorableJson;
import dev.cairn.internal.json.StoredJson;
import dev.cairn.spi.JacksonCodec;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;

/** Metadata is refused with a reason, or stored; whatever is stored can be counted in. */
public final class JobMetadataFuzz {
  private static final String[] COUNTERS = {
    MetadataKeys.SNOOZES, MetadataKeys.INTERRUPTIONS, MetadataKeys.RESCUE_COUNT
  };

  private JobMetadataFuzz() {}

  /** Called by Jazzer, by this name. */
  public static void fuzzerTestOneInput(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    try {
      Expect.that(StorableJson.requireObject("the metadata", text).equals(text), "changed");
      Expect.that(StoredJson.read(text).isObject(), "not an object");
    } catch (IllegalArgumentException refusal) {
      Expect.helpful(refusal);
    }
    if (isJson(text)) {
      count(text);
    }
  }

  /** Other programs may have stored any JSON. */
  private static void count(String text) {
    var metadata = new AttemptMetadata(text, () -> "job 1", JacksonCodec.create());
    for (String key : COUNTERS) {
      int before = metadata.counted(key);
      metadata.count(key);
      Expect.that(before >= 0 && before <= 1_000_000_000, "a count of", before);
    }
    Expect.that(StoredJson.read(String.valueOf(metadata.json())).isObject(), "not an object");
  }

  private static boolean isJson(String text) {
    try {
      StoredJson.read(text);
      return true;
    } catch (JacksonException e) {
      return false;
    }
  }
}
