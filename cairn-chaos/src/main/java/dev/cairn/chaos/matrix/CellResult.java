package dev.cairn.chaos.matrix;

import dev.cairn.chaos.life.Finding;
import java.util.List;

/**
 * The result of one run.
 *
 * @param met the number of calls that misbehaved; if it is 0, the run proves nothing
 * @param machineLate whether the machine was too slow to judge the client
 * @param settleMillis the time from the end of the misbehaviour until every job was in the right
 *     state
 * @param stopMillis the duration of {@code stop(5 s)}
 * @param mostRepeats how often the most repeated plain effect was repeated
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

  /** Whether there are findings that a slow machine may have caused. */
  public boolean isUnclear() {
    return !findings.isEmpty() && machineLate;
  }

  /** The findings, one a line, and the command that repeats the run. */
  public String text() {
    var text = new StringBuilder("%s%n".formatted(cell));
    findings.forEach(it -> text.append("  %s: %s%n".formatted(it.kind(), it.detail())));
    return text.append("  %s%n".formatted(cell.command())).toString();
  }
}
