package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.TestDatabase;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Virtual threads give connections back one at a time. */
@Timeout(60)
class ReturnsTest {
  private static final int THREADS = 15;
  private static final int ROUNDS = 20;
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @RegisterExtension static final TestDatabase server = new TestDatabase();

  private final AtomicInteger closing = new AtomicInteger();
  private final AtomicInteger closingMost = new AtomicInteger();

  /** What happens while a connection is given back. */
  private interface WhileClosing {
    void run() throws Exception;
  }

  /** Connections that take a while to be given back. */
  private Database database(WhileClosing whileClosing) {
    var slow =
        (DataSource)
            Proxy.newProxyInstance(
                ReturnsTest.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, arguments) ->
                    method.getName().equals("getConnection")
                        ? closingSlowly(server.dataSource().getConnection(), whileClosing)
                        : method.invoke(server.dataSource(), arguments));
    return new Database(slow, server.schema());
  }

  private Connection closingSlowly(Connection target, WhileClosing whileClosing) {
    return (Connection)
        Proxy.newProxyInstance(
            ReturnsTest.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> {
              boolean closes = method.getName().equals("close");
              if (closes) {
                closingMost.accumulateAndGet(closing.incrementAndGet(), Math::max);
                whileClosing.run();
                closing.decrementAndGet();
              }
              try {
                return method.invoke(target, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static void work(Database database, ThreadFactory factory) throws Exception {
    var all = new ArrayList<Future<?>>();
    try (var threads = Executors.newThreadPerTaskExecutor(factory)) {
      for (int i = 0; i < THREADS; i++) {
        all.add(
            threads.submit(() -> {
              for (int round = 0; round < ROUNDS; round++) {
                database.onOwnConnection("rest", Connection::isClosed);
                new DataSourceTransactions(database).run(connection -> {});
              }
              return 1;
            }));
      }
    }
    for (Future<?> each : all) {
      each.get();
    }
  }

  @Test
  void virtualThreadsComeOneAtATime() throws Exception {
    work(database(Thread::yield), Thread.ofVirtual().factory());

    assertThat(closingMost.get()).isOne();
  }

  @Test
  void platformThreadsNeedNotWait() throws Exception {
    var both = new CountDownLatch(2);
    Database database =
        database(() -> {
          both.countDown();
          both.await(20, TimeUnit.SECONDS);
        });

    work(database, Thread.ofPlatform().factory());

    assertThat(closingMost.get()).isGreaterThan(1);
  }

  @Test
  void aReturnThatHangsHoldsUpNoOther() throws Exception {
    var others = new CountDownLatch(2);
    Database database =
        database(() -> {
          others.countDown();
          assertThat(others.await(20, TimeUnit.SECONDS)).isTrue();
        });
    var first = Thread.ofVirtual().start(() -> database.onOwnConnection("rest", it -> 1));
    var second = Thread.ofVirtual().start(() -> database.onOwnConnection("rest", it -> 1));

    assertThat(first.join(PATIENCE)).isTrue();
    assertThat(second.join(PATIENCE)).isTrue();
  }
}
