package dev.cairn.dashboard.internal.answer;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/** The JSON of the API: reads requests, and writes answers. */
public final class Json {
  private static final int DEPTH_MAX = 100;

  private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");
  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999999Z");
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(DEPTH_MAX).build())
                  .build())
          .addModule(new SimpleModule().addSerializer(Instant.class, new OfInstants()))
          .build();

  private Json() {}

  /** Times in microseconds. A time that no calendar has becomes the first or the last. */
  private static final class OfInstants extends ValueSerializer<Instant> {
    @Override
    public void serialize(Instant time, JsonGenerator json, SerializationContext context) {
      json.writeString(text(time));
    }
  }

  public static String text(Instant time) {
    Instant within = time.isBefore(FIRST) ? FIRST : time.isAfter(LAST) ? LAST : time;
    return MICROS.format(within);
  }

  /**
   * A value as JSON in one line. What a script or a line of a stream could mistake for its own end
   * is escaped.
   */
  public static String text(@Nullable Object value) {
    return MAPPER
        .writeValueAsString(value)
        .replace("<", "\\u003c")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029");
  }

  /** Half a surrogate pair becomes a question mark. */
  public static byte[] bytes(@Nullable Object value) {
    return text(value).getBytes(StandardCharsets.UTF_8);
  }

  /** The JSON object of a request. */
  public static JsonNode object(byte[] body) {
    try {
      JsonNode node = MAPPER.readTree(body);
      if (node != null && node.isObject()) {
        return node;
      }
    } catch (JacksonException e) {
      throw new Refusal(Code.INVALID, "The body of the request is not JSON.", e);
    }
    throw Refusal.invalid("The body of the request must be a JSON object.");
  }
}
