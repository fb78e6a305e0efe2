package dev.cairn.spi;

import com.fasterxml.jackson.annotation.JacksonAnnotationsInside;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Types such as users write. */
final class SampleTypes {
  private SampleTypes() {}

  record Plain(int number, long large, boolean yes, String text, @Nullable Instant at, UUID id) {}

  record Nested(Plain plain, List<Plain> list, Map<String, Plain> map) {}

  record Tree(String name, List<Tree> children) {}

  record WithNulls(@Nullable String text, @Nullable Instant at, @Nullable List<Long> numbers) {}

  @SuppressWarnings("NullableOptional") // as somebody may write it
  record WithOptional(@Nullable Optional<Instant> at) {}

  sealed interface Shape permits Circle, Square, Compound {}

  record Circle(int radius) implements Shape {}

  record Square(@JsonProperty("edge") double side) implements Shape {}

  record Compound(List<Shape> parts) implements Shape {}

  record Holder(Shape shape, List<Shape> more) {}

  interface Open {}

  record OpenOne(int number) implements Open {}

  record WithOpen(Open open) {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.CLASS)
  interface Annotated {}

  record AnnotatedOne(int number) implements Annotated {}

  record Pair<A, B>(A first, B second) {}

  record Times(
      LocalDate date,
      LocalDateTime local,
      OffsetDateTime offset,
      ZonedDateTime zoned,
      Duration duration,
      Timestamp timestamp,
      List<ZonedDateTime> more) {}

  record Numbers(double real, float small, BigDecimal amount, BigInteger huge, List<Double> more) {}

  record WithGetter(int number) {
    public boolean isFirst() {
      return number == 1;
    }

    public int getDouble() {
      return number * 2;
    }
  }

  record WithIgnored(int number, @JsonIgnore @Nullable String ignored) {}

  record WithDays(@JsonFormat(pattern = "yyyy-MM-dd HH:mm") LocalDateTime day) {}

  /** An annotation of the user's own that stands for one of Jackson. */
  @JacksonAnnotationsInside
  @JsonFormat(pattern = "yyyy-MM-dd HH:mm")
  @Retention(RetentionPolicy.RUNTIME)
  @interface Minutes {}

  record WithBundle(@Minutes LocalDateTime day) {}

  @SuppressWarnings("ArrayRecordComponent") // as somebody may write it
  record WithArray(byte[] bytes, Instant[] times) {}

  record Renamed(@JsonProperty("n") int number) {}

  static final class Bean {
    private int number;
    private @Nullable Instant at;

    public int getNumber() {
      return number;
    }

    public void setNumber(int number) {
      this.number = number;
    }

    public @Nullable Instant getAt() {
      return at;
    }

    public void setAt(Instant at) {
      this.at = at;
    }
  }

  static final class Created {
    private final int number;
    private final String text;

    @JsonCreator
    Created(@JsonProperty("number") int number, @JsonProperty("text") String text) {
      this.number = number;
      this.text = text;
    }

    public int getNumber() {
      return number;
    }

    public String getText() {
      return text;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Created that && number == that.number && text.equals(that.text);
    }

    @Override
    public int hashCode() {
      return Objects.hash(number, text);
    }
  }

  static final class Code {
    private final String code;

    @JsonCreator
    Code(String code) {
      this.code = code;
    }

    @JsonValue
    String code() {
      return code;
    }
  }

  static final class NoCreator {
    private final int number;

    private NoCreator(int first, int second) {
      this.number = first + second;
    }

    static NoCreator of(int number, int more) {
      return new NoCreator(number, more);
    }

    public int getNumber() {
      return number;
    }

    public String getText() {
      return "x";
    }
  }

  record WithNoCreator(List<NoCreator> all) {}

  static final class GetterOnly {
    private transient int number;

    public int getNumber() {
      return number;
    }

    GetterOnly with(int other) {
      number = other;
      return this;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof GetterOnly that && number == that.number;
    }

    @Override
    public int hashCode() {
      return number;
    }
  }

  static final class HiddenField {
    public String name = "x";
    private int hidden;

    HiddenField() {}

    HiddenField(int hidden) {
      this.hidden = hidden;
    }

    boolean isHidden() {
      return hidden > 0;
    }
  }

  enum Color {
    RED,
    GREEN {
      @Override
      public String toString() {
        return "green as grass";
      }
    }
  }

  enum Twins {
    ONE,
    OTHER;

    @Override
    public String toString() {
      return "twin";
    }
  }

  static final class Outer {
    Inner inner() {
      return new Inner();
    }

    /** Belongs to an outer object. */
    final class Inner {
      public int number = hashCode() + Outer.this.hashCode();
    }
  }
}
