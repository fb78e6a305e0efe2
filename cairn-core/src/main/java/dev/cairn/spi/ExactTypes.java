package dev.cairn.spi;

import java.math.BigDecimal;
import java.sql.Timestamp;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.deser.std.StdScalarDeserializer;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdScalarSerializer;

/** Writes types without loss that Jackson would write with a loss. */
final class ExactTypes {
  private ExactTypes() {}

  /** For values that other languages read as well. */
  static SimpleModule forAll() {
    return new SimpleModule("cairn-types")
        .addSerializer(Timestamp.class, new TimestampWriter())
        .addDeserializer(Timestamp.class, new TimestampReader());
  }

  /**
   * For values that only this codec reads: numbers that jsonb would change are written as texts.
   */
  static SimpleModule forOwnUse() {
    return new SimpleModule("cairn-exact-types")
        .addSerializer(BigDecimal.class, new DecimalWriter())
        .addSerializer(Double.class, new DoubleWriter(Double.class))
        .addSerializer(double.class, new DoubleWriter(double.class))
        .addSerializer(Float.class, new FloatWriter(Float.class))
        .addSerializer(float.class, new FloatWriter(float.class));
  }

  /** Writes nanoseconds; Jackson treats it as a Date, which has milliseconds. */
  private static final class TimestampWriter extends StdScalarSerializer<Timestamp> {
    TimestampWriter() {
      super(Timestamp.class);
    }

    @Override
    public void serialize(Timestamp time, JsonGenerator json, SerializationContext context) {
      json.writeString(time.toInstant().toString());
    }
  }

  private static final class TimestampReader extends StdScalarDeserializer<Timestamp> {
    TimestampReader() {
      super(Timestamp.class);
    }

    @Override
    public Timestamp deserialize(JsonParser json, DeserializationContext context) {
      if (json.currentToken().isNumeric()) {
        return Timestamp.from(Instant.ofEpochMilli(json.getLongValue()));
      }
      String text = json.getString();
      try {
        return Timestamp.from(OffsetDateTime.parse(text).toInstant());
      } catch (DateTimeException e) {
        return (Timestamp)
            context.handleWeirdStringValue(Timestamp.class, text, "not a time with an offset");
      }
    }
  }

  /** A negative scale, as in 1E+3, is lost in jsonb. */
  private static final class DecimalWriter extends StdScalarSerializer<BigDecimal> {
    DecimalWriter() {
      super(BigDecimal.class);
    }

    @Override
    public void serialize(BigDecimal number, JsonGenerator json, SerializationContext context) {
      if (number.scale() < 0) {
        json.writeString(number.toString());
      } else {
        json.writeNumber(number);
      }
    }
  }

  private static final class DoubleWriter extends StdScalarSerializer<Double> {
    DoubleWriter(Class<Double> type) {
      super(type);
    }

    @Override
    public void serialize(Double number, JsonGenerator json, SerializationContext context) {
      if (number.equals(-0.0)) {
        json.writeString("-0.0");
      } else {
        json.writeNumber(number);
      }
    }
  }

  private static final class FloatWriter extends StdScalarSerializer<Float> {
    FloatWriter(Class<Float> type) {
      super(type);
    }

    @Override
    public void serialize(Float number, JsonGenerator json, SerializationContext context) {
      if (number.equals(-0.0f)) {
        json.writeString("-0.0");
      } else {
        json.writeNumber(number);
      }
    }
  }
}
