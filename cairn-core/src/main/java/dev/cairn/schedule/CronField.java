package dev.cairn.schedule;

import java.util.BitSet;
import java.util.List;

/** A field of a cron expression: the numbers and names that it may hold. */
enum CronField {
  SECOND("second", 0, 59, ""),
  MINUTE("minute", 0, 59, ""),
  HOUR("hour", 0, 23, ""),
  DAY_OF_MONTH("day of month", 1, 31, ""),
  MONTH("month", 1, 12, "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"),
  /** Sunday is 0 and 7. */
  DAY_OF_WEEK("day of week", 0, 7, "SUN MON TUE WED THU FRI SAT");

  private final String label;
  private final int least;
  private final int most;
  private final String names;

  CronField(String label, int least, int most, String names) {
    this.label = label;
    this.least = least;
    this.most = most;
    this.names = names;
  }

  /** The numbers that a list of numbers, ranges and steps stands for. */
  BitSet numbers(String text) {
    var numbers = new BitSet();
    for (String part : parts(text)) {
      numbers.or(range(part));
    }
    return numbers;
  }

  /** The parts of a list. */
  static List<String> parts(String text) {
    return List.of(text.split(",", -1));
  }

  private record Range(int first, int last) {}

  /** The numbers of one part: a number, a range, or all of them, with an optional step. */
  BitSet range(String part) {
    String[] stepped = part.split("/", -1);
    if (stepped.length > 2) {
      throw refused(part, "has more than one step");
    }
    boolean hasStep = stepped.length == 2;
    Range range = isAny(stepped[0]) ? all() : range(stepped[0], hasStep);
    int step = hasStep ? step(stepped[1]) : 1;
    var numbers = new BitSet();
    for (int i = range.first(); i <= range.last(); i += step) {
      numbers.set(this == DAY_OF_WEEK ? i % most : i);
    }
    return numbers;
  }

  private Range all() {
    return new Range(least, this == DAY_OF_WEEK ? most - 1 : most);
  }

  /** A single number with a step begins a range to the end. */
  private Range range(String text, boolean hasStep) {
    String[] ends = text.split("-", -1);
    if (ends.length > 2) {
      throw refused(text, "is not a range");
    }
    int first = number(ends[0]);
    int single = hasStep ? all().last() : first;
    int last = ends.length == 2 ? endOf(first, ends[1]) : single;
    if (last < first) {
      throw refused(text, "ends before it begins");
    }
    return new Range(first, last);
  }

  /** Whether a text allows every value. */
  static boolean isAny(String text) {
    return text.equals("*") || text.equals("?");
  }

  int number(String text) {
    int named = names().indexOf(text);
    if (named >= 0) {
      return named + least;
    }
    int number = digits(text);
    if (number < least || number > most) {
      throw refused(text, "is not " + least + " to " + most + orNames());
    }
    return number;
  }

  private List<String> names() {
    return names.isEmpty() ? List.of() : List.of(names.split(" "));
  }

  /** FRI-SUN ends on the Sunday after. */
  private int endOf(int first, String text) {
    int last = number(text);
    return this == DAY_OF_WEEK && last == least && first > last ? most : last;
  }

  private int step(String text) {
    int step = digits(text);
    if (step < 1 || step > most) {
      throw refused(text, "is not a step from 1 to " + most);
    }
    return step;
  }

  private String orNames() {
    return names.isEmpty() ? "" : " or " + names().getFirst() + " to " + names().getLast();
  }

  /** The value of one to three ASCII digits; -1 for any other text. */
  private static int digits(String text) {
    return text.matches("[0-9]{1,3}") ? Integer.parseInt(text) : -1;
  }

  private IllegalArgumentException refused(String text, String reason) {
    return new IllegalArgumentException(label + " '" + text + "' " + reason);
  }
}
