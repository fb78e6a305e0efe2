package dev.cairn.river;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobState;
import dev.cairn.UniqueOptions;
import dev.cairn.internal.store.UniqueKey;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Unique keys are River's, byte for byte. */
@Tag("once")
class UniqueKeyConformanceTest {
  /** When the fixtures were written. River takes the time of the insertion, not of the schedule. */
  private static final Instant WRITTEN = Instant.parse("2026-11-23T21:43:47Z");

  static Stream<JsonNode> cases() {
    return RiverFixtures.unique().stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void keyAndStatesAreThoseThatRiverWrote(JsonNode fixture) {
    // As Java encodes them: without Go's escapes.
    String args = fixture.get("args").toString();
    List<List<String>> fields =
        fixture.get("kind").stringValue().equals("part_args")
            ? List.of(List.of("customer_id"), List.of("customer", "id"))
            : List.of();

    UniqueKey key =
        UniqueKey.of(
            options(fixture.get("opts")),
            fixture.get("kind").stringValue(),
            fixture.get("queue").stringValue(),
            args,
            fields,
            WRITTEN);

    assertThat(key.hex()).isEqualTo(fixture.get("unique_key_hex").stringValue());
    assertThat(key.states()).isEqualTo(fixture.get("unique_states").stringValue());
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "1.0|1",
        "-0.0|-0",
        "1.50|1.5",
        "1e20|100000000000000000000",
        "1e21|1e+21",
        "1.5e-7|1.5e-7",
        "0.000001|0.000001",
        "123456789012345678901234567890|123456789012345678901234567890",
        "0.12345678901234567890123|0.12345678901234567890123",
        "\"a<b>&\\u2028\\u0001\\u007f\"|\"a\\u003cb\\u003e\\u0026\\u2028\\u0001\\u007f\"",
      })
  void valuesAreEncodedAsGoDoes(String java, String go) {
    assertThat(key("{\"v\":" + java + "}")).isEqualTo(key("{\"v\":" + go + "}"));
  }

  private static String key(String args) {
    return UniqueKey.of(UniqueOptions.byKind().withArgs(), "k", "default", args, List.of(), WRITTEN)
        .hex();
  }

  private static UniqueOptions options(JsonNode fixture) {
    UniqueOptions options = UniqueOptions.byKind();
    if (fixture.get("by_args").asBoolean()) {
      options = options.withArgs();
    }
    if (fixture.get("by_period_seconds").asInt() > 0) {
      options = options.withPeriod(Duration.ofSeconds(fixture.get("by_period_seconds").asInt()));
    }
    if (fixture.get("by_queue").asBoolean()) {
      options = options.withQueue();
    }
    if (fixture.get("exclude_kind").asBoolean()) {
      options = options.withoutKind();
    }
    if (!fixture.get("by_state").isNull()) {
      var states = EnumSet.noneOf(JobState.class);
      fixture.get("by_state").forEach(state -> states.add(JobState.ofLabel(state.stringValue())));
      options = options.withStates(states);
    }
    return options;
  }
}
