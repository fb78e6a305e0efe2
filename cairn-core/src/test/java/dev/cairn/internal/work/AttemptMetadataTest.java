package dev.cairn.internal.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.TestLogs;
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

  private AttemptMetadata of(String claimed) {
    return new AttemptMetadata(claimed, this::describe, JacksonCodec.create());
  }

  /** Seen before: one of them made all counters zero, and no limit of the job ever applied. */
  @Test
  void otherValuesDoNotMatterToACounter() {
    String digits = "9".repeat(1_001);
    String nested = "[".repeat(600) + "]".repeat(600);

    assertThat(of("{\"output\": %s, \"snoozes\": 5}".formatted(digits)).counted("snoozes"))
        .isEqualTo(5);
    assertThat(of("{\"output\": %s, \"snoozes\": 5}".formatted(nested)).counted("snoozes"))
        .isEqualTo(5);
  }

  @Test
  void aCounterIsBetweenZeroAndABillion() {
    assertThat(of("{\"snoozes\": -3}").counted("snoozes")).isZero();
    assertThat(of("{\"snoozes\": 7.9}").counted("snoozes")).isEqualTo(7);
    assertThat(of("{\"snoozes\": 3000000000}").counted("snoozes")).isEqualTo(1_000_000_000);
    assertThat(of("{\"snoozes\": 1e1500}").counted("snoozes")).isEqualTo(1_000_000_000);
    assertThat(of("{\"other\": \"snoozes\"}").counted("snoozes")).isZero();
  }

  @Test
  void whatIsNoNumberCountsAsZeroWithAWarning() {
    TestLogs.forget();

    assertThat(metadata.counted("odd")).isZero();
    assertThat(metadata.counted("missing")).isZero();

    assertThat(TestLogs.warnings("CAIRN-529"))
        .containsExactly(
            "job 7 (import), attempt 3: the metadata key 'odd' is not a number and counts as zero"
                + " [CAIRN-529]");
  }

  @Test
  void messagesNameTheJobAndTheAttempt() {
    assertThatThrownBy(() -> metadata.set("cairn:pause", true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("job 7 (import), attempt 3 cannot set 'cairn:pause'");
    assertThat(metadata.json()).isNull();
  }
}
