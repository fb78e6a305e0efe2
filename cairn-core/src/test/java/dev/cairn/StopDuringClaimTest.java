package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A client is stopped while a claim is on its way. */
class StopDuringClaimTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  /** Longer than a stop waits for claims before it asks the jobs to stop. */
  private static final Duration LONGER = Duration.ofMillis(1_500);

  private final AtomicBoolean worked = new AtomicBoolean();
  private final AtomicBoolean slow = new AtomicBoolean();
  private final CountDownLatch waits = new CountDownLatch(1);
  private final CountDownLatch goesOn = new CountDownLatch(1);

  @JobKind("claimed_late")
  record Task() {}

  @AfterEach
  void goOn() {
    goesOn.countDown();
  }

  private Cairn start(DataSource source) {
    Cairn client =
        Cairn.builder(source)
            .schema(database.schema())
            .workers(
                Workers.builder().register(Task.class, (job, context) -> worked.set(true)).build())
            .queue("default", 5)
            .pollInterval(Duration.ofMillis(50))
            // A death would discard the job.
            .maxAttempts(1)
            .build();
    client.start();
    return client;
  }

  private void waitIfSlow() throws InterruptedException {
    if (slow.get()) {
      waits.countDown();
      goesOn.await();
    }
  }

  private void assertThatItWasHandedBack(long id, Cairn client) {
    clients.assertThatItWasHandedBack(id, client);
    assertThat(worked).isFalse();
  }

  /** Seen before: the job was started, and its outcome put into a queue that nobody read. */
  @Test
  void aJobWhoseClaimIsAnsweredLateIsHandedBack() throws Exception {
    Cairn client =
        start(
            InterceptedStatements.of(
                database.dataSource(),
                (purpose, call) -> {
                  Object answer = call.proceed();
                  if (purpose.equals("claim jobs")
                      && database.number("SELECT count(*) FROM river_job WHERE state = 'running'")
                          > 0) {
                    slow.set(true);
                    waitIfSlow();
                  }
                  return answer;
                }));
    long id = client.insert(new Task()).id();
    waits.await();

    Thread stopping = Thread.ofPlatform().start(client::stop);
    assertThat(stopping.join(LONGER)).as("stopped without the answer").isFalse();
    goesOn.countDown();
    stopping.join();

    assertThatItWasHandedBack(id, client);
  }

  /** A data source that has no connection for a thread. */
  private DataSource withoutConnectionFor(String thread) {
    return InterceptedCalls.of(
        DataSource.class,
        database.dataSource(),
        (method, call) -> {
          if (Thread.currentThread().getName().equals(thread)) {
            waitIfSlow();
          }
          return call.proceed();
        });
  }

  /** Seen before: it was sent when there was a connection, however long ago the stop had begun. */
  @Test
  void aClaimThatWaitsForAConnectionIsNotSentAfterTheStop() throws Exception {
    Cairn client = start(withoutConnectionFor("cairn-fetch-default"));
    slow.set(true);
    waits.await();
    long id = client.insert(new Task()).id();
    Thread fetching =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().equals("cairn-fetch-default"))
            .findFirst()
            .orElseThrow();

    long begun = System.nanoTime();
    client.stop();

    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(8));
    goesOn.countDown();
    fetching.join();
    assertThatItWasHandedBack(id, client);
  }

  @Test
  void norIsTheClaimOfOneJob() throws Exception {
    Cairn client = start(withoutConnectionFor("caller"));
    // On a queue that nobody works.
    long id = client.insert(new Task(), InsertOptions.defaults().withQueue("elsewhere")).id();
    slow.set(true);
    try (ExecutorService caller =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().name("caller").factory())) {
      Future<Boolean> claiming = caller.submit(() -> client.work(id));
      waits.await();

      long begun = System.nanoTime();
      client.stop();
      Duration took = Duration.ofNanos(System.nanoTime() - begun);
      goesOn.countDown();

      assertThat(took).isLessThan(Duration.ofSeconds(8));
      assertThatExceptionOfType(ExecutionException.class)
          .isThrownBy(claiming::get)
          .withCauseInstanceOf(IllegalStateException.class)
          .withMessageContaining("[CAIRN-114]");
    }
    assertThatItWasHandedBack(id, client);
  }
}
