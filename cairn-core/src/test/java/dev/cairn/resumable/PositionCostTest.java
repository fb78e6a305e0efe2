package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a loop pays for a position that is not written at once (H24). */
class PositionCostTest {
  private static final int ROUNDS = 10;
  private static final int POSITIONS = 10_000;

  /** Some 300 are needed. With the text of an error for each position, it was 1,900. */
  private static final long BYTES_MAX = 1_000;

  private static final ThreadMXBean THREADS =
      ManagementFactory.getPlatformMXBean(ThreadMXBean.class);

  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  /**
   * Of all threads, because nobody counts what a virtual one allocates. What the others do
   * meanwhile is too much in some rounds, and in none too little: so the smallest number counts.
   */
  @Test
  void h24_aPositionCostsFewBytes() {
    var least = new long[] {Long.MAX_VALUE};
    var job =
        jobs.firstAttempt(
            ResumableJobs.cursorStep(
                "numbers",
                cursor -> {
                  for (int round = 0; round < ROUNDS; round++) {
                    long before = THREADS.getTotalThreadAllocatedBytes();
                    for (int i = 0; i < POSITIONS; i++) {
                      cursor.advance(cursor.get() + 1);
                    }
                    long allocated = THREADS.getTotalThreadAllocatedBytes() - before;
                    least[0] = Math.min(least[0], allocated / POSITIONS);
                  }
                }));

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(least[0]).as("bytes for each position").isBetween(1L, BYTES_MAX);
  }
}
