package dev.cairn.river;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.cairn.JobState;
import dev.cairn.Unique;
import dev.cairn.UniqueOptions;
import dev.cairn.internal.store.UniqueKey;
import dev.cairn.spi.JacksonCodec;
import dev.cairn.spi.JsonCodec;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Date;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Unique keys are River's, byte for byte. */
class UniqueKeyConformanceTest {
  /** When the fixtures were written, by a River that took the time of insertion for the period. */
  private static final Instant WRITTEN = Instant.parse("2026-11-23T21:43:47Z");

  private static final JsonCodec CODEC = JacksonCodec.create();

  record PartArgs(
      @JsonProperty("customer_id") @Unique String customerId,
      @JsonProperty("trace_id") String traceId,
      Customer customer) {}

  record Customer(@Unique String id, String note) {}

  static Stream<JsonNode> cases() {
    return RiverFixtures.unique().stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void keyAndStatesAreThoseThatRiverWrote(JsonNode fixture) {
    JsonNode args = fixture.get("args");
    boolean marked = fixture.get("kind").stringValue().equals("part_args");

    UniqueKey key =
        UniqueKey.of(
            options(fixture.get("opts")),
            fixture.get("kind").stringValue(),
            fixture.get("queue").stringValue(),
            () -> CODEC.encodeUnique(marked ? CODEC.decode(args.toString(), PartArgs.class) : args),
            WRITTEN);

    assertThat(key.hex()).isEqualTo(fixture.get("unique_key_hex").stringValue());
    assertThat(key.states()).isEqualTo(fixture.get("unique_states").stringValue());
  }

  @Test
  void thePeriodIsThatOfTheTimeWhenTheJobIsDueInUtc() {
    UniqueKey key =
        UniqueKey.of(
            UniqueOptions.byKind().withPeriod(Duration.ofHours(1)),
            "conformance_simple",
            "default",
            () -> "{}",
            Instant.parse("2026-01-02T05:21:05.6789Z"));

    assertThat(key.hex())
        .isEqualTo("b7f3c49952996b760b8b3ff6cf48f426e03a6ef0f004fb6faa51725365cf309a");
  }

  @Test
  void aPeriodNeedNotBeWholeSeconds() {
    UniqueOptions options = UniqueOptions.byKind().withPeriod(Duration.ofMillis(1_500));
    Instant due = Instant.parse("2026-01-02T05:00:00Z");

    assertThat(
            Stream.of(0, 1_400, 1_499, 1_500).map(due::plusMillis).map(at -> period(options, at)))
        .containsExactly(
            period(options, due),
            period(options, due),
            period(options, due),
            period(options, due.plusMillis(2_900)));
    assertThat(period(options, due)).isNotEqualTo(period(options, due.plusMillis(1_500)));
  }

  private static String period(UniqueOptions options, Instant due) {
    return UniqueKey.of(options, "k", "default", () -> "", due).hex();
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "1.0|1",
        "-0.0|-0",
        "0.0|0",
        "1.50|1.5",
        "1e20|100000000000000000000",
        "1e21|1e+21",
        "1.5e-7|1.5e-7",
        "1e-7|1e-7",
        "0.000001|0.000001",
        "5e-324|5e-324",
        "4.9E-324|5e-324",
        "-9.9E-324|-1e-323",
        "1.7976931348623157E308|1.7976931348623157e+308",
        "123456789012345678901234567890|123456789012345678901234567890",
        "0.12345678901234567890123|0.12345678901234567890123",
        "12345678901234567.11|12345678901234567.11",
        "`\"a<b>&\\u2028\\u0001\\u007f\"`|`\"a\\u003cb\\u003e\\u0026\\u2028\\u0001\u007f\"`",
      })
  void valuesAreEncodedAsGoDoes(String java, String go) {
    assertThat(new Foreign("{\"v\":" + java + "}").encodeUnique(""))
        .isEqualTo("{\"v\":" + go + "}");
    assertThat(CODEC.encodeUnique(new Raw(java))).isEqualTo("{\"v\":" + go + "}");
  }

  record Raw(@JsonRawValue String v) {}

  record Numbers(double a, float b, BigDecimal c, long d) {}

  @Test
  void numbersAreThoseOfGo() {
    assertThat(
            CODEC.encodeUnique(
                new Numbers(
                    Double.MIN_VALUE, 16_777_216f, new BigDecimal("12345678901234567.12"), -7)))
        .isEqualTo("{\"a\":5e-324,\"b\":16777216,\"c\":12345678901234567.12,\"d\":-7}");
    assertThat(CODEC.encodeUnique(new Numbers(-0.0, 0.1f, new BigDecimal("1E+3"), 0)))
        .isEqualTo("{\"a\":-0,\"b\":0.1,\"c\":1000,\"d\":0}");
    assertThat(CODEC.encodeUnique(new Numbers(Double.NaN, 1, BigDecimal.ONE, 0)))
        .isEqualTo("{\"a\":\"NaN\",\"b\":1,\"c\":1,\"d\":0}");
  }

  record Times(Instant a, OffsetDateTime b, Date c, List<Instant> d, String e) {}

  @Test
  void timesHaveNoTrailingZerosAndTextsThatLookLikeThemHave() {
    Instant time = Instant.parse("2026-01-02T05:21:05.120Z");

    assertThat(
            CODEC.encodeUnique(
                new Times(
                    Instant.parse("2026-01-02T05:21:05.100Z"),
                    OffsetDateTime.parse("2026-01-02T05:21:05.100+01:00"),
                    Date.from(time),
                    List.of(time, Instant.parse("2026-01-02T05:21:00Z"), time.plusNanos(1_000)),
                    "2026-01-02T05:21:05.100Z")))
        .isEqualTo(
            "{\"a\":\"2026-01-02T05:21:05.1Z\",\"b\":\"2026-01-02T05:21:05.1+01:00\","
                + "\"c\":\"2026-01-02T05:21:05.12Z\","
                + "\"d\":[\"2026-01-02T05:21:05.12Z\",\"2026-01-02T05:21:00Z\","
                + "\"2026-01-02T05:21:05.120001Z\"],"
                + "\"e\":\"2026-01-02T05:21:05.100Z\"}");
  }

  @JsonInclude(Include.NON_NULL)
  record AllMarked(@Unique @Nullable String a, @Unique @Nullable Integer b, String c) {}

  @Test
  void nothingIsLeftIfAllMarkedFieldsAreLeftOut() {
    assertThat(CODEC.encodeUnique(new AllMarked(null, null, "x"))).isEmpty();
    assertThat(CODEC.encodeUnique(new AllMarked(null, 7, "x"))).isEqualTo("{\"b\":7}");
  }

  record Holder(@Nullable Customer customer, String other) {}

  @Test
  void nothingIsLeftAlsoIfWhatHoldsTheMarksIsNull() {
    assertThat(CODEC.encodeUnique(new Holder(null, "x"))).isEmpty();
    assertThat(CODEC.encodeUnique(new Holder(new Customer("n1", "note"), "x")))
        .isEqualTo("{\"customer\":{\"id\":\"n1\"}}");
  }

  /** River writes the names of the outermost object itself; those below come from Go's encoder. */
  @Test
  void namesAreEscapedWhereRiverEscapesThem() {
    var names = new HashMap<String, Object>();
    names.put("a<b>&", 1);
    names.put("\u00e9<", 2);
    names.put("q\"<", 3);
    names.put("in", Map.of("a<b", 4));

    assertThat(CODEC.encodeUnique(names))
        .isEqualTo("{\"a<b>&\":1,\"in\":{\"a\\u003cb\":4},\"q\\\"\\u003c\":3,\"\u00e9\\u003c\":2}");
  }

  @Test
  void namesAreSortedByTheirBytesAtEveryDepth() {
    String privateUse = "\ue000";
    String emoji = "\ud83d\ude00";
    var inner = new LinkedHashMap<String, Integer>();
    inner.put(emoji, 1);
    inner.put(privateUse, 2);
    var outer = new LinkedHashMap<String, Object>();
    outer.put(emoji, List.of(inner));
    outer.put(privateUse, 3);

    assertThat(CODEC.encodeUnique(outer))
        .isEqualTo("{\"%2$s\":3,\"%1$s\":[{\"%2$s\":2,\"%1$s\":1}]}".formatted(emoji, privateUse));
  }

  record Odd(
      @JsonProperty("user.id") @Unique int dotted,
      @JsonProperty(":x") @Unique int colon,
      @JsonProperty("{a}@b") @Unique int others,
      @JsonProperty("customer-id") @Unique int dashed,
      Customer customer,
      @JsonProperty("user") Customer user) {}

  @Test
  void namesAreTakenLiterallyAndSortedByTheirPaths() {
    Customer customer = new Customer("n1", "");

    assertThat(CODEC.encodeUnique(new Odd(1, 2, 3, 4, customer, customer)))
        .isEqualTo(
            "{\":x\":2,\"{a}@b\":3,\"customer-id\":4,\"customer\":{\"id\":\"n1\"},"
                + "\"user\":{\"id\":\"n1\"},\"user.id\":1}");
  }

  /** A codec of which no more is known than the JSON it writes. */
  record Foreign(String json) implements JsonCodec {
    @Override
    public String encode(@Nullable Object value) {
      return json;
    }

    @Override
    public <T> T decode(String text, Class<T> type) {
      throw new UnsupportedOperationException();
    }

    @Override
    public @Nullable Object decodeExactly(String text, Type type) {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void ofAnotherCodecTheOutermostObjectIsSortedAndTheOthersStay() {
    assertThat(new Foreign("{\"b\":{\"z\":1.0,\"a\":[]},\"a\":{},\"c\":null}").encodeUnique(""))
        .isEqualTo("{\"a\":{},\"b\":{\"z\":1,\"a\":[]},\"c\":null}");
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
