package dev.cairn.spi;

import dev.cairn.spi.SampleTypes.Annotated;
import dev.cairn.spi.SampleTypes.AnnotatedOne;
import dev.cairn.spi.SampleTypes.Bean;
import dev.cairn.spi.SampleTypes.Circle;
import dev.cairn.spi.SampleTypes.Code;
import dev.cairn.spi.SampleTypes.Color;
import dev.cairn.spi.SampleTypes.Created;
import dev.cairn.spi.SampleTypes.GetterOnly;
import dev.cairn.spi.SampleTypes.HiddenField;
import dev.cairn.spi.SampleTypes.Holder;
import dev.cairn.spi.SampleTypes.Nested;
import dev.cairn.spi.SampleTypes.NoCreator;
import dev.cairn.spi.SampleTypes.Numbers;
import dev.cairn.spi.SampleTypes.Open;
import dev.cairn.spi.SampleTypes.OpenOne;
import dev.cairn.spi.SampleTypes.Pair;
import dev.cairn.spi.SampleTypes.Plain;
import dev.cairn.spi.SampleTypes.Renamed;
import dev.cairn.spi.SampleTypes.Shape;
import dev.cairn.spi.SampleTypes.Times;
import dev.cairn.spi.SampleTypes.Tree;
import dev.cairn.spi.SampleTypes.Twins;
import dev.cairn.spi.SampleTypes.WithArray;
import dev.cairn.spi.SampleTypes.WithBundle;
import dev.cairn.spi.SampleTypes.WithDays;
import dev.cairn.spi.SampleTypes.WithGetter;
import dev.cairn.spi.SampleTypes.WithIgnored;
import dev.cairn.spi.SampleTypes.WithNoCreator;
import dev.cairn.spi.SampleTypes.WithNulls;
import dev.cairn.spi.SampleTypes.WithOpen;
import dev.cairn.spi.SampleTypes.WithOptional;
import java.io.File;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Date;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Month;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.chrono.HijrahDate;
import java.time.chrono.JapaneseDate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Calendar;
import java.util.Collection;
import java.util.Currency;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Types that somebody may take for arguments, cursors and results, with values of them. */
@SuppressWarnings({
  "JavaUtilDate",
  "JdkObsolete",
  "UnnecessaryStringBuilder"
}) // somebody takes them
final class ValueCases {
  /** What becomes of the values of a type. */
  enum Fate {
    /** Every value comes back equal. */
    KEPT,

    /** Some come back equal, the others are refused. */
    BY_VALUE,

    /** All are refused. */
    REFUSED
  }

  /**
   * A type with a maker of values.
   *
   * @param exact what becomes of cursors, results and signals
   * @param args what becomes of arguments and outputs
   */
  record Case(String name, Type type, Fate exact, Fate args, Function<Random, Object> values) {
    Object value(Random random) {
      return values.apply(random);
    }
  }

  private ValueCases() {}

  static List<Case> all() {
    var all = new ArrayList<Case>();
    all.addAll(scalars());
    all.addAll(others());
    for (Case scalar : scalars()) {
      if (scalar.type() instanceof Class<?> type && !type.isPrimitive()) {
        all.addAll(containersOf(scalar, type));
      }
    }
    all.addAll(containers());
    all.addAll(ownTypes());
    return all;
  }

  private static Case kept(Type type, Function<Random, Object> values) {
    return of(type, Fate.KEPT, Fate.KEPT, values);
  }

  private static Case byValue(Type type, Function<Random, Object> values) {
    return of(type, Fate.BY_VALUE, Fate.BY_VALUE, values);
  }

  private static Case refused(Type type, Function<Random, Object> values) {
    return of(type, Fate.REFUSED, Fate.REFUSED, values);
  }

  private static Case of(Type type, Fate exact, Fate args, Function<Random, Object> values) {
    return new Case(type.getTypeName(), type, exact, args, values);
  }

  private static List<Case> scalars() {
    return List.of(
        kept(boolean.class, Random::nextBoolean),
        kept(Boolean.class, Random::nextBoolean),
        kept(byte.class, random -> (byte) random.nextInt()),
        kept(Byte.class, random -> (byte) random.nextInt()),
        kept(short.class, random -> (short) random.nextInt()),
        kept(Short.class, random -> (short) random.nextInt()),
        kept(int.class, SampleValues::anInt),
        kept(Integer.class, SampleValues::anInt),
        kept(long.class, SampleValues::aLong),
        kept(Long.class, SampleValues::aLong),
        kept(char.class, SampleValues::aChar),
        kept(Character.class, SampleValues::aChar),
        kept(float.class, SampleValues::aFloat),
        kept(Float.class, SampleValues::aFloat),
        kept(double.class, SampleValues::aDouble),
        kept(Double.class, SampleValues::aDouble),
        kept(String.class, SampleValues::aText),
        kept(UUID.class, random -> new UUID(random.nextLong(), random.nextLong())),
        kept(BigInteger.class, SampleValues::anInteger),
        kept(BigDecimal.class, SampleValues::aDecimal),
        kept(Instant.class, SampleValues::anInstant),
        kept(LocalDate.class, random -> SampleValues.aLocal(random).toLocalDate()),
        kept(LocalTime.class, random -> SampleValues.aLocal(random).toLocalTime()),
        kept(LocalDateTime.class, SampleValues::aLocal),
        kept(
            OffsetTime.class,
            random ->
                OffsetTime.of(
                    SampleValues.aLocal(random).toLocalTime(), SampleValues.offset(random))),
        kept(
            OffsetDateTime.class,
            random -> OffsetDateTime.of(SampleValues.aLocal(random), SampleValues.offset(random))),
        kept(ZonedDateTime.class, SampleValues::aZoned),
        kept(
            Duration.class,
            random ->
                Duration.ofSeconds(SampleValues.aLong(random), random.nextInt(1_000_000_000))),
        kept(
            Period.class,
            random ->
                Period.of(
                    SampleValues.anInt(random),
                    SampleValues.anInt(random),
                    SampleValues.anInt(random))),
        kept(Year.class, random -> Year.of(SampleValues.aLocal(random).getYear())),
        kept(YearMonth.class, random -> YearMonth.from(SampleValues.aLocal(random))),
        kept(MonthDay.class, random -> MonthDay.from(SampleValues.aLocal(random))),
        kept(DayOfWeek.class, random -> SampleValues.oneOf(random, DayOfWeek.values())),
        kept(Month.class, random -> SampleValues.oneOf(random, Month.values())),
        kept(TimeUnit.class, random -> SampleValues.oneOf(random, TimeUnit.values())),
        kept(ZoneOffset.class, SampleValues::offset),
        kept(Timestamp.class, random -> Timestamp.from(SampleValues.aRecentInstant(random))),
        kept(
            URI.class,
            random ->
                SampleValues.oneOf(
                    random,
                    URI.create("https://example.org/a%20b?c=d#e"),
                    URI.create("mailto:ada@example.org"),
                    URI.create("a/b"),
                    URI.create("urn:x:y"))),
        kept(
            Currency.class,
            random -> Currency.getInstance(SampleValues.oneOf(random, "EUR", "NZD", "JPY"))));
  }

  private static List<Case> others() {
    return List.of(
        kept(byte[].class, SampleValues::bytes),
        kept(int[].class, random -> random.ints(random.nextInt(9)).toArray()),
        kept(long[].class, random -> random.longs(random.nextInt(9)).toArray()),
        kept(boolean[].class, random -> new boolean[] {random.nextBoolean(), true}),
        kept(short[].class, random -> new short[] {(short) random.nextInt(), -1}),
        kept(char[].class, random -> SampleValues.aText(random).toCharArray()),
        of(
            double[].class,
            Fate.BY_VALUE,
            Fate.KEPT,
            random -> new double[] {SampleValues.aDouble(random), 1.5}),
        of(
            float[].class,
            Fate.BY_VALUE,
            Fate.KEPT,
            random -> new float[] {SampleValues.aFloat(random), 1.5f}),
        kept(
            java.util.Date.class,
            random -> new java.util.Date(SampleValues.aRecentInstant(random).toEpochMilli())),
        kept(
            Date.class,
            random ->
                random.nextBoolean() ? Date.valueOf("2026-03-29") : new Date(random.nextInt())),
        byValue(
            Time.class,
            random -> random.nextBoolean() ? Time.valueOf("02:30:00") : new Time(random.nextInt())),
        byValue(
            Calendar.class,
            random ->
                Calendar.getInstance(
                    TimeZone.getTimeZone(SampleValues.oneOf(random, "UTC", "Europe/Berlin")))),
        kept(
            TimeZone.class,
            random ->
                TimeZone.getTimeZone(
                    SampleValues.oneOf(random, "UTC", "Europe/Berlin", "GMT+03:00"))),
        kept(ZoneId.class, random -> ZoneId.of(SampleValues.aZone(random))),
        kept(
            Locale.class,
            random ->
                SampleValues.oneOf(
                    random,
                    Locale.GERMANY,
                    Locale.ROOT,
                    Locale.of("", "DE"),
                    Locale.of("de", "DE", "POSIX"),
                    Locale.forLanguageTag("zh-Hant-TW"),
                    Locale.forLanguageTag("th-TH-u-nu-thai"))),
        kept(
            Charset.class,
            random ->
                SampleValues.oneOf(
                    random,
                    StandardCharsets.UTF_8,
                    StandardCharsets.ISO_8859_1,
                    Charset.forName("windows-1252"))),
        byValue(
            Path.class,
            random -> Path.of(SampleValues.oneOf(random, "/a/b c", "/ä", "relative/x"))),
        byValue(
            File.class,
            random -> new File(SampleValues.oneOf(random, "/a/b c", "/ä", "relative/x"))),
        byValue(
            Pattern.class,
            random ->
                random.nextBoolean()
                    ? Pattern.compile("a+")
                    : Pattern.compile("a+", Pattern.CASE_INSENSITIVE)),
        kept(Class.class, random -> SampleValues.oneOf(random, String.class, ValueCases.class)),
        byValue(InetAddress.class, SampleValues::address),
        kept(AtomicInteger.class, random -> new AtomicInteger(random.nextInt())),
        kept(AtomicLong.class, random -> new AtomicLong(random.nextLong())),
        kept(AtomicBoolean.class, random -> new AtomicBoolean(random.nextBoolean())),
        kept(StringBuilder.class, random -> new StringBuilder(SampleValues.aText(random))),
        refused(BitSet.class, random -> BitSet.valueOf(new long[] {random.nextLong()})),
        kept(ByteBuffer.class, random -> ByteBuffer.wrap(SampleValues.bytes(random))),
        kept(
            OptionalInt.class,
            random ->
                random.nextBoolean() ? OptionalInt.empty() : OptionalInt.of(random.nextInt())),
        kept(
            OptionalLong.class,
            random ->
                random.nextBoolean() ? OptionalLong.empty() : OptionalLong.of(random.nextLong())),
        byValue(OptionalDouble.class, random -> OptionalDouble.of(SampleValues.aDouble(random))),
        byValue(JsonNode.class, SampleValues::aNode),
        refused(HijrahDate.class, random -> HijrahDate.of(1447, 1, 1)),
        refused(JapaneseDate.class, random -> JapaneseDate.of(2026, 1, 1)),
        refused(Clock.class, random -> Clock.systemUTC()),
        refused(Comparable.class, random -> SampleValues.aText(random)),
        byValue(
            CharSequence.class,
            random -> random.nextBoolean() ? "text" : new StringBuilder("text")),
        byValue(
            Number.class, random -> SampleValues.oneOf(random, 1, 2L, new BigDecimal("1.5"), 1.5)),
        byValue(
            Object.class, random -> SampleValues.oneOf(random, "text", 1, 2L, Instant.EPOCH, true)),
        refused(Stream.class, random -> Stream.of(1)),
        refused(Runnable.class, random -> (Runnable) () -> {}),
        refused(Thread.class, random -> new Thread()),
        refused(Throwable.class, random -> new IllegalStateException("x")));
  }

  private static List<Case> containersOf(Case element, Class<?> type) {
    Function<Random, Object> one = element.values();
    return List.of(
        of(
            SampleValues.parameterized(List.class, type),
            Fate.KEPT,
            Fate.KEPT,
            random -> SampleValues.list(random, one)),
        of(
            SampleValues.parameterized(Map.class, String.class, type),
            Fate.KEPT,
            Fate.KEPT,
            random -> SampleValues.map(random, SampleValues::aText, one)),
        of(
            SampleValues.parameterized(Optional.class, type),
            Fate.KEPT,
            Fate.KEPT,
            random -> random.nextInt(4) == 0 ? Optional.empty() : Optional.of(one.apply(random))),
        of(
            type.arrayType(),
            Fate.KEPT,
            Fate.KEPT,
            random -> SampleValues.array(random, type, one)));
  }

  private static List<Case> containers() {
    return List.of(
        kept(
            SampleValues.parameterized(Set.class, Instant.class),
            random -> new HashSet<>(SampleValues.list(random, SampleValues::anInstant))),
        kept(
            SampleValues.parameterized(LinkedHashSet.class, String.class),
            random -> new LinkedHashSet<>(SampleValues.list(random, SampleValues::aText))),
        kept(
            SampleValues.parameterized(SortedSet.class, Long.class),
            random -> new TreeSet<>(SampleValues.list(random, SampleValues::aLong))),
        kept(
            SampleValues.parameterized(Deque.class, Long.class),
            random -> new ArrayDeque<>(SampleValues.list(random, SampleValues::aLong))),
        kept(
            SampleValues.parameterized(Queue.class, Long.class),
            random -> new LinkedList<>(SampleValues.list(random, SampleValues::aLong))),
        byValue(
            SampleValues.parameterized(Collection.class, Long.class),
            random ->
                random.nextBoolean() ? SampleValues.list(random, SampleValues::aLong) : Set.of(1L)),
        kept(
            SampleValues.parameterized(EnumSet.class, Month.class),
            random -> EnumSet.of(Month.MAY, SampleValues.oneOf(random, Month.values()))),
        kept(
            SampleValues.parameterized(EnumMap.class, Month.class, Instant.class),
            random ->
                new EnumMap<>(
                    Map.of(
                        SampleValues.oneOf(random, Month.values()),
                        SampleValues.anInstant(random)))),
        kept(
            SampleValues.parameterized(SortedMap.class, String.class, Long.class),
            random ->
                new TreeMap<>(SampleValues.map(random, SampleValues::aText, SampleValues::aLong))),
        kept(
            SampleValues.parameterized(ConcurrentHashMap.class, String.class, Long.class),
            random ->
                new ConcurrentHashMap<>(
                    SampleValues.map(random, SampleValues::aText, SampleValues::aLong))),
        kept(
            SampleValues.parameterized(Map.class, Long.class, String.class),
            random -> SampleValues.map(random, SampleValues::aLong, SampleValues::aText)),
        kept(
            SampleValues.parameterized(Map.class, UUID.class, String.class),
            random ->
                SampleValues.map(
                    random,
                    each -> new UUID(each.nextLong(), each.nextLong()),
                    SampleValues::aText)),
        kept(
            SampleValues.parameterized(Map.class, Instant.class, String.class),
            random -> SampleValues.map(random, SampleValues::anInstant, SampleValues::aText)),
        kept(
            SampleValues.parameterized(Map.class, LocalDate.class, String.class),
            random ->
                SampleValues.map(
                    random, each -> SampleValues.aLocal(each).toLocalDate(), SampleValues::aText)),
        kept(
            SampleValues.parameterized(Map.class, ZonedDateTime.class, String.class),
            random -> SampleValues.map(random, SampleValues::aZoned, SampleValues::aText)),
        kept(
            SampleValues.parameterized(Map.class, Month.class, String.class),
            random ->
                SampleValues.map(
                    random, each -> SampleValues.oneOf(each, Month.values()), SampleValues::aText)),
        kept(
            SampleValues.parameterized(
                List.class, SampleValues.parameterized(List.class, BigDecimal.class)),
            random -> List.of(SampleValues.list(random, SampleValues::aDecimal))),
        kept(
            SampleValues.parameterized(
                Map.class, String.class, SampleValues.parameterized(List.class, byte[].class)),
            random -> Map.of("a", List.of(SampleValues.bytes(random), SampleValues.bytes(random)))),
        byValue(
            List.class,
            random -> List.of(SampleValues.oneOf(random, "text", 1, 2L, Instant.EPOCH))),
        byValue(
            Map.class,
            random -> Map.of("a", SampleValues.oneOf(random, "text", 1, 2L, Instant.EPOCH))),
        kept(
            SampleValues.parameterized(AtomicReference.class, Instant.class),
            random -> new AtomicReference<>(SampleValues.anInstant(random))));
  }

  private static List<Case> ownTypes() {
    return List.of(
        kept(Plain.class, SampleValues::plain),
        kept(
            Nested.class,
            random ->
                new Nested(
                    SampleValues.plain(random),
                    List.of(SampleValues.plain(random)),
                    Map.of("x", SampleValues.plain(random)))),
        kept(
            Tree.class,
            random -> new Tree("a", List.of(new Tree(SampleValues.aText(random), List.of())))),
        kept(
            WithNulls.class,
            random -> new WithNulls(random.nextBoolean() ? null : "a", null, null)),
        byValue(
            WithOptional.class,
            random ->
                new WithOptional(
                    random.nextInt(3) == 0
                        ? null
                        : random.nextBoolean()
                            ? Optional.empty()
                            : Optional.of(SampleValues.anInstant(random)))),
        kept(
            Holder.class,
            random -> new Holder(SampleValues.shape(random), List.of(SampleValues.shape(random)))),
        of(Shape.class, Fate.KEPT, Fate.REFUSED, SampleValues::shape),
        kept(Circle.class, random -> new Circle(SampleValues.anInt(random))),
        refused(Open.class, random -> new OpenOne(1)),
        refused(WithOpen.class, random -> new WithOpen(new OpenOne(1))),
        kept(Annotated.class, random -> new AnnotatedOne(SampleValues.anInt(random))),
        kept(
            SampleValues.parameterized(Pair.class, Instant.class, Long.class),
            random -> new Pair<>(SampleValues.anInstant(random), SampleValues.aLong(random))),
        byValue(
            Pair.class,
            random ->
                new Pair<>(
                    SampleValues.oneOf(random, "text", Instant.EPOCH),
                    SampleValues.oneOf(random, 1, 2L))),
        kept(
            Times.class,
            random ->
                new Times(
                    SampleValues.aLocal(random).toLocalDate(),
                    SampleValues.aLocal(random),
                    OffsetDateTime.of(SampleValues.aLocal(random), SampleValues.offset(random)),
                    SampleValues.aZoned(random),
                    Duration.ofSeconds(SampleValues.aLong(random)),
                    Timestamp.from(SampleValues.aRecentInstant(random)),
                    SampleValues.list(random, SampleValues::aZoned))),
        kept(
            Numbers.class,
            random ->
                new Numbers(
                    SampleValues.aDouble(random),
                    SampleValues.aFloat(random),
                    SampleValues.aDecimal(random),
                    SampleValues.anInteger(random),
                    SampleValues.list(random, SampleValues::aDouble))),
        kept(WithGetter.class, random -> new WithGetter(SampleValues.anInt(random))),
        of(
            WithIgnored.class,
            Fate.REFUSED,
            Fate.BY_VALUE,
            random -> new WithIgnored(1, random.nextBoolean() ? null : "lost")),
        byValue(
            WithBundle.class,
            random ->
                new WithBundle(
                    random.nextBoolean()
                        ? LocalDateTime.of(2026, 1, 2, 0, 0)
                        : SampleValues.aLocal(random))),
        byValue(
            WithDays.class,
            random ->
                new WithDays(
                    random.nextBoolean()
                        ? LocalDateTime.of(2026, 1, 2, 0, 0)
                        : SampleValues.aLocal(random))),
        kept(
            WithArray.class,
            random ->
                new WithArray(
                    SampleValues.bytes(random), new Instant[] {SampleValues.anInstant(random)})),
        kept(Renamed.class, random -> new Renamed(SampleValues.anInt(random))),
        kept(Bean.class, SampleValues::bean),
        kept(
            Created.class,
            random -> new Created(SampleValues.anInt(random), SampleValues.aText(random))),
        kept(Code.class, random -> new Code("c" + SampleValues.anInt(random))),
        refused(NoCreator.class, random -> NoCreator.of(SampleValues.anInt(random), 0)),
        refused(
            WithNoCreator.class,
            random -> new WithNoCreator(List.of(NoCreator.of(SampleValues.anInt(random), 0)))),
        of(GetterOnly.class, Fate.REFUSED, Fate.REFUSED, random -> new GetterOnly().with(7)),
        byValue(HiddenField.class, random -> new HiddenField(random.nextBoolean() ? 0 : 7)),
        kept(Color.class, random -> SampleValues.oneOf(random, Color.values())),
        refused(Twins.class, random -> SampleValues.oneOf(random, Twins.values())),
        refused(SampleTypes.Outer.Inner.class, random -> new SampleTypes.Outer().inner()),
        kept(
            SampleValues.parameterized(
                Map.class,
                String.class,
                SampleValues.parameterized(Pair.class, Color.class, Shape.class)),
            random -> Map.of("a", new Pair<>(Color.RED, SampleValues.shape(random)))));
  }
}
