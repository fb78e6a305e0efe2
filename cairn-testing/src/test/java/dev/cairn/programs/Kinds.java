package dev.cairn.programs;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The kinds of complaints: what goes wrong, whatever the names and numbers of the trial in which it
 * does. A smaller trial with a complaint of another kind has found another fault.
 */
final class Kinds {
  /** What the explorer says of one schedule, and is another one in a smaller program. */
  private static final Pattern SCHEDULE =
      Pattern.compile("(?m)^\\s*(What was done|To run it alone):.*$");

  private static final Pattern LIST = Pattern.compile("\\[(?!CAIRN-)[^\\[\\]]*]|\\{[^{}]*}");

  /** A name, an id or a number. The codes of errors are none. */
  private static final Pattern NAME =
      Pattern.compile("(?<![\\w./:%-])(?!CAIRN-)[\\w./:%-]*\\d[\\w./:%-]*");

  private static final Pattern RANGE = Pattern.compile("# to #");

  private Kinds() {}

  static Set<String> of(List<String> complaints) {
    return complaints.stream().map(Kinds::of).collect(Collectors.toSet());
  }

  private static String of(String complaint) {
    String without = SCHEDULE.matcher(complaint).replaceAll("");
    without = LIST.matcher(without).replaceAll("[]");
    without = NAME.matcher(without).replaceAll("#");
    return RANGE.matcher(without).replaceAll("#");
  }
}
