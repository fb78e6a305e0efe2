package dev.cairn.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.TestDatabase;
import dev.cairn.spi.SampleTypes.NoCreator;
import dev.cairn.spi.SampleTypes.Pair;
import dev.cairn.spi.SampleTypes.WithNoCreator;
import dev.cairn.spi.ValueCases.Case;
import dev.cairn.spi.ValueCases.Fate;
import java.lang.reflect.Type;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

/** What goes in comes out, or is refused: of every type, by way of the database. */
class CodecContractTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();

  private static final long SEED = 20261126;
  private static final int VALUES = 60;

  static Stream<Case> cases() {
    return ValueCases.all().stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aCursorOrResultComesBackEqualOrIsRefused(Case each) throws SQLException {
    JacksonCodec codec = JacksonCodec.create();

    Fate fate =
        fate(
            each,
            new Comparison(JsonMapper.shared(), false),
            value -> codec.encodeExactly(value, each.type()),
            (json, value) -> codec.decodeExactly(json, each.type()));

    assertThat(fate).isEqualTo(each.exact());
  }

  static Stream<Case> casesOfClasses() {
    return cases().filter(each -> each.type() == each.value(new Random(SEED)).getClass());
  }

  @ParameterizedTest
  @MethodSource("casesOfClasses")
  void anArgumentOrOutputComesBackWithTheSameAmountsOrIsRefused(Case each) throws SQLException {
    JacksonCodec codec = JacksonCodec.create();

    Fate fate =
        fate(
            each,
            new Comparison(JsonMapper.shared(), true),
            codec::encode,
            (json, value) -> codec.decode(json, value.getClass()));

    assertThat(fate).isEqualTo(each.args());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aMapperOfOnesOwnKeepsOrRefusesToo(Case each) throws SQLException {
    JacksonCodec codec = JacksonCodec.of(JsonMapper.builder().build());

    Fate ignored =
        fate(
            each,
            new Comparison(JsonMapper.shared(), false),
            value -> codec.encodeExactly(value, each.type()),
            (json, value) -> codec.decodeExactly(json, each.type()));
  }

  private static Fate fate(
      Case each,
      Comparison comparison,
      Function<Object, String> encode,
      BiFunction<String, Object, @Nullable Object> decode)
      throws SQLException {
    var random = new Random(SEED);
    var values = new ArrayList<>();
    var texts = new ArrayList<String>();
    for (int i = 0; i < VALUES; i++) {
      Object value = each.value(random);
      try {
        texts.add(encode.apply(value));
        values.add(value);
      } catch (IllegalArgumentException e) {
        assertThat(e).message().matches("(?s).*(come back|read again|read back|written as|key ).*");
      }
    }
    List<String> stored = stored(texts);
    for (int i = 0; i < values.size(); i++) {
      Object value = values.get(i);
      Object back = decode.apply(stored.get(i), value);
      assertThat(comparison.difference("", value, back)).as(texts.get(i)).isNull();
    }
    return values.isEmpty() ? Fate.REFUSED : values.size() < VALUES ? Fate.BY_VALUE : Fate.KEPT;
  }

  /** What PostgreSQL makes of these texts. */
  private static List<String> stored(List<String> texts) throws SQLException {
    var stored = new ArrayList<String>();
    try (Connection connection = database.dataSource().getConnection();
        var statement =
            connection.prepareStatement(
                "SELECT value::jsonb::text FROM unnest(?) WITH ORDINALITY AS given (value, place)"
                    + " ORDER BY place")) {
      statement.setArray(1, connection.createArrayOf("text", texts.toArray()));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          stored.add(rows.getString(1));
        }
      }
    }
    return stored;
  }

  /** The comparison that the other tests go by must not be too kind. */
  @Test
  void aComparisonTellsWhatDiffers() {
    var comparison = new Comparison(JsonMapper.shared(), false);

    for (Case each : ValueCases.all()) {
      var random = new Random(SEED);
      Object one = each.value(random);
      Object other = each.value(random);
      if (each.type() == one.getClass() && !one.equals(other)) {
        boolean saysEqual = comparison.difference("", one, other) == null;
        assertThat(saysEqual && !one.toString().equals(other.toString()))
            .as("%s: %s and %s", each.name(), one, other)
            .isFalse();
      }
    }
  }

  @Test
  void plainTypesAreTrustedAndOthersAreLookedAt() {
    TypeCheck types = new TypeCheck(JsonMapper.builder().build(), true);

    assertThat(types.of(SampleTypes.Plain.class)).isEqualTo(Trust.TYPE);
    assertThat(types.of(SampleTypes.Nested.class)).isEqualTo(Trust.TYPE);
    assertThat(types.of(SampleTypes.Tree.class)).isEqualTo(Trust.TYPE);
    assertThat(types.of(SampleTypes.Renamed.class)).isEqualTo(Trust.TYPE);
    assertThat(types.of(SampleTypes.Numbers.class)).isEqualTo(Trust.NUMBERS);
    for (Class<?> type :
        List.<Class<?>>of(
            SampleTypes.Times.class,
            SampleTypes.Bean.class,
            SampleTypes.Pair.class,
            SampleTypes.WithIgnored.class,
            SampleTypes.WithBundle.class,
            SampleTypes.WithDays.class,
            Object.class)) {
      assertThat(types.of(type)).as(type.getName()).isEqualTo(Trust.VALUE);
    }
    assertThat(new TypeCheck(JsonMapper.shared(), false).of(SampleTypes.Plain.class))
        .isEqualTo(Trust.VALUE);
  }

  @Test
  void aRefusalHasThePathAndTheWayOut() {
    JacksonCodec codec = JacksonCodec.create();

    assertThatThrownBy(() -> codec.requireArguments(WithNoCreator.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("field 'all[]'", NoCreator.class.getName(), "make it a record");
    assertThatThrownBy(() -> codec.requireArguments(SampleTypes.WithOpen.class))
        .hasMessageContainingAll("field 'open'", "seal it", "@JsonTypeInfo");
    assertThatThrownBy(() -> codec.encode(new Pair<>("text", Instant.EPOCH)))
        .hasMessageContainingAll(
            "field 'second'",
            "1970-01-01T00:00:00Z",
            "java.time.Instant",
            "java.lang.String",
            "declare");
    assertThatThrownBy(() -> codec.encodeExactly(Map.of("a", List.of(5L)), Map.class))
        .hasMessageContainingAll("field 'a[0]'", "java.lang.Long", "java.lang.Integer");
  }

  @Test
  void anOutputOfSeveralTypesIsTakenForWhatEachPartIs() {
    JacksonCodec codec = JacksonCodec.create();

    assertThat(codec.encode(Map.of("at", List.of(Instant.EPOCH))))
        .isEqualTo("{\"at\":[\"1970-01-01T00:00:00Z\"]}");
    assertThatThrownBy(() -> codec.encode(Map.of("a", List.of(NoCreator.of(1, 2)))))
        .hasMessageContaining("make it a record");
  }

  @Test
  void argumentsOfSealedTypesHaveNoNameOfTheirOwn() {
    JacksonCodec codec = JacksonCodec.create();

    assertThat(codec.encode(new SampleTypes.Circle(1))).isEqualTo("{\"radius\":1}");
    assertThat(codec.encode(new SampleTypes.Holder(new SampleTypes.Circle(1), List.of())))
        .isEqualTo("{\"shape\":{\"@type\":\"Circle\",\"radius\":1},\"more\":[]}");
  }

  @Test
  void modulesOnTheClassPathAreFound() {
    JacksonCodec codec = JacksonCodec.create();
    Type type = PlantedModule.Planted.class;
    var planted = PlantedModule.Planted.of("seed");

    String json = codec.encodeExactly(planted, type);

    assertThat(json).isEqualTo("\"planted:seed\"");
    assertThat(codec.decodeExactly(json, type)).isEqualTo(planted);
    assertThat(codec.decode(codec.encode(planted), PlantedModule.Planted.class)).isEqualTo(planted);
    assertThatThrownBy(() ->
            JacksonCodec.of(JsonMapper.builder().build()).requireArguments(planted.getClass()))
        .hasMessageContaining("no constructor fits its JSON");
  }

  @Test
  void aCodecThatSaysNothingOfTypesHasItsValuesLookedAt() {
    var codec =
        new JsonCodec() {
          private final JacksonCodec jackson = JacksonCodec.create();

          @Override
          public String encode(@Nullable Object value) {
            return "\"%.3s\"".formatted(value);
          }

          @Override
          public <T> T decode(String json, Class<T> type) {
            return jackson.decode(json, type);
          }

          @Override
          public @Nullable Object decodeExactly(String json, Type type) {
            return jackson.decodeExactly(json, type);
          }
        };

    assertThat(codec.encodeExactly("abc", String.class)).isEqualTo("\"abc\"");
    assertThatThrownBy(() -> codec.encodeExactly("abcd", String.class))
        .hasMessageContaining("abcd would come back as abc");
  }
}
