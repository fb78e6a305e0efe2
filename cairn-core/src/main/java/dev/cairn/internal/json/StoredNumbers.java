package dev.cairn.internal.json;

import java.math.BigDecimal;

/**
 * The numbers of a JSON text as PostgreSQL returns them from jsonb: without exponents, and without
 * a negative zero.
 */
public final class StoredNumbers {
  /** Longer numbers may exceed the limits of a JSON reader. */
  private static final int LENGTH_ODD = 300;

  /** The limits of numbers in jsonb. Numbers that exceed them are returned unchanged. */
  private static final int EXPONENT_DIGITS_MAX = 7;

  private static final int INTEGER_DIGITS_MAX = 131_072;
  private static final int FRACTION_DIGITS_MAX = 16_383;

  private StoredNumbers() {}

  /** Whether a text has numbers that PostgreSQL returns in another form, or very long ones. */
  public static boolean areIn(String json) {
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      if (c == '"') {
        i = endOfString(json, i);
      } else if (c == '-' || isDigit(c)) {
        int end = endOfNumber(json, i);
        if (isOdd(json, i, end)) {
          return true;
        }
        i = end - 1;
      }
    }
    return false;
  }

  /** The text with its numbers as PostgreSQL returns them. */
  public static String in(String json) {
    if (!areIn(json)) {
      return json;
    }
    var text = new StringBuilder(json.length() + 16);
    int copied = 0;
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      if (c == '"') {
        i = endOfString(json, i);
      } else if (c == '-' || isDigit(c)) {
        int end = endOfNumber(json, i);
        if (isOdd(json, i, end)) {
          text.append(json, copied, i).append(stored(json.substring(i, end)));
          copied = end;
        }
        i = end - 1;
      }
    }
    return text.append(json, copied, json.length()).toString();
  }

  private static String stored(String number) {
    int exponent = Math.max(number.indexOf('e'), number.indexOf('E'));
    if (exponent >= 0 && digits(number, exponent) > EXPONENT_DIGITS_MAX) {
      return number;
    }
    var amount = new BigDecimal(number);
    int integers = amount.precision() - amount.scale();
    return integers > INTEGER_DIGITS_MAX || amount.scale() > FRACTION_DIGITS_MAX
        ? number
        : amount.toPlainString();
  }

  /** The number of digits of an exponent, without its sign and leading zeros. */
  private static int digits(String number, int exponent) {
    int from = exponent + 1;
    while (from < number.length() && (number.charAt(from) < '1' || number.charAt(from) > '9')) {
      from++;
    }
    return number.length() - from;
  }

  private static boolean isOdd(String json, int start, int end) {
    boolean isNegativeZero = json.charAt(start) == '-';
    for (int i = start; i < end; i++) {
      char c = json.charAt(i);
      if (c == 'e' || c == 'E') {
        return true;
      }
      isNegativeZero &= c < '1' || c > '9';
    }
    return isNegativeZero || end - start > LENGTH_ODD;
  }

  private static int endOfString(String json, int quote) {
    int i = quote + 1;
    while (i < json.length() && json.charAt(i) != '"') {
      i += json.charAt(i) == '\\' ? 2 : 1;
    }
    return i;
  }

  private static int endOfNumber(String json, int start) {
    int end = start + 1;
    while (end < json.length() && isOfNumber(json.charAt(end))) {
      end++;
    }
    return end;
  }

  private static boolean isOfNumber(char c) {
    return isDigit(c) || c == '.' || c == 'e' || c == 'E' || c == '-' || c == '+';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
