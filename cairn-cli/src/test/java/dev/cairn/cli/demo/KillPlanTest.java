package dev.cairn.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.cli.demo.InventoryTables.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KillPlanTest {
  private static final int FILES = 10_000;

  @Test
  void theSameSeedGivesTheSameMoments() {
    assertThat(moments(4, 7)).isEqualTo(moments(4, 7)).isNotEqualTo(moments(4, 8));
  }

  @Test
  void everyPartOfTheWorkHasItsKill() {
    for (long seed = 0; seed < 50; seed++) {
      List<Integer> moments = moments(5, seed);

      assertThat(moments).as("seed %d", seed).hasSize(5).isSorted();
      for (int i = 0; i < 5; i++) {
        assertThat(moments.get(i)).isBetween(i * FILES * 19 / 100 - 600, (i + 1) * FILES / 5);
      }
    }
  }

  @Test
  void aJobWithoutAWorkerIsNotKilled() {
    var plan = new KillPlan(1, 1);

    assertThat(plan.isDue(status(FILES, false))).isFalse();
    assertThat(plan.isDue(status(FILES, true))).isTrue();
  }

  /** After how many files each kill comes. */
  private static List<Integer> moments(int kills, long seed) {
    var plan = new KillPlan(kills, seed);
    var moments = new ArrayList<Integer>();
    for (int files = 0; files <= FILES; files++) {
      while (plan.isDue(status(files, true))) {
        plan.take();
        moments.add(files);
      }
    }
    return moments;
  }

  private static JobStatus status(int files, boolean hasWorker) {
    var progress = new Progress(new Found(FILES, 0), files, 0);
    return new JobStatus(JobStatusTest.running(), Optional.of(progress), hasWorker);
  }
}
