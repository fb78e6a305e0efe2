package dev.cairn.internal.json;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoredJsonTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 900, 15_000})
  void anyDepthIsReadAndWritten(int depth) {
    String arrays = "[".repeat(depth) + "]".repeat(depth);
    String objects = "{\"a\":".repeat(depth) + "1" + "}".repeat(depth);

    assertThat(StoredJson.text(StoredJson.read(arrays))).isEqualTo(arrays);
    assertThat(StoredJson.text(StoredJson.read(objects))).isEqualTo(objects);
  }

  @Test
  void anyLengthIsRead() {
    String digits = "7".repeat(5_000);
    String name = "n".repeat(100_000);

    assertThat(StoredJson.text(StoredJson.read("{\"%s\":%s}".formatted(name, digits))))
        .isEqualTo("{\"%s\":%s}".formatted(name, digits));
  }

  /** Seen before: it was refused as if it were no JSON. */
  @Test
  void metadataMayHaveAnyNumberThatCanBeStored() {
    String metadata = "{\"n\": %s}".formatted("7".repeat(1_001));

    assertThat(StorableJson.requireObject("the metadata", metadata)).isEqualTo(metadata);
  }

  @Test
  void whatIsNoObjectHasNoFields() {
    assertThat(StoredJson.read("5").path("a").isMissingNode()).isTrue();
    assertThat(StoredJson.read("null").path("a").path("b").asInt(7)).isEqualTo(7);
  }
}
