package dev.cairn.chaos.matrix;

import dev.cairn.chaos.life.Finding;
import java.util.List;

/**
 * What came of one run.
 *
 * @param met how many calls misbehaved; if none did the run says nothing
 * @param machineLate whether the machine was too slow to judge a client by what happened
 * @param settleMillis from the end of the misbehaviour until all was as it has to be
 * @param stopMillis how long {@code stop(5 s)} took
 * @param mostRepeats how often the plain effect that was repeated most was repeated
 */
public record CellResult(
    Cell cell,
    int met,
    boolean machineLate,
    List<Finding> findings,
    long settleMillis,
    long stopMillis,
    int mostRepeats) {
  public boolean failed() {
    return !findings.isEmpty() && !machineLate;
  }

  /** Something was found, and it may be the machine's fault. */
  public boolean isUnclear() {
    return !findings.isEmpty() && machineLate;
  }

  /** What was found, line by line, and how to see it again. */
  public String text() {
    var text = new StringBuilder("%s%n".formatted(cell));
    findings.forEach(it -> text.append("  %s: %s%n".formatted(it.kind(), it.detail())));
    return text.append("  %s%n".formatted(cell.command())).toString();
  }
}
