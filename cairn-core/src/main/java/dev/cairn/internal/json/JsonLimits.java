package dev.cairn.internal.json;

import java.util.function.Supplier;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/** The limits of jsonb, and those of Cairn's reader. */
final class JsonLimits {
  /**
   * The nesting depth that Jackson reads by default. PostgreSQL's own limit depends on the size of
   * its stack.
   */
  private static final int DEPTH_MAX = 500;

  private static final int INTEGER_DIGITS_MAX = 131_072;
  private static final int FRACTION_DIGITS_MAX = 16_383;

  private static final int EXPONENT_MAX = 1_000_000;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private JsonLimits() {}

  /**
   * @throws IllegalArgumentException if a number has too many digits, or values are nested too
   *     deeply
   */
  static void require(Supplier<String> what, String json) {
    if (isHarmless(json)) {
      return;
    }
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (parser.streamReadContext().getNestingDepth() > DEPTH_MAX) {
          throw refused(what, parser, "is nested more than %d levels deep".formatted(DEPTH_MAX));
        }
        if (token.isNumeric() && !isStorable(parser.getString())) {
          throw refused(
              what,
              parser,
              "has a number that PostgreSQL cannot store: it may have %d digits before the point and %d after it"
                  .formatted(INTEGER_DIGITS_MAX, FRACTION_DIGITS_MAX));
        }
      }
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "%s is not JSON: %s [CAIRN-206]".formatted(what.get(), e.getOriginalMessage()), e);
    }
  }

  /** The place of the first U+0000, as part of a message; empty if it is not known. */
  static String whereNul(String json) {
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        boolean isText = token == JsonToken.VALUE_STRING || token == JsonToken.PROPERTY_NAME;
        if (isText && parser.getString().indexOf(0) >= 0) {
          return at(parser);
        }
      }
      return "";
    } catch (JacksonException e) {
      return "";
    }
  }

  private static String at(JsonParser parser) {
    String path = StorableJson.clean(parser.streamReadContext().pathAsPointer().toString());
    return path.isEmpty()
        ? ""
        : ", at %s,".formatted(path.length() > 200 ? "a deeply nested place" : path);
  }

  private static IllegalArgumentException refused(
      Supplier<String> what, JsonParser parser, String why) {
    return new IllegalArgumentException(what.get() + at(parser) + " " + why + " [CAIRN-205]");
  }

  /** Whether a quick check shows that no limit is exceeded. */
  private static boolean isHarmless(String json) {
    if (json.length() > FRACTION_DIGITS_MAX) {
      return false;
    }
    int openings = 0;
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      if (c == '{' || c == '[') {
        openings++;
      } else if ((c == 'e' || c == 'E')
          && exponent(json, i) > FRACTION_DIGITS_MAX - json.length()) {
        return false;
      }
    }
    return openings <= DEPTH_MAX;
  }

  /**
   * The exponent at this place, without its sign, or only its first digits if these exceed the
   * limits. Zero if there is none. A number has at most as many digits as characters, plus its
   * exponent.
   */
  private static int exponent(String json, int at) {
    if (at == 0 || !isDigit(json.charAt(at - 1)) || at + 1 == json.length()) {
      return 0;
    }
    char sign = json.charAt(at + 1);
    int exponent = 0;
    for (int i = sign == '-' || sign == '+' ? at + 2 : at + 1;
        i < json.length() && isDigit(json.charAt(i)) && exponent < FRACTION_DIGITS_MAX;
        i++) {
      exponent = 10 * exponent + json.charAt(i) - '0';
    }
    return exponent;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isStorable(String number) {
    int exponentAt = Math.max(number.indexOf('e'), number.indexOf('E'));
    String mantissa = exponentAt < 0 ? number : number.substring(0, exponentAt);
    long exponent;
    try {
      long said = exponentAt < 0 ? 0 : Long.parseLong(number.substring(exponentAt + 1));
      exponent = Math.clamp(said, -EXPONENT_MAX, EXPONENT_MAX);
    } catch (NumberFormatException e) {
      return false;
    }
    int sign = mantissa.startsWith("-") ? 1 : 0;
    int point = mantissa.indexOf('.');
    int integers = (point < 0 ? mantissa.length() : point) - sign;
    int fractions = point < 0 ? 0 : mantissa.length() - point - 1;
    return integers + exponent <= INTEGER_DIGITS_MAX && fractions - exponent <= FRACTION_DIGITS_MAX;
  }
}
