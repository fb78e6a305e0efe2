package dev.cairn.dashboard.internal.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.cairn.dashboard.Dashboard;
import dev.cairn.dashboard.DashboardRequest;
import dev.cairn.dashboard.DashboardResponse;
import dev.cairn.dashboard.Grant;
import dev.cairn.dashboard.internal.answer.Failures;
import dev.cairn.dashboard.internal.read.Reader.Busy;
import dev.cairn.dashboard.internal.read.Reader.FailedRead;
import dev.cairn.dashboard.internal.read.TimelyDataSource.NoConnection;
import dev.cairn.testing.CairnExtension;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

/** Before, three attempts that hung kept the dashboard from reading until it was restarted. */
@Timeout(60)
class TimelyDataSourceTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static final int WAIT_MS_MAX = 200;
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** While it hangs, nothing ends an attempt, not even an interrupt. */
  private static final class Hanging {
    private volatile boolean hangs = true;
    private final AtomicInteger under = new AtomicInteger();
    private final ConcurrentLinkedQueue<Connection> given = new ConcurrentLinkedQueue<>();

    DataSource dataSource() {
      return source(() -> {
        under.incrementAndGet();
        try {
          while (hangs) {
            // An interrupted thread would not be parked, and would keep its processor.
            Thread.interrupted();
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
          }
          Thread.interrupted();
          Connection connection = cairn.dataSource().getConnection();
          given.add(connection);
          return connection;
        } finally {
          under.decrementAndGet();
        }
      });
    }

    void release() {
      hangs = false;
    }
  }

  @FunctionalInterface
  private interface Source {
    Connection connection() throws Exception;
  }

  private static DataSource source(Source source) {
    return (DataSource)
        Proxy.newProxyInstance(
            TimelyDataSourceTest.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, arguments) -> source.connection());
  }

  private static int session(Reader reader) {
    return reader.read(snapshot ->
        snapshot.first("SELECT pg_backend_pid()", Map.of(), row -> row.getInt(1)).orElseThrow());
  }

  @Test
  void whoWaitsInVainGivesItsPlaceBackAndSaysTheWayOut() throws Exception {
    var hanging = new Hanging();
    var timely = new TimelyDataSource(hanging.dataSource(), WAIT_MS_MAX);
    var reader = new Reader(timely, cairn.schema());
    for (int i = 0; i < 4; i++) {
      FailedRead failure = catchThrowableOfType(FailedRead.class, () -> session(reader));
      assertThat(failure).hasCauseInstanceOf(NoConnection.class);
      assertThat(Failures.of(failure).getMessage())
          .contains("no connection to the database in time", "a pool", "a connection timeout");
    }

    hanging.release();
    assertThat(session(reader)).isPositive();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          assertThat(timely.lost()).isZero();
          assertThat(hanging.given)
              .hasSize(5)
              .allSatisfy(late -> assertThat(late.isClosed()).isTrue());
        });
  }

  /** Three wait for a connection, and most readers wait behind them. */
  @Test
  void whoeverWaitsBehindThoseIsToldTheWayOutToo() throws Exception {
    var hanging = new Hanging();
    var reader = new Reader(new TimelyDataSource(hanging.dataSource(), 8_000), cairn.schema());
    assertThatExceptionOfType(FailedRead.class).isThrownBy(() -> session(reader));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> before = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        before.add(threads.submit(() -> session(reader)));
      }
      await().atMost(PATIENCE).until(() -> hanging.under.get() == 4);

      Busy busy = catchThrowableOfType(Busy.class, () -> session(reader));

      hanging.release();
      assertThat(Failures.of(busy).getMessage())
          .contains("no connection to the database in time", "a connection timeout");
      for (Future<Integer> each : before) {
        assertThat(each.get()).isPositive();
      }
    }
  }

  @Test
  void attemptsThatDoNotEndAreBounded() throws Exception {
    var hanging = new Hanging();
    var timely = new TimelyDataSource(hanging.dataSource(), WAIT_MS_MAX);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        all.add(
            threads.submit(() ->
                assertThatExceptionOfType(NoConnection.class).isThrownBy(timely::getConnection)));
      }
      for (Future<?> each : all) {
        each.get();
      }
    }
    assertThat(hanging.under).hasValue(TimelyDataSource.ATTEMPTS_MAX);
    assertThat(timely.lost()).isEqualTo(TimelyDataSource.ATTEMPTS_MAX);

    hanging.release();
    await().atMost(PATIENCE).until(() -> timely.lost() == 0);
    for (int i = 0; i < 2 * TimelyDataSource.ATTEMPTS_MAX; i++) {
      timely.getConnection().close();
    }
    assertThat(hanging.under).hasValue(0);
  }

  /** The driver has no timeout for this: a host that takes the connection and says nothing. */
  @Test
  void anAttemptAtASilentServerEnds() throws Exception {
    try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      var driver = new PGSimpleDataSource();
      driver.setServerNames(new String[] {"127.0.0.1"});
      driver.setPortNumbers(new int[] {silent.getLocalPort()});
      driver.setUser("nobody");
      driver.setDatabaseName("nothing");
      var timely = new TimelyDataSource(driver, WAIT_MS_MAX);

      assertThatExceptionOfType(NoConnection.class).isThrownBy(timely::getConnection);

      await().atMost(PATIENCE).until(() -> timely.lost() == 0);
    }
  }

  /** As the guide says: a data source that decides by the thread of the request cannot do so. */
  @Test
  void connectionsAreAskedForOnAThreadOfItsOwn() throws Exception {
    var bound = new ThreadLocal<String>();
    bound.set("tenant 7");
    var found = new AtomicReference<>("nobody asked");
    var timely =
        new TimelyDataSource(
            source(() -> {
              found.set(String.valueOf(bound.get()));
              return cairn.dataSource().getConnection();
            }));

    timely.getConnection().close();

    assertThat(found).hasValue("null");
  }

  @Test
  void whatTheDataSourceThrowsIsThrown() {
    for (Throwable failure :
        List.of(
            new SQLException("refused", "28000"),
            new IllegalStateException("closed"),
            new OutOfMemoryError("on purpose"))) {
      var timely =
          new TimelyDataSource(
              source(() -> {
                if (failure instanceof Error error) {
                  throw error;
                }
                throw (Exception) failure;
              }));
      for (int i = 0; i < 2 * TimelyDataSource.ATTEMPTS_MAX; i++) {
        assertThatThrownBy(timely::getConnection).isSameAs(failure);
      }
      assertThat(timely.lost()).isZero();
    }
  }

  private static String overview(Dashboard dashboard) {
    var content =
        (DashboardResponse.Whole)
            dashboard.answer(DashboardRequest.of("GET", "/api/overview", null, Map.of())).content();
    return new String(content.bytes(), StandardCharsets.UTF_8);
  }

  @Tag("thorough")
  @Test
  void theDashboardIsThereAgainWithoutARestart() throws Exception {
    var hanging = new Hanging();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        var dashboard =
            Dashboard.builder(hanging.dataSource())
                .schema(cairn.schema())
                .access(request -> Grant.operator("ada"))
                .build()) {
      List<Future<String>> answers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        answers.add(threads.submit(() -> overview(dashboard)));
      }
      for (Future<String> answer : answers) {
        assertThat(answer.get()).contains("unavailable", "no connection to the database in time");
      }
      hanging.release();
      assertThat(overview(dashboard)).contains("\"attention\"");
    }
  }
}
