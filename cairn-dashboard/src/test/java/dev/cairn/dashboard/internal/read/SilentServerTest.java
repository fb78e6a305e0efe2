package dev.cairn.dashboard.internal.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.dashboard.internal.answer.Failures;
import dev.cairn.dashboard.internal.read.Reader.Busy;
import dev.cairn.dashboard.internal.read.Reader.FailedRead;
import dev.cairn.testing.CairnExtension;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Its host may have vanished, and then no timeout of the server ends a read. */
@Timeout(60)
class SilentServerTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static final int SILENCE_MS_MAX = 500;

  private static Reader reader(DataSource dataSource) {
    return new Reader(dataSource, cairn.schema(), SILENCE_MS_MAX);
  }

  private static int session(Reader reader) {
    return reader.read(snapshot ->
        snapshot.first("SELECT pg_backend_pid()", Map.of(), row -> row.getInt(1)).orElseThrow());
  }

  @Test
  void itIsGivenUpAndThePoolThrowsItsConnectionAway() {
    var config = new HikariConfig();
    config.setDataSource(cairn.dataSource());
    config.setMaximumPoolSize(1);
    try (var pool = new HikariDataSource(config)) {
      Reader reader = reader(pool);
      int session = session(reader);
      assertThat(session(reader)).as("the pool keeps a sound one").isEqualTo(session);

      FailedRead failure =
          catchThrowableOfType(
              FailedRead.class,
              () ->
                  reader.read(
                      snapshot -> snapshot.list("SELECT pg_sleep(4)", Map.of(), row -> true)));

      assertThat(failure).isNotNull();
      assertThat(failure.getCause())
          .isInstanceOfSatisfying(
              SQLException.class, sql -> assertThat(sql.getSQLState()).startsWith("08"));
      assertThat(session(reader)).isNotEqualTo(session);
      assertThat(pool.getHikariPoolMXBean().getTotalConnections()).isOne();
    }
  }

  /** A shorter one of the application stays while it is read. */
  @ParameterizedTest
  @CsvSource({"0, 500", "300, 300", "20000, 500"})
  void theConnectionHasItsOwnTimeoutAgain(int own, int whileRead) throws Exception {
    try (Connection connection = cairn.dataSource().getConnection()) {
      connection.setNetworkTimeout(Runnable::run, own);
      Reader reader = reader(always(connection));

      int seen = reader.read(snapshot -> snapshot.connection().getNetworkTimeout());

      assertThat(seen).isEqualTo(whileRead);
      assertThat(connection.getNetworkTimeout()).isEqualTo(own);
      assertThat(connection.getAutoCommit()).isTrue();
      assertThat(
              catchThrowableOfType(
                  FailedRead.class,
                  () ->
                      reader.read(
                          snapshot -> snapshot.list("SELECT 1 / 0", Map.of(), row -> true))))
          .isNotNull();
      assertThat(connection.getNetworkTimeout()).isEqualTo(own);
      assertThat(connection.getAutoCommit()).isTrue();
    }
  }

  /** Otherwise, a slow database would let the dashboard take the connections of all jobs. */
  @Test
  void onlyThreeReadsAreUnderWayAtATime() throws Exception {
    var open = new AtomicInteger();
    var most = new AtomicInteger();
    var released = new CountDownLatch(1);
    var refused = new ConcurrentLinkedQueue<Throwable>();
    Reader reader = new Reader(cairn.dataSource(), cairn.schema());
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 20; i++) {
        threads.execute(() -> {
          try {
            reader.read(snapshot -> {
              most.accumulateAndGet(open.incrementAndGet(), Math::max);
              awaits(released);
              return open.getAndDecrement();
            });
          } catch (Busy e) {
            refused.add(e);
          }
        });
      }
      await().atMost(Duration.ofMinutes(1)).until(() -> refused.size() == 17);
      released.countDown();
    }
    assertThat(most).hasValue(3);
    assertThat(Failures.of(refused.element()).getMessage()).contains("The database is slow");
    assertThat(session(reader)).as("all places are free again").isPositive();
    for (int i = 0; i < 4; i++) {
      assertThatExceptionOfType(FailedRead.class)
          .isThrownBy(
              () -> reader.read(snapshot -> snapshot.list("SELECT 1 / 0", Map.of(), row -> true)));
    }
    assertThat(session(reader)).as("also after failures").isPositive();
  }

  private static void awaits(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Gives this connection to everyone, and lets nobody close it. */
  private static DataSource always(Connection connection) {
    var open =
        (Connection)
            Proxy.newProxyInstance(
                SilentServerTest.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) ->
                    method.getName().equals("close") ? null : method.invoke(connection, arguments));
    return (DataSource)
        Proxy.newProxyInstance(
            SilentServerTest.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, arguments) -> open);
  }
}
