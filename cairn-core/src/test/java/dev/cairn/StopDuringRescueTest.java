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

  /**
   * A stop does not wait for the rescue if the database seems to be away. On a busy machine an
   * answer may take that long: seldom in several lives in a row.
   */
  private static final int LIVES = 3;

  private static final int PATIENCE_SECONDS = 30;

  private volatile CountDownLatch rescued = new CountDownLatch(1);
  private volatile CountDownLatch listens = new CountDownLatch(1);
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
      boolean ignored = listens.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
      rescued.countDown();
      Thread told = listening.get();
      if (told != null) {
        ignored = told.join(ANSWER_TAKES);
      }
    }
  }

  @Test
  @Timeout(180)
  void theJobThatItHasDiscardedIsTold() throws Exception {
    boolean told = false;
    for (int life = 0; life < LIVES && !told; life++) {
      told = isToldInOneLife();
    }
    assertThat(told).isTrue();
  }

  private boolean isToldInOneLife() throws Exception {
    rescued = new CountDownLatch(1);
    listens = new CountDownLatch(1);
    database.execute("DELETE FROM river_job");
    database.execute("DELETE FROM cairn_client");
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
                    EventKind.JOBS_FETCHED,
                    event -> {
                      listening.set(Thread.currentThread());
                      listens.countDown();
                    }))
            .build();
    client.start();
    assertThat(rescued.await(2L * PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(listening.get()).as("the thread that calls listeners").isNotNull();

    client.stopNow();

    assertThat(told).isIn(List.of(), List.of(id));
    return !told.isEmpty();
  }
}
