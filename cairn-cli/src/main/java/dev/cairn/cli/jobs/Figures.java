package dev.cairn.cli.jobs;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Numbers, times and names as people read them in a terminal. */
final class Figures {
  private static final int FIRST_WIDE = 0x1100;

  private Figures() {}

  static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  static String rate(double perSecond) {
    return perSecond < 10
        ? String.format(Locale.ROOT, "%.1f/s", perSecond)
        : count(Math.round(perSecond)) + "/s";
  }

  /** For example {@code 0:07}, {@code 1:02:03} or {@code 3 d 4 h}. */
  static String clock(Duration duration) {
    if (duration.toDays() > 0) {
      return "%d d %d h".formatted(duration.toDays(), duration.toHoursPart());
    }
    return duration.toHours() > 0
        ? "%d:%02d:%02d"
            .formatted(duration.toHours(), duration.toMinutesPart(), duration.toSecondsPart())
        : "%d:%02d".formatted(duration.toMinutes(), duration.toSecondsPart());
  }

  /** Like {@link #clock}, but short ones to the hundredth of a second. */
  static String spent(Duration duration) {
    return duration.toSeconds() < 10
        ? String.format(Locale.ROOT, "%.2f s", duration.toMillis() / 1000.0)
        : clock(duration);
  }

  static String bytes(int bytes) {
    return bytes < 1024 ? bytes + " B" : String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0);
  }

  static String percent(double share) {
    return (int) (share * 100) + " %";
  }

  static String moment(@Nullable Instant instant) {
    return instant == null ? "-" : instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** One line of at most so many columns. */
  static String fit(String text, int columns) {
    var line = new StringBuilder();
    int used = 0;
    for (int c : text.codePoints().toArray()) {
      int width = c < FIRST_WIDE ? 1 : 2;
      if (used + width > columns) {
        while (!line.isEmpty() && used > columns - 2) {
          int last = line.codePointBefore(line.length());
          line.setLength(line.length() - Character.charCount(last));
          used -= last < FIRST_WIDE ? 1 : 2;
        }
        return line.append("..").toString();
      }
      line.appendCodePoint(c);
      used += width;
    }
    return line.toString();
  }

  /** The same, filled with blanks. */
  static String column(String text, int columns) {
    String fitted = fit(text, columns);
    int used = fitted.codePoints().map(c -> c < FIRST_WIDE ? 1 : 2).sum();
    return fitted + " ".repeat(Math.max(columns - used, 0));
  }
}
