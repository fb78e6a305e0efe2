package dev.cairn.dashboard.internal.words;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** Times and numbers in words. */
public final class Words {
  private static final int NAME_MAX = 120;

  private Words() {}

  /** For example {@code 35 s}, {@code 4 min}, {@code 2 h 5 min} or {@code 3 days}. */
  public static String span(Duration span) {
    long seconds = Math.max(span.toSeconds(), 0);
    if (seconds < 60) {
      return seconds < 1 ? "less than 1 s" : seconds + " s";
    }
    long minutes = seconds / 60;
    if (minutes < 60) {
      return minutes + " min";
    }
    long hours = minutes / 60;
    if (hours < 24) {
      return minutes % 60 == 0 ? hours + " h" : "%d h %d min".formatted(hours, minutes % 60);
    }
    long days = hours / 24;
    return days == 1 ? "1 day" : number(days) + " days";
  }

  static String between(Instant from, Instant to) {
    return from.isBefore(Instant.MIN.plusSeconds(1)) || to.isAfter(Instant.MAX.minusSeconds(1))
        ? "a very long time"
        : span(Duration.between(from, to));
  }

  /** For example {@code 12,345}. */
  public static String number(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** For example {@code 1 job} or {@code 3 jobs}. */
  public static String count(long number, String one) {
    return number(number) + " " + (number == 1 ? one : one + "s");
  }

  static String times(int number) {
    return switch (number) {
      case 1 -> "once";
      case 2 -> "twice";
      default -> number(number) + " times";
    };
  }

  /** A name from the database within a sentence: in quotes, and not too long. */
  public static String name(String name) {
    String line = name.replaceAll("\\p{Cntrl}", " ");
    return "'%s'".formatted(line.length() > NAME_MAX ? line.substring(0, NAME_MAX) + "..." : line);
  }

  /** A text of a person within a sentence, which gets its own full stop. */
  static String said(String text) {
    String line = text.replaceAll("\\p{Cntrl}", " ").strip();
    return line.length() > NAME_MAX ? line.substring(0, NAME_MAX) + "..." : line;
  }
}
