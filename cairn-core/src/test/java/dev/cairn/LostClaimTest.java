package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.resumable.Steps;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Claims do not wait for the disk: a server that dies may have forgotten the last ones when it is
 * back (docs/decisions/010). Here the row is set back by hand to what it was before its claim.
 */
class LostClaimTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final CountDownLatch claimed = new CountDownLatch(1);
  private final CountDownLatch lost = new CountDownLatch(1);
  private final CountDownLatch firstEnded = new CountDownLatch(1);
  private final AtomicInteger runs = new AtomicInteger();
  private final List<String> effects = new CopyOnWriteArrayList<>();

  @JobKind("forgotten")
  record Forgotten(String name) {}

  private void work(WorkContext context) throws Exception {
    int run = runs.incrementAndGet();
    try {
      if (run == 1) {
        claimed.countDown();
        lost.await();
      }
      Steps.of(context).step("effect", () -> effects.add("run " + run));
      Steps.of(context).step("after", () -> effects.add("after " + run));
    } finally {
      if (run == 1) {
        firstEnded.countDown();
      }
    }
  }

  @Test
  void r5_aJobWhoseClaimTheServerHasForgottenIsWorkedAgainAndItsFirstRunWritesNothing()
      throws Exception {
    Cairn client = clients.start(Forgotten.class, (job, context) -> work(context));
    long id = client.insert(new Forgotten("x")).id();
    claimed.await();

    database.execute(
        """
        UPDATE river_job SET state = 'available', attempt = 0, attempted_at = NULL,
          attempted_by = NULL
        WHERE id = ?
        """,
        id);
    JobRow job = clients.await(id, JobState.COMPLETED);
    lost.countDown();
    firstEnded.await();

    assertThat(job.attempt()).isEqualTo(1);
    assertThat(job.errors()).isEmpty();
    assertThat(effects).contains("run 2", "after 2").doesNotContain("after 1");
    assertThat(clients.inserter().jobs().find(id).orElseThrow().state())
        .isEqualTo(JobState.COMPLETED);
    assertThat(database.number("SELECT count(*) FROM cairn_checkpoint WHERE job_id = ?", id))
        .isZero();
  }
}
