package dev.cairn.chaos.matrix;

import dev.cairn.chaos.life.Finding.Kind;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The report on the runs, for people. */
public record MatrixReport(List<CellResult> results) {
  private static final int FAILED = 1;
  private static final int NOT_SHOWN = 3;

  public MatrixReport {
    results = List.copyOf(results);
  }

  public List<CellResult> failed() {
    return results.stream().filter(CellResult::failed).toList();
  }

  /** The runs in which no call misbehaved: they prove nothing. */
  public List<CellResult> missed() {
    return results.stream().filter(it -> it.met() == 0).toList();
  }

  /** The runs with findings that a slow machine may have caused. */
  public List<CellResult> unclear() {
    return results.stream().filter(CellResult::isUnclear).toList();
  }

  /**
   * 0 if no run has failed or is unclear, and a call misbehaved in each; 1 if a run has failed; 3
   * if none has failed, but one is unclear or met no call, so that it proves nothing.
   */
  public int exitCode() {
    if (!failed().isEmpty()) {
      return FAILED;
    }
    return unclear().isEmpty() && missed().isEmpty() ? 0 : NOT_SHOWN;
  }

  /** Tables of statements, misbehaviours and findings, and a command for each run that failed. */
  public String text() {
    var text = new StringBuilder();
    text.append(
        "%d runs, %d failed; for %d the machine was too slow; in %d no call misbehaved%n"
            .formatted(results.size(), failed().size(), unclear().size(), missed().size()));
    text.append(
        "longest stop %.1f s, slowest to settle %.1f s, a plain effect repeated %d times at most%n"
            .formatted(most(CellResult::stopMillis), most(CellResult::settleMillis), repeats()));
    table(text, "statement", result -> result.cell().statement());
    table(text, "misbehaviour", result -> result.cell().fault().label());
    findings(text);
    failures(text);
    unclear()
        .forEach(it -> text.append("%nUnclear, the machine was too slow: %s".formatted(it.text())));
    if (!missed().isEmpty()) {
      text.append("%nNo call misbehaved, so nothing is known of%n".formatted());
      missed().forEach(it -> text.append("  %s%n".formatted(it.cell())));
    }
    return text.toString();
  }

  private double most(Figure figure) {
    return results.stream().mapToLong(figure::of).max().orElse(0) / 1e3;
  }

  private int repeats() {
    return results.stream().mapToInt(CellResult::mostRepeats).max().orElse(0);
  }

  private void table(StringBuilder text, String title, Column column) {
    var rows = new TreeMap<String, int[]>();
    for (CellResult result : results) {
      int[] counts = rows.computeIfAbsent(column.of(result), key -> new int[2]);
      counts[0]++;
      counts[1] += result.failed() ? 1 : 0;
    }
    text.append("%n%-72s %6s %8s%n".formatted(title, "runs", "failed"));
    rows.forEach((key, counts) ->
        text.append("%-72s %6d %8s%n".formatted(key, counts[0], counts[1] == 0 ? "-" : counts[1])));
  }

  private void findings(StringBuilder text) {
    Map<Kind, Integer> runs = new EnumMap<>(Kind.class);
    for (CellResult result : failed()) {
      Set<Kind> kinds = EnumSet.noneOf(Kind.class);
      result.findings().forEach(finding -> kinds.add(finding.kind()));
      kinds.forEach(kind -> runs.merge(kind, 1, Integer::sum));
    }
    if (!runs.isEmpty()) {
      text.append("%n%-72s %6s%n".formatted("finding", "runs"));
      runs.forEach((kind, count) -> text.append("%-72s %6d%n".formatted(kind.meaning(), count)));
    }
  }

  private void failures(StringBuilder text) {
    for (CellResult result : failed()) {
      text.append("%n%s".formatted(result.text()));
    }
  }

  /** A figure of a run. */
  private interface Figure {
    long of(CellResult result);
  }

  /** The value by which runs are grouped into the rows of a table. */
  private interface Column {
    String of(CellResult result);
  }
}
