package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A client is stopped while a healthy database is slow. */
class StopDuringStallTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  /** Longer than a database may take to answer before a stop considers it unreachable. */
  private static final Duration STALL = Duration.ofMillis(1_500);

  private final CountDownLatch started = new CountDownLatch(1);
  private final AtomicBoolean stalls = new AtomicBoolean();
  private final CountDownLatch over = new CountDownLatch(1);

  @JobKind("stopped_in_a_stall")
  record Task() {}

  @AfterEach
  void end() {
    over.countDown();
  }

  /** A client with a running job, and a database in which some statements stall. */
  private Cairn start(Predicate<String> stall, Worker<Task> worker) throws Exception {
    Cairn client =
        Cairn.builder(
                InterceptedStatements.of(
                    database.dataSource(),
                    (purpose, call) -> {
                      if (stalls.get() && stall.test(purpose)) {
                        over.await();
                      }
                      return call.proceed();
                    }))
            .schema(database.schema())
            .workers(Workers.builder().register(Task.class, worker).build())
            .queue("default", 5)
            .pollInterval(Duration.ofMillis(50))
            .heartbeatTimeout(Duration.ofMinutes(1))
            // A death would discard the job.
            .maxAttempts(1)
            .build();
    client.start();
    return client;
  }

  /** Seen before: the stop took the database for unreachable, and broke the outcome off. */
  @Test
  void aDiskThatStallsForAMomentIsNoOutage() throws Exception {
    Cairn client =
        start(
            purpose -> !purpose.equals("read the time"),
            (job, context) -> {
              started.countDown();
              new CountDownLatch(1).await();
            });
    long id = client.insert(new Task()).id();
    started.await();
    stalls.set(true);

    Thread stopping = Thread.ofPlatform().start(client::stopNow);
    boolean stopped = stopping.join(STALL);
    over.countDown();
    stopping.join();

    assertThat(stopped).as("gave up").isFalse();
    clients.assertThatItWasHandedBack(id, client);
  }

  /** Seen before: a hanging heartbeat was the only witness until something was written. */
  @Test
  void aHeartbeatThatHangsAloneIsNoOutage() throws Exception {
    Cairn client =
        start(
            purpose -> purpose.equals("send the heartbeat"),
            (job, context) -> {
              started.countDown();
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                // What the job has to do yet takes longer than the database may take to answer.
                boolean ignored =
                    new CountDownLatch(1).await(STALL.toMillis(), TimeUnit.MILLISECONDS);
                over.countDown();
                context.yieldIfInterrupted();
              }
            });
    long id = client.insert(new Task()).id();
    started.await();
    stalls.set(true);

    client.stopNow();

    clients.assertThatItWasHandedBack(id, client);
  }
}
