package dev.cairn.internal.postgres;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Times in PostgreSQL's range, from 4714 BC to the year 294276, and infinity beyond both ends. Each
 * time that is read can be written back, as the time of a claim or as the end of a page.
 */
final class Times {
  private static final Instant FIRST = Instant.parse("-4713-11-24T00:00:00Z");

  /** The driver treats earlier times as -infinity. */
  private static final Instant FIRST_OF_DRIVER = Instant.parse("-4712-01-01T00:00:00Z");

  private static final Instant LAST = Instant.parse("+294276-12-31T23:59:59.999999Z");
  private static final DateTimeFormatter WITHIN_YEAR =
      DateTimeFormatter.ofPattern("-MM-dd HH:mm:ss.SSSSSS'+00'", Locale.ROOT);

  private Times() {}

  /** A time as read by the driver, which represents infinity by its greatest and least values. */
  static Instant of(OffsetDateTime read) {
    if (read.equals(OffsetDateTime.MAX)) {
      return Instant.MAX;
    }
    return read.equals(OffsetDateTime.MIN) ? Instant.MIN : read.toInstant();
  }

  /** A time that another program has written as text; null if it cannot be parsed. */
  static @Nullable Instant parsed(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      return null;
    }
  }

  /**
   * A parameter for {@link java.sql.PreparedStatement#setObject(int, Object)}, for statements that
   * do not cast {@link #text}.
   */
  static Object parameter(Instant time) {
    if (time.isBefore(FIRST_OF_DRIVER)) {
      return OffsetDateTime.MIN;
    }
    return time.isAfter(LAST) ? OffsetDateTime.MAX : time.atOffset(ZoneOffset.UTC);
  }

  /**
   * A time to the microsecond as text that a statement can cast. PostgreSQL does not parse years
   * below 1 or above 9999 in ISO format.
   */
  static String text(Instant time) {
    if (time.isBefore(FIRST)) {
      return "-infinity";
    }
    if (time.isAfter(LAST)) {
      return "infinity";
    }
    OffsetDateTime utc = time.truncatedTo(ChronoUnit.MICROS).atOffset(ZoneOffset.UTC);
    int year = utc.getYear();
    if (year > 0 && year < 10_000) {
      // A formatter takes several times as long, which matters because every outcome contains a
      // time.
      return utc.toString();
    }
    String rest = WITHIN_YEAR.format(utc);
    return year > 0
        ? String.format(Locale.ROOT, "%04d%s", year, rest)
        : String.format(Locale.ROOT, "%04d%s BC", 1 - year, rest);
  }
}
