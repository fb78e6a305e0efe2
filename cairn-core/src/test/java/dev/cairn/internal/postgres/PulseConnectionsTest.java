package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.cairn.CairnException;
import dev.cairn.InterceptedCalls;
import dev.cairn.TestDatabase;
import dev.cairn.internal.store.ClientStore.Pulse;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The connections that heartbeats take: whatever happens, the pool gets them back. */
class PulseConnectionsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();

  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final long PATIENCE_SECONDS = 60;

  static final List<Named<Consumer<Pulse>>> ENDS =
      List.of(Named.of("abort", Pulse::abort), Named.of("close", Pulse::close));

  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger aborted = new AtomicInteger();
  private final CyclicBarrier both = new CyclicBarrier(2);

  private Pulse pulse(boolean together) {
    DataSource source =
        InterceptedCalls.of(
            DataSource.class,
            database.dataSource(),
            (method, call) -> {
              Object result = call.proceed();
              if (result instanceof Connection connection) {
                open.incrementAndGet();
                if (together) {
                  both.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
                }
                return counted(connection);
              }
              return result;
            });
    return PostgresStores.of(source, database.schema()).clients().pulse("client", TIMEOUT, null);
  }

  private Connection counted(Connection connection) {
    return InterceptedCalls.of(
        Connection.class,
        connection,
        (method, call) -> {
          if (method.equals("close")) {
            open.decrementAndGet();
          }
          if (method.equals("abort")) {
            aborted.incrementAndGet();
          }
          return call.proceed();
        });
  }

  /** Seen before: the pool never got the first of the two connections back. */
  @Test
  void twoHeartbeatsAtOnceKeepNoConnection() throws Exception {
    Pulse pulse = pulse(true);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var first = threads.submit(() -> pulse.beat());
      var second = threads.submit(() -> pulse.beat());
      await().until(() -> first.isDone() && second.isDone());
    }

    pulse.close();

    await().untilAsserted(() -> assertThat(open).hasValue(0));
  }

  /** Seen before: a good connection that nobody had used was broken off. */
  @ParameterizedTest
  @FieldSource("ENDS")
  void aConnectionThatComesAfterTheEndGoesBackToItsPoolUnharmed(Consumer<Pulse> end)
      throws Exception {
    Pulse pulse = pulse(true);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var beat = threads.submit(() -> pulse.beat());
      await().until(() -> open.get() == 1);
      end.accept(pulse);
      both.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
      await().until(beat::isDone);
    }

    await().untilAsserted(() -> assertThat(open).hasValue(0));
    assertThat(aborted).hasValue(0);
  }

  /** A thread that starts late finds the heartbeats ended. */
  @ParameterizedTest
  @FieldSource("ENDS")
  void endedHeartbeatsTakeNoConnection(Consumer<Pulse> end) {
    Pulse pulse = pulse(false);
    pulse.beat();
    end.accept(pulse);

    assertThatThrownBy(pulse::beat)
        .isInstanceOf(CairnException.class)
        .hasStackTraceContaining("these heartbeats have ended");
    await().untilAsserted(() -> assertThat(open).hasValue(0));
  }
}
