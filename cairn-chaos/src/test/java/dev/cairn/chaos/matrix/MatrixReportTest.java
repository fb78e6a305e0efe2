package dev.cairn.chaos.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.chaos.life.Finding;
import dev.cairn.chaos.life.Finding.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a report says of runs that show nothing. */
class MatrixReportTest {
  private static final Cell CELL =
      new Cell(Phase.LIFE, "claim jobs", Fault.LOST_ANSWER, Extent.ONCE, 2);
  private static final List<Finding> NONE = List.of();
  private static final List<Finding> ONE = List.of(new Finding(Kind.ROW_TWICE, "job 7"));

  @Test
  void runsWithoutFindingsInWhichCallsMisbehavedAreGood() {
    MatrixReport report = report(result(1, false, NONE), result(3, true, NONE));

    assertThat(report.exitCode()).isZero();
    assertThat(report.text()).doesNotContain("Unclear", "No call misbehaved");
  }

  @Test
  void aRunThatStaysUnclearIsToldAndChangesTheExitCode() {
    MatrixReport report = report(result(1, false, NONE), result(1, true, ONE));

    assertThat(report.exitCode()).isEqualTo(3);
    assertThat(report.failed()).isEmpty();
    assertThat(report.text()).contains("Unclear, the machine was too slow: claim jobs", "job 7");
  }

  @Test
  void soIsARunInWhichNoCallMisbehaved() {
    MatrixReport report = report(result(1, false, NONE), result(0, false, NONE));

    assertThat(report.exitCode()).isEqualTo(3);
    assertThat(report.text()).contains("No call misbehaved, so nothing is known of");
  }

  @Test
  void aFailureWeighsMost() {
    MatrixReport report =
        report(result(0, false, NONE), result(1, true, ONE), result(1, false, ONE));

    assertThat(report.exitCode()).isEqualTo(1);
  }

  private static MatrixReport report(CellResult... results) {
    return new MatrixReport(List.of(results));
  }

  private static CellResult result(int met, boolean machineLate, List<Finding> findings) {
    return new CellResult(CELL, met, machineLate, findings, 10, 20, 0);
  }
}
