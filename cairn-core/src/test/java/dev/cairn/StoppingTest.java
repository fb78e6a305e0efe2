package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class StoppingTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final CountDownLatch started = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  @JobKind("slow")
  record Slow(String name) {}

  @Test
  void aGracefulStopWaitsForRunningJobsAndClaimsNoMore() throws Exception {
    Cairn client = clients.start(Slow.class, this::waitForRelease);
    long running = client.insert(new Slow("running")).id();
    started.await();

    Thread stopping = Thread.ofPlatform().start(client::stop);
    await().until(StoppingTest::claimsNoMore);
    long waiting = client.insert(new Slow("waiting")).id();
    assertThat(stopping.isAlive()).isTrue();
    release.countDown();
    stopping.join();

    assertThat(state(running)).isEqualTo(JobState.COMPLETED);
    assertThat(state(waiting)).isEqualTo(JobState.AVAILABLE);
  }

  /** The stopping client has left the loops that fetch. */
  private static boolean claimsNoMore() {
    return Thread.getAllStackTraces().keySet().stream()
        .noneMatch(thread -> thread.getName().equals("cairn-fetch-default"));
  }

  /** Arguments that take their time to be decoded. */
  @JobKind("hesitant")
  record Hesitant(String name) {
    static final CountDownLatch decoding = new CountDownLatch(1);
    static final CountDownLatch release = new CountDownLatch(1);

    @JsonCreator
    static Hesitant decode(@JsonProperty("name") String name) throws InterruptedException {
      decoding.countDown();
      release.await();
      return new Hesitant(name);
    }
  }

  @Test
  void aJobThatIsClaimedButHasNotBegunIsHandedBackByAStop() throws Exception {
    var worked = new AtomicBoolean();
    Cairn client = clients.start(Hesitant.class, (job, context) -> worked.set(true));
    long id = client.insert(new Hesitant("claimed")).id();
    Hesitant.decoding.await();

    Thread stopping = Thread.ofPlatform().start(client::stop);
    await().until(StoppingTest::claimsNoMore);
    assertThat(stopping.join(Duration.ofMillis(200))).as("stopped with a job at hand").isFalse();
    Hesitant.release.countDown();
    stopping.join();

    JobRow job = clients.inserter().jobs().find(id).orElseThrow();
    assertThat(job.state()).isEqualTo(JobState.AVAILABLE);
    assertThat(job.attempt()).isZero();
    assertThat(worked).isFalse();
  }

  @Test
  void afterTheGracePeriodJobsAreInterruptedAndUseUpNoAttempt() throws Exception {
    Cairn client = clients.start(Slow.class, this::sleep);
    long id = client.insert(new Slow("sleeps")).id();
    started.await();

    client.stop(Duration.ofMillis(50));

    JobRow job = clients.inserter().jobs().find(id).orElseThrow();
    assertThat(job.state()).isEqualTo(JobState.AVAILABLE);
    assertThat(job.attempt()).isZero();
    assertThat(job.errors()).isEmpty();
    assertThat(job.metadata()).isEqualTo("{\"cairn:interruptions\": 1}");
  }

  @Test
  void aJobThatDoesNotReactIsGivenUpAndItsCodeWritesNothingMore() throws Exception {
    var written = new AtomicBoolean();
    Cairn client =
        clients.start(
            Slow.class,
            (job, context) -> {
              started.countDown();
              while (release.getCount() > 0) {
                Thread.onSpinWait();
              }
              try {
                context.yieldIfInterrupted();
                written.set(true);
              } finally {
                started.countDown();
              }
            });
    long id = client.insert(new Slow("stubborn")).id();
    started.await();

    client.stopNow();

    assertThat(state(id)).isEqualTo(JobState.AVAILABLE);
    release.countDown();
    await()
        .until(() ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("cairn-job-")));
    assertThat(written).isFalse();
    assertThat(state(id)).isEqualTo(JobState.AVAILABLE);
  }

  @Test
  void aGracefulStopDoesNotWaitBeyondTheTimeoutOfAJob() throws Exception {
    Cairn client =
        clients.start(
            Slow.class, this::sleep, builder -> builder.jobTimeout(Duration.ofSeconds(1)));
    long id = client.insert(new Slow("stuck")).id();
    started.await();

    client.stop();

    assertThat(state(id)).isEqualTo(JobState.AVAILABLE);
  }

  @Test
  void aSecondStopShortensTheWaitOfTheFirst() throws Exception {
    Cairn client = clients.start(Slow.class, this::sleep);
    long id = client.insert(new Slow("sleeps")).id();
    started.await();

    Thread patient = Thread.ofPlatform().start(client::stop);
    client.stopNow();
    patient.join();

    assertThat(state(id)).isEqualTo(JobState.AVAILABLE);
  }

  @Test
  void stoppingTwiceOrWithoutStartingDoesNothing() {
    Cairn never = clients.build(builder -> builder);
    never.stop();
    never.close();
    Cairn client = clients.start(Slow.class, this::waitForRelease);
    client.start();
    client.stop();
    client.stop();

    assertThatIllegalStateException().isThrownBy(client::start).withMessageContaining("stopped");
  }

  @Test
  void aStoppedClientLeavesNoThreadAndNoSignOfLife() {
    Cairn client = clients.start(Slow.class, this::waitForRelease);
    assertThat(signsOfLife(client)).isEqualTo(1);

    client.stop();

    assertThat(signsOfLife(client)).isZero();
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("cairn-"));
    assertThat(
            database.number(
                "SELECT count(*) FROM %s.river_leader WHERE leader_id = ?"
                    .formatted(database.schema()),
                client.id()))
        .isZero();
  }

  private void sleep(Job<Slow> job, WorkContext context) throws InterruptedException {
    started.countDown();
    Thread.sleep(Duration.ofMinutes(1));
  }

  private void waitForRelease(Job<Slow> job, WorkContext context) throws InterruptedException {
    started.countDown();
    release.await();
  }

  private long signsOfLife(Cairn client) {
    return database.number(
        "SELECT count(*) FROM %s.cairn_client WHERE id = ?".formatted(database.schema()),
        client.id());
  }

  private JobState state(long id) {
    return clients.inserter().jobs().find(id).orElseThrow().state();
  }

  @Test
  void whoWaitsForAClientIsToldThatItHasStopped() {
    Cairn client = clients.start(Slow.class, this::waitForRelease);
    assertThat(client.stopped()).isNotDone();

    client.stop();

    assertThat(client.stopped()).isCompleted();
  }
}
