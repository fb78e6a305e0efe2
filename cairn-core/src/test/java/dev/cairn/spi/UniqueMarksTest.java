package dev.cairn.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.cairn.Unique;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonSerialize;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.ser.std.ToStringSerializer;

/** What counts of arguments, in the names of the codec, and what is refused. */
class UniqueMarksTest {
  private static final JsonCodec CODEC = JacksonCodec.create();

  record Renamed(@Unique @JsonProperty("customer") String who, String trace) {}

  @Test
  void namesAreThoseOfTheCodec() {
    JsonCodec snakes =
        JacksonCodec.of(
            JsonMapper.builder()
                .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                .build());

    assertThat(CODEC.encodeUnique(new Renamed("ada", "t"))).isEqualTo("{\"customer\":\"ada\"}");
    assertThat(snakes.encodeUnique(new Inherits("a", 7))).isEqualTo("{\"customer_id\":7}");
  }

  static class Base {
    @Unique private final int customerId;

    Base(int customerId) {
      this.customerId = customerId;
    }

    public int getCustomerId() {
      return customerId;
    }
  }

  static final class Inherits extends Base {
    public final String note;

    Inherits(String note, int customerId) {
      super(customerId);
      this.note = note;
    }
  }

  static final class Accessors {
    @JsonIgnore public String hidden = "x";

    @Unique
    public boolean isOpen() {
      return true;
    }

    @Unique
    @JsonProperty("made")
    public int compute() {
      return 3;
    }

    public String getNote() {
      return "note";
    }
  }

  @Test
  void inheritedFieldsAndAccessorsCount() {
    assertThat(CODEC.encodeUnique(new Inherits("a", 7))).isEqualTo("{\"customerId\":7}");
    assertThat(CODEC.encodeUnique(new Accessors())).isEqualTo("{\"made\":3,\"open\":true}");
  }

  record Address(@Unique String city, String street) {}

  record Order(@JsonUnwrapped(prefix = "to_") Address to, Address from, @Unique int number) {}

  @Test
  void unwrappedAndNestedFieldsCount() {
    assertThat(CODEC.encodeUnique(new Order(new Address("Ulm", "a"), new Address("Bonn", "b"), 7)))
        .isEqualTo("{\"from\":{\"city\":\"Bonn\"},\"number\":7,\"to_city\":\"Ulm\"}");
  }

  record Line(@Unique String article, int pieces) {}

  @SuppressWarnings("ArrayRecordComponent")
  record Basket(
      List<@Nullable Line> lines,
      Map<String, Line> byName,
      Line[] array,
      List<Object> others,
      String trace) {}

  @Test
  void marksOfElementsAndOfValuesOfMapsCount() {
    var byName = new LinkedHashMap<String, Line>();
    byName.put("z", new Line("Z", 1));
    byName.put("a", new Line("A", 1));
    var basket =
        new Basket(
            Arrays.asList(new Line("x", 1), null, new Line("y", 2)),
            byName,
            new Line[] {new Line("w", 3)},
            List.of(new Line("v", 4), "text"),
            "trace");

    assertThat(CODEC.encodeUnique(basket))
        .isEqualTo(
            "{\"array\":[{\"article\":\"w\"}],"
                + "\"byName\":{\"a\":{\"article\":\"A\"},\"z\":{\"article\":\"Z\"}},"
                + "\"lines\":[{\"article\":\"x\"},null,{\"article\":\"y\"}],"
                + "\"others\":[{\"article\":\"v\"},\"text\"]}");
  }

  record Whole(@Unique Address address, @Unique Plain plain, String trace) {}

  @JsonPropertyOrder({"second", "first"})
  record Plain(int first, int second) {}

  @Test
  void aMarkOnAnObjectMeansAllOfItUnlessThereAreMarksInside() {
    assertThat(CODEC.encodeUnique(new Whole(new Address("Ulm", "a"), new Plain(1, 2), "t")))
        .isEqualTo("{\"address\":{\"city\":\"Ulm\"},\"plain\":{\"second\":2,\"first\":1}}");
  }

  sealed interface Shape permits Circle, Square {}

  record Circle(@Unique int radius, String color) implements Shape {}

  record Square(@Unique int side, String color) implements Shape {}

  record Drawing(@Nullable Shape shape, Object any, String trace) {}

  @Test
  void marksOfTheValuesThatAreThereCountWhateverTypeWasDeclared() {
    assertThat(CODEC.encodeUnique(new Drawing(new Circle(3, "red"), new Square(4, "blue"), "t")))
        .isEqualTo("{\"any\":{\"side\":4},\"shape\":{\"radius\":3}}");
    assertThat(CODEC.encodeUnique(new Drawing(null, "x", "t"))).isEmpty();
  }

  record Node(@Unique int id, @Nullable Node next, String note) {}

  @Test
  void marksOfATypeWithinItselfCount() {
    assertThat(CODEC.encodeUnique(new Node(1, new Node(2, null, "b"), "a")))
        .isEqualTo("{\"id\":1,\"next\":{\"id\":2}}");
  }

  record Collections2(
      Map<String, Integer> map,
      Set<Integer> numbers,
      Set<String> texts,
      Set<UUID> ids,
      More more) {}

  static final class More {
    private final Map<String, Integer> more;

    More(Map<String, Integer> more) {
      this.more = more;
    }

    public int getFixed() {
      return 0;
    }

    @JsonAnyGetter
    public Map<String, Integer> more() {
      return more;
    }
  }

  record Inner(@Unique String name, int other) {}

  @SuppressWarnings("ArrayRecordComponent")
  record Arrays2(int[] ints, long[] longs, double[] doubles, String[] texts, Inner inner) {}

  @SuppressWarnings("ArrayRecordComponent")
  record Plain2(int[] ints, Map<String, Integer> map) {}

  @Test
  void arraysOfPrimitivesLeaveTheMarksAfterThemWhereTheyAre() {
    int[] ints = {2, 1};
    var arguments =
        new Arrays2(
            ints, new long[] {3}, new double[] {1.5}, new String[] {"a"}, new Inner("ada", 7));
    assertThat(CODEC.encodeUnique(arguments)).isEqualTo("{\"inner\":{\"name\":\"ada\"}}");

    var map = new LinkedHashMap<String, Integer>();
    map.put("b", 1);
    map.put("a", 2);
    assertThat(CODEC.encodeUnique(new Plain2(ints, map)))
        .isEqualTo("{\"ints\":[2,1],\"map\":{\"a\":2,\"b\":1}}");
  }

  @Test
  void equalArgumentsHaveEqualTexts() {
    var random = new Random(20261126);
    List<Integer> numbers = Arrays.asList(10, 9, -1, 200);
    List<String> names = Arrays.asList("b", "a", "<", "\u00e9", "AaAa", "BBBB", "AaBB", "BBAa");
    List<UUID> ids = Arrays.asList(new UUID(1, 2), new UUID(3, 4), new UUID(0, 9));
    var texts = new HashSet<String>();

    for (int i = 0; i < 200; i++) {
      Collections.shuffle(numbers, random);
      Collections.shuffle(names, random);
      Collections.shuffle(ids, random);
      var map = new LinkedHashMap<String, Integer>();
      names.forEach(name -> map.put(name, name.length()));
      texts.add(
          CODEC.encodeUnique(
              new Collections2(
                  map,
                  new LinkedHashSet<>(numbers),
                  i % 2 == 0 ? new LinkedHashSet<>(names) : new TreeSet<>(names),
                  Set.copyOf(ids),
                  new More(map))));
    }

    assertThat(texts).singleElement().asString().contains("\"numbers\":[-1,9,10,200]");
  }

  record Empty() {}

  record NoObject(Empty empty, Map<String, Integer> map) {}

  @Test
  void emptyObjectsStay() {
    assertThat(CODEC.encodeUnique(new NoObject(new Empty(), Map.of())))
        .isEqualTo("{\"empty\":{},\"map\":{}}");
  }

  @SuppressWarnings("ArrayRecordComponent")
  record Bytes(byte[] bytes, char[] text) {}

  @Test
  void bytesAreBase64() {
    assertThat(CODEC.encodeUnique(new Bytes(new byte[] {1, 2, 3}, new char[] {'a', '<'})))
        .isEqualTo("{\"bytes\":\"AQID\",\"text\":\"a\\u003c\"}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ar-EG", "fa-IR", "tr-TR", "th-TH-u-nu-thai"})
  void theDefaultLocaleMeansNothing(String tag) {
    var args = new Numbers(1e21, 1.5e-7, "<\u0001>", new Renamed("I", "i"));
    String expected = CODEC.encodeUnique(args);
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag(tag));

      assertThat(JacksonCodec.create().encodeUnique(args)).isEqualTo(expected);
    } finally {
      Locale.setDefault(before);
    }
  }

  record Numbers(@Unique double large, @Unique double small, @Unique String text, Renamed inner) {}

  static final class Ignored {
    @Unique @JsonIgnore public String customer = "ada";

    public String note = "n";
  }

  static final class Invisible {
    @Unique
    @SuppressWarnings("unused")
    private final String customer = "ada";

    public String note = "n";
  }

  record Email(@Unique String address) {
    @JsonValue
    String text() {
      return address;
    }
  }

  record Mail(Email to) {}

  @JsonSerialize(using = ToStringSerializer.class)
  record Opaque(@Unique String text) {}

  record InList(List<Opaque> opaque) {}

  record Unwrapped(@Unique @JsonUnwrapped Plain plain) {}

  sealed interface Kind permits Odd {}

  record Odd(@Unique @JsonIgnore int hidden, int seen) implements Kind {}

  record OfKind(Kind kind) {}

  @Test
  void aMarkThatIsNoPropertyIsRefused() {
    refuses(Ignored.class, "customer", "not a property");
    refuses(Invisible.class, "customer", "not a property");
    refuses(Email.class, "address", "without names");
    refuses(Mail.class, "address", "without names");
    refuses(InList.class, "text", "without names");
    refuses(AsArray.class, "id", "without names");
    refuses(Unwrapped.class, "plain", Plain.class.getName());
    refuses(OfKind.class, "hidden", "not a property");
  }

  private static void refuses(Class<?> type, String member, String why) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CODEC.requireUnique(type))
        .withMessageContainingAll("@Unique on '" + member + "'", type.getPackageName(), why);
  }

  record Anything(Object value) {}

  @JsonFormat(shape = JsonFormat.Shape.ARRAY)
  record AsArray(@Unique int id, int other) {}

  record HereAsArray(@JsonFormat(shape = JsonFormat.Shape.ARRAY) Line line) {}

  @JsonAutoDetect(fieldVisibility = Visibility.ANY)
  static final class Seen {
    @Unique
    @SuppressWarnings("unused")
    private final int id = 4;
  }

  @Test
  void aMarkInAValueOfNoKnownTypeIsRefusedWhenItComes() {
    CODEC.requireUnique(Anything.class);

    assertThat(CODEC.encodeUnique(new Anything(new Seen()))).isEqualTo("{\"value\":{\"id\":4}}");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CODEC.encodeUnique(new Anything(new Ignored())))
        .withMessageContaining("@Unique on 'customer'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CODEC.encodeUnique(new Anything(new AsArray(1, 2))))
        .withMessageContainingAll(AsArray.class.getName(), "array");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CODEC.encodeUnique(new HereAsArray(new Line("x", 1))))
        .withMessageContainingAll(Line.class.getName(), "array");
  }

  /** Two properties of one name, which no mapper writes. */
  static class OnlyRead {
    @JsonProperty("number")
    public int one() {
      return 1;
    }

    @JsonProperty("number")
    public int two() {
      return 2;
    }
  }

  record Both(@Unique int id, @Nullable OnlyRead onlyRead) {}

  record Holds(List<? extends Line[]> lines) {}

  @Test
  void aTypeWithoutMarksNeedNotBeWritable() {
    CODEC.requireUnique(OnlyRead.class);
    CODEC.requireUnique(Both.class);

    assertThatIllegalArgumentException().isThrownBy(() -> CODEC.encode(new OnlyRead()));
    assertThat(CODEC.encodeUnique(new Both(7, null))).isEqualTo("{\"id\":7}");
    assertThat(MarkedMembers.within(OnlyRead.class)).isFalse();
    assertThat(MarkedMembers.within(Holds.class)).isTrue();
    assertThat(MarkedMembers.within(OfKind.class)).isTrue();
    assertThat(MarkedMembers.within(Inherits.class)).isTrue();
  }

  @Test
  void anotherCodecRefusesMarksUnlessItSaysWhereTheyAre() {
    var other =
        new JsonCodec() {
          @Override
          public String encode(@Nullable Object value) {
            return CODEC.encode(value);
          }

          @Override
          public <T> T decode(String json, Class<T> type) {
            return CODEC.decode(json, type);
          }

          @Override
          public @Nullable Object decodeExactly(String json, Type type) {
            return CODEC.decodeExactly(json, type);
          }
        };

    other.requireUnique(Plain.class);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> other.requireUnique(Order.class))
        .withMessageContainingAll(Order.class.getName(), "encodeUnique");
  }
}
