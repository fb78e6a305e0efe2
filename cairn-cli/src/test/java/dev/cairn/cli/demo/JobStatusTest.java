package dev.cairn.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.cli.demo.InventoryTables.Progress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class JobStatusTest {
  private static final Instant CLAIMED = Instant.parse("2026-11-24T10:00:00Z");

  /** A job that worker-1 has claimed. */
  static JobRow running() {
    return new JobRow(
        1,
        JobState.RUNNING,
        "demo_inventory",
        "{}",
        1,
        25,
        1,
        "default",
        List.of(),
        "{}",
        List.of(),
        List.of("worker-0", "worker-1"),
        CLAIMED,
        CLAIMED,
        CLAIMED,
        null);
  }

  @Test
  void itsWorkerIsTheLastThatClaimedItIfThatIsAlive() {
    assertThat(JobStatus.of(running(), Optional.empty(), "worker-1"::equals).hasWorker()).isTrue();
    assertThat(JobStatus.of(running(), Optional.empty(), "worker-0"::equals).hasWorker()).isFalse();
  }

  @Test
  void itsStepIsWhatIsLeftToDo() {
    assertThat(withProgress(null).step()).isEqualTo("scan");
    assertThat(withProgress(new Progress(new Found(2, 0), 1, 0)).step()).isEqualTo("hash");
    assertThat(withProgress(new Progress(new Found(2, 0), 2, 0)).step()).isEqualTo("summarise");
  }

  @Test
  void aTakeoverIsMeasuredByTheClockOfTheDatabase() {
    JobStatus status = withProgress(null);
    var kill = new Kill(1, "worker-0", CLAIMED.minusMillis(1_700), 0, 0);

    assertThat(status.wasClaimedAfter(kill.at())).isTrue();
    assertThat(status.wasClaimedAfter(CLAIMED)).isFalse();
    assertThat(kill.takeover(status)).isEqualTo(Duration.ofMillis(1_700));
  }

  private static JobStatus withProgress(@Nullable Progress progress) {
    return new JobStatus(running(), Optional.ofNullable(progress), true);
  }
}
