package dev.cairn.spi;

import java.time.temporal.Temporal;
import java.util.Calendar;
import java.util.Date;
import java.util.regex.Pattern;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.BeanProperty;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.SerializationConfig;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.jsonFormatVisitors.JsonFormatVisitorWrapper;
import tools.jackson.databind.jsontype.TypeSerializer;
import tools.jackson.databind.ser.ValueSerializerModifier;

/**
 * Tells {@link UniqueTokens} which texts are times. Go writes their fractions without trailing
 * zeros, and Java in groups of three digits. A text that only looks like a time is unchanged.
 */
final class GoTimes extends ValueSerializerModifier {
  private static final long serialVersionUID = 1;

  private static final Pattern TRAILING_ZEROS =
      Pattern.compile("(T[0-9]{2}:[0-9]{2}:[0-9]{2})(\\.[0-9]*?[1-9])?\\.?0+(?![0-9])");

  /** A time in ISO 8601 as Go writes it; any other text unchanged. */
  static String text(String time) {
    return TRAILING_ZEROS
        .matcher(time)
        .replaceFirst(found -> found.group(1) + (found.group(2) == null ? "" : found.group(2)))
        .replaceFirst("\\+00:00$", "Z");
  }

  @Override
  public ValueSerializer<?> modifySerializer(
      SerializationConfig config, BeanDescription.Supplier bean, ValueSerializer<?> serializer) {
    Class<?> type = bean.getBeanClass();
    return Temporal.class.isAssignableFrom(type)
            || Date.class.isAssignableFrom(type)
            || Calendar.class.isAssignableFrom(type)
        ? new OfTime(serializer)
        : serializer;
  }

  /** Delegates to another serializer, and marks the text as a time first. */
  private static final class OfTime extends ValueSerializer<Object> {
    private final ValueSerializer<Object> writer;

    @SuppressWarnings("unchecked") // it gets only values of its type, as before
    OfTime(ValueSerializer<?> writer) {
      this.writer = (ValueSerializer<Object>) writer;
    }

    @Override
    public void serialize(Object time, JsonGenerator generator, SerializationContext context) {
      UniqueTokens.asTime(generator, () -> writer.serialize(time, generator, context));
    }

    @Override
    public void serializeWithType(
        Object time, JsonGenerator generator, SerializationContext context, TypeSerializer type) {
      UniqueTokens.asTime(
          generator, () -> writer.serializeWithType(time, generator, context, type));
    }

    @Override
    public void resolve(SerializationContext context) {
      writer.resolve(context);
    }

    @Override
    public ValueSerializer<?> createContextual(
        SerializationContext context, BeanProperty property) {
      return new OfTime(writer.createContextual(context, property));
    }

    @Override
    public boolean isEmpty(SerializationContext context, Object time) {
      return writer.isEmpty(context, time);
    }

    @Override
    public void acceptJsonFormatVisitor(JsonFormatVisitorWrapper visitor, JavaType type) {
      writer.acceptJsonFormatVisitor(visitor, type);
    }
  }
}
