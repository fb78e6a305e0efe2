package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.event.EventKind;
import dev.cairn.event.EventListener;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A client is stopped while the answer to its rescue is on its way. */
class StopDuringRescueTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();

  /** Longer than everything else of the client takes to stop, and shorter than a stop waits. */
  private static final Duration ANSWER_TAKES = Duration.ofSeconds(1);

  private final CountDownLatch rescued = new CountDownLatch(1);
  private final AtomicReference<@Nullable Thread> listening = new AtomicReference<>();

  @JobKind("rescued_last")
  record Task() {}

  private DataSource source() {
    return InterceptedCalls.of(
        DataSource.class,
        database.dataSource(),
        (method, call) -> {
          Object given = call.proceed();
          return given instanceof Connection connection ? delayed(connection) : given;
        });
  }

  private Connection delayed(Connection connection) {
    return InterceptedCalls.of(
        Connection.class,
        connection,
        (method, call) -> {
          Object given = call.proceed();
          if (method.equals("close")) {
            delayTheRescue();
          }
          return given;
        });
  }

  private void delayTheRescue() throws InterruptedException {
    if (Thread.currentThread().getName().equals("cairn-rescue")
        && rescued.getCount() > 0
        && database.number("SELECT count(*) FROM river_job WHERE state = 'discarded'") > 0) {
      rescued.countDown();
      Thread told = listening.get();
      if (told != null) {
        boolean ignored = told.join(ANSWER_TAKES);
      }
    }
  }

  @Test
  @Timeout(60)
  void theJobThatItHasDiscardedIsTold() throws Exception {
    database.execute(
        """
        INSERT INTO cairn_client (id, timeout, heartbeat_at)
        VALUES ('dead', '1 second', now() - interval '1 hour')
        """);
    long id =
        database.number(
            """
            INSERT INTO river_job
              (kind, args, state, attempt, max_attempts, attempted_at, attempted_by, metadata)
            VALUES ('rescued_last', '{}', 'running', 3, 3, now() - interval '1 hour', '{dead}',
              '{"cairn:deaths": {"at": "", "count": 2}}')
            RETURNING id
            """);
    List<Long> told = new CopyOnWriteArrayList<>();
    Cairn client =
        Cairn.builder(source())
            .schema(database.schema())
            .workers(Workers.builder().register(Task.class, (job, context) -> {}).build())
            .queue("default", 5)
            .listener(
                EventListener.ofJobs(EventKind.JOB_DISCARDED, event -> told.add(event.job().id())))
            .listener(
                EventListener.of(
                    EventKind.JOBS_FETCHED, event -> listening.set(Thread.currentThread())))
            .build();
    client.start();
    assertThat(rescued.await(30, TimeUnit.SECONDS)).isTrue();

    client.stopNow();

    assertThat(listening.get()).as("the thread that calls listeners").isNotNull();
    assertThat(told).containsExactly(id);
  }
}
