package dev.cairn.spi;

import dev.cairn.spi.SampleTypes.Bean;
import dev.cairn.spi.SampleTypes.Circle;
import dev.cairn.spi.SampleTypes.Compound;
import dev.cairn.spi.SampleTypes.Plain;
import dev.cairn.spi.SampleTypes.Shape;
import dev.cairn.spi.SampleTypes.Square;
import java.lang.reflect.Array;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/** Values by chance, those at the ends of their types among them. */
final class SampleValues {
  private static final String[] ZONES = {
    "UTC",
    "Z",
    "GMT",
    "Etc/UTC",
    "+02:00",
    "UTC+03:00",
    "GMT-5",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Australia/Lord_Howe",
    "GMT0",
    "Africa/Monrovia"
  };

  private SampleValues() {}

  @SafeVarargs
  static <T> T oneOf(Random random, T... values) {
    return values[random.nextInt(values.length)];
  }

  static Integer anInt(Random random) {
    return random.nextInt(4) > 0
        ? random.nextInt()
        : oneOf(random, 0, -1, Integer.MAX_VALUE, Integer.MIN_VALUE);
  }

  static Long aLong(Random random) {
    return random.nextInt(4) > 0
        ? random.nextLong()
        : oneOf(random, 0L, -1L, Long.MAX_VALUE, Long.MIN_VALUE, (1L << 53) + 1);
  }

  static Character aChar(Random random) {
    return oneOf(random, 'a', 'ä', '\n', '"', '\\', '\u2028', '\uffff', (char) 1);
  }

  static Float aFloat(Random random) {
    return random.nextBoolean()
        ? Float.intBitsToFloat(random.nextInt(0x7f800000))
        : oneOf(
            random,
            0f,
            -0f,
            Float.MIN_VALUE,
            Float.MAX_VALUE,
            Float.NaN,
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            1e10f);
  }

  static Double aDouble(Random random) {
    return random.nextBoolean()
        ? Double.longBitsToDouble(random.nextLong(0x7ff0000000000000L))
        : oneOf(
            random,
            0.0,
            -0.0,
            Double.MIN_VALUE,
            Double.MIN_NORMAL,
            -Double.MAX_VALUE,
            Double.NaN,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY,
            1e22,
            9007199254740992.0);
  }

  static String aText(Random random) {
    if (random.nextInt(3) == 0) {
      return oneOf(
          random,
          "",
          "a",
          "null",
          "-0.0",
          "1E+3",
          "\"quoted\" \\u0041",
          "line\nend",
          "\u2028\ufeff");
    }
    var text = new StringBuilder();
    for (int i = random.nextInt(12); i > 0; i--) {
      text.appendCodePoint(
          oneOf(random, 1, 97 + random.nextInt(26), 0xe4, 0x20ac, 0x1f600, 0x10ffff, 0xfffe));
    }
    return text.toString();
  }

  static BigInteger anInteger(Random random) {
    return new BigInteger(oneOf(random, 1, 64, 200, 5_000, 20_000), random)
        .multiply(BigInteger.valueOf(random.nextBoolean() ? 1 : -1));
  }

  static BigDecimal aDecimal(Random random) {
    int scale = oneOf(random, 0, 1, 2, 20, 1_000, 16_000, -1, -3, -300, -5_000);
    return new BigDecimal(new BigInteger(oneOf(random, 1, 64, 2_000), random), scale);
  }

  static byte[] bytes(Random random) {
    var bytes = new byte[random.nextInt(20)];
    random.nextBytes(bytes);
    return bytes;
  }

  static Instant anInstant(Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> oneOf(random, Instant.MIN, Instant.MAX, Instant.EPOCH);
      case 1 -> Instant.ofEpochSecond(random.nextLong(-31_000_000_000_000L, 31_000_000_000_000L));
      default -> aRecentInstant(random);
    };
  }

  /** Of years with four digits, in every precision. */
  static Instant aRecentInstant(Random random) {
    int unit = oneOf(random, 1, 1_000, 1_000_000, 1_000_000_000);
    long nanos = random.nextInt(1_000_000_000) / unit * (long) unit;
    return Instant.ofEpochSecond(random.nextLong(-5_000_000_000L, 5_000_000_000L), nanos);
  }

  static LocalDateTime aLocal(Random random) {
    return random.nextInt(4) == 0
        ? oneOf(
            random,
            LocalDateTime.MIN,
            LocalDateTime.MAX,
            LocalDateTime.of(0, 1, 1, 0, 0),
            LocalDateTime.of(12_345, 2, 28, 23, 59))
        : LocalDateTime.ofInstant(aRecentInstant(random), ZoneOffset.UTC);
  }

  static ZoneOffset offset(Random random) {
    return ZoneOffset.ofTotalSeconds(
        oneOf(random, 0, 3_600, -64_800, 64_800, 20_700, random.nextInt(-64_800, 64_800)));
  }

  static String aZone(Random random) {
    return oneOf(random, ZONES);
  }

  /** Also in the hour that a clock goes through twice. */
  static ZonedDateTime aZoned(Random random) {
    ZonedDateTime time =
        random.nextBoolean()
            ? aRecentInstant(random).atZone(ZoneId.of(aZone(random)))
            : LocalDateTime.of(2026, 10, 25, 2, 30).atZone(ZoneId.of("Europe/Berlin"));
    return random.nextBoolean() ? time.withLaterOffsetAtOverlap() : time;
  }

  static JsonNode aNode(Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> JsonNodeFactory.instance.numberNode(random.nextInt());
      case 1 -> JsonNodeFactory.instance.binaryNode(bytes(random));
      case 2 -> JsonNodeFactory.instance.numberNode(aDouble(random));
      default ->
          JsonMapper.shared()
              .readTree(
                  "{\"a\": [1, 2.5, 1e10, -0.0, null, {\"b\": true, \"c\": \"%s\"}]}"
                      .formatted(random.nextInt()));
    };
  }

  /** With a name, or without. */
  static InetAddress address(Random random) {
    try {
      byte[] bytes = {10, 0, 0, 1};
      return random.nextBoolean()
          ? InetAddress.getByAddress("example", bytes)
          : InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  static <T> List<T> list(Random random, Function<Random, ? extends T> element) {
    var list = new ArrayList<T>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      list.add(element.apply(random));
    }
    return list;
  }

  static <K, V> Map<K, V> map(
      Random random, Function<Random, ? extends K> key, Function<Random, ? extends V> value) {
    var map = new LinkedHashMap<K, V>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      map.put(key.apply(random), value.apply(random));
    }
    return map;
  }

  static Object array(Random random, Class<?> type, Function<Random, Object> element) {
    Object array = Array.newInstance(type, random.nextInt(4));
    for (int i = 0; i < Array.getLength(array); i++) {
      Array.set(array, i, element.apply(random));
    }
    return array;
  }

  static Plain plain(Random random) {
    return new Plain(
        anInt(random),
        aLong(random),
        random.nextBoolean(),
        aText(random),
        random.nextBoolean() ? anInstant(random) : null,
        new UUID(random.nextLong(), random.nextLong()));
  }

  static Shape shape(Random random) {
    return switch (random.nextInt(3)) {
      case 0 -> new Circle(anInt(random));
      case 1 -> new Square(aDouble(random));
      default -> new Compound(List.of(new Circle(anInt(random)), new Square(1)));
    };
  }

  static Bean bean(Random random) {
    var bean = new Bean();
    bean.setNumber(anInt(random));
    bean.setAt(anInstant(random));
    return bean;
  }

  /** A type with these arguments. */
  static ParameterizedType parameterized(Class<?> raw, Type... arguments) {
    return new Parameterized(raw, List.of(arguments));
  }

  private record Parameterized(Class<?> raw, List<Type> arguments) implements ParameterizedType {
    @Override
    public Type[] getActualTypeArguments() {
      return arguments.toArray(Type[]::new);
    }

    @Override
    public Type getRawType() {
      return raw;
    }

    @Override
    public @Nullable Type getOwnerType() {
      return null;
    }

    @Override
    public String toString() {
      return raw.getName() + arguments;
    }
  }
}
