package dev.cairn.promise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.Worker;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two processes that were given one id. */
class NamesakeTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final CountDownLatch release = new CountDownLatch(1);

  @JobKind("held")
  record Held() {}

  @BeforeEach
  void forget() {
    database.execute("DELETE FROM cairn_client");
  }

  @AfterEach
  void release() {
    release.countDown();
  }

  private Cairn start() {
    Worker<Held> worker = (job, context) -> release.await();
    return clients.start(Held.class, worker, settings -> settings.clientId("pod-1"));
  }

  /** Seen before: the second one took the jobs of the first, and then each those of the other. */
  @Test
  void theSecondOneIsRefusedAndTheFirstKeepsItsJobs() {
    Cairn first = start();
    long id = first.insert(new Held()).id();
    clients.await(id, JobState.RUNNING);

    assertThatThrownBy(this::start)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Client id 'pod-1' is in use")
        .hasMessageContaining("leave clientId(...) out");

    assertThat(first.jobs().find(id).orElseThrow().state()).isEqualTo(JobState.RUNNING);
    assertThat(first.jobs().find(id).orElseThrow().metadata()).doesNotContain("rescue_count");
  }

  /** As after kill -9: the row is there, and no further heartbeat comes. */
  @Test
  void oneThatWasKilledJustNowIsSucceededWithinTwoIntervals() {
    database.execute("INSERT INTO cairn_client (id, timeout) VALUES ('pod-1', '2 s')");

    long begin = System.nanoTime();
    Cairn second = start();

    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .isBetween(Duration.ofMillis(500), Duration.ofSeconds(5));
    assertThat(second.id()).isEqualTo("pod-1");
  }

  /** A signed off one is not waited for. */
  @Test
  void oneThatHasStoppedIsSucceededAtOnce() {
    Cairn first = start();
    first.stop(Duration.ofSeconds(5));
    await()
        .until(() -> database.number("SELECT count(*) FROM cairn_client WHERE timeout = '0'") == 1);

    long begin = System.nanoTime();
    start();

    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
  }
}
