package dev.cairn.spi;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;

/**
 * JSON as Go writes it. River hashes such texts, and Java writes some characters and fractions in
 * another way. No method depends on the default locale.
 */
final class GoJson {
  /** Sorts texts as Go does, by the bytes of UTF-8. Java compares UTF-16 units. */
  static final Comparator<String> BY_BYTES =
      (one, other) ->
          Arrays.compareUnsigned(
              one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));

  /** Beyond these, Go writes fractions with an exponent. */
  private static final double PLAIN_MIN = 1e-6;

  private static final double PLAIN_MAX = 1e21;

  private GoJson() {}

  /** A text in quotes, or a name within a value. */
  static String quoted(String text) {
    var quoted = new StringBuilder(text.length() + 2).append('"');
    text.chars().forEach(c -> append(quoted, (char) c));
    return quoted.append('"').toString();
  }

  /**
   * A name that River itself puts into the text. River writes plain ASCII unchanged and encodes
   * only other names, so some characters are escaped in some names and not in others.
   */
  static String name(String name) {
    boolean plain = name.chars().allMatch(c -> c >= ' ' && c <= 0x7f && c != '"' && c != '\\');
    return plain ? '"' + name + '"' : quoted(name);
  }

  private static void append(StringBuilder quoted, char c) {
    switch (c) {
      case '"' -> quoted.append("\\\"");
      case '\\' -> quoted.append("\\\\");
      case '\b' -> quoted.append("\\b");
      case '\f' -> quoted.append("\\f");
      case '\n' -> quoted.append("\\n");
      case '\r' -> quoted.append("\\r");
      case '\t' -> quoted.append("\\t");
      default -> {
        if (c < ' ' || c == '<' || c == '>' || c == '&' || c == 0x2028 || c == 0x2029) {
          quoted.append("\\u").append(HexFormat.of().toHexDigits(c));
        } else {
          quoted.append(c);
        }
      }
    }
  }

  /**
   * A fraction as Go writes a float64. A fraction with more digits than a float64 holds is
   * unchanged, because it would be rounded to another number.
   */
  static String fraction(String number) {
    double rounded = Double.parseDouble(number);
    if (rounded == 0 || Double.isInfinite(rounded) || !isExactly(rounded, new BigDecimal(number))) {
      return isZero(number) ? (number.startsWith("-") ? "-0" : "0") : number;
    }
    BigDecimal shortest = shortest(rounded);
    double size = Math.abs(rounded);
    return size >= PLAIN_MIN && size < PLAIN_MAX ? shortest.toPlainString() : exponential(shortest);
  }

  private static boolean isExactly(double rounded, BigDecimal value) {
    return new BigDecimal(Double.toString(rounded)).compareTo(value) == 0
        || shortest(rounded).compareTo(value) == 0;
  }

  private static boolean isZero(String number) {
    return new BigDecimal(number).signum() == 0;
  }

  /**
   * The fewest digits that identify this number. Java always writes at least two digits, and Go
   * writes one if it is enough.
   */
  private static BigDecimal shortest(double number) {
    BigDecimal shortest = new BigDecimal(Double.toString(number)).stripTrailingZeros();
    if (shortest.precision() == 2) {
      BigDecimal oneDigit =
          new BigDecimal(number).round(new MathContext(1, RoundingMode.HALF_EVEN));
      if (oneDigit.doubleValue() == number) {
        return oneDigit.stripTrailingZeros();
      }
    }
    return shortest;
  }

  private static String exponential(BigDecimal number) {
    String digits = number.unscaledValue().abs().toString();
    int exponent = digits.length() - 1 - number.scale();
    return (number.signum() < 0 ? "-" : "")
        + digits.charAt(0)
        + (digits.length() > 1 ? "." + digits.substring(1) : "")
        + (exponent < 0 ? "e-" : "e+")
        + Math.abs(exponent);
  }
}
