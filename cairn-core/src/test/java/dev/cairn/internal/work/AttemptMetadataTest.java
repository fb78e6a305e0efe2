package dev.cairn.internal.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.spi.JacksonCodec;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AttemptMetadataTest {
  private final AtomicInteger asked = new AtomicInteger();
  private final AttemptMetadata metadata =
      new AttemptMetadata(
          "{\"snoozes\": 2, \"odd\": \"x\"}", this::describe, JacksonCodec.create());

  private String describe() {
    asked.incrementAndGet();
    return "job 7 (import), attempt 3";
  }

  /**
   * Each attempt has metadata, and hardly any has a message: making its text took a microsecond.
   */
  @Test
  void theTextForMessagesIsNotMadeWithoutAMessage() {
    metadata.count("snoozes");
    metadata.recordOutput(5);

    assertThat(metadata.json()).isEqualTo("{\"snoozes\":3,\"output\":5}");
    assertThat(asked).hasValue(0);
  }

  @Test
  void messagesNameTheJobAndTheAttempt() {
    assertThatThrownBy(() -> metadata.set("cairn:pause", true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("job 7 (import), attempt 3 cannot set 'cairn:pause'");
    assertThat(metadata.json()).isNull();
  }
}
