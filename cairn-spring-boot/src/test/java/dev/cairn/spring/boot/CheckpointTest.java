package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.ClientStatus.Phase;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.WorkContext;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.resumable.Steps;
import dev.cairn.spring.CairnWorker;
import java.time.Duration;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.crac.Core;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * A checkpoint of CRaC and the restore, on the way that Spring goes: {@code org.crac} finds the
 * {@link Core} of these tests, in place of that of a JVM, and tells Spring's lifecycle processor.
 * The process is not frozen, and continues at once.
 */
class CheckpointTest {
  private static final FreshDatabase DATABASE = EmbeddedDatabase.shared().newDatabase();
  private static final JdbcClient JDBC = JdbcClient.create(DATABASE.dataSource());
  private static final Cairn OUTSIDE = Cairn.builder(DATABASE.dataSource()).build();
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** With the data source of Boot, which closes its connections before a checkpoint. */
  private final ApplicationContextRunner application =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  DataSourceAutoConfiguration.class,
                  DataSourceTransactionManagerAutoConfiguration.class,
                  TransactionAutoConfiguration.class,
                  CairnAutoConfiguration.class))
          .withBean(Importing.class)
          .withPropertyValues(
              "spring.datasource.url=%s?ApplicationName=frozen".formatted(DATABASE.jdbcUrl()),
              "spring.datasource.username=" + DATABASE.user(),
              "spring.datasource.password=" + DATABASE.password(),
              "spring.datasource.hikari.allow-pool-suspension=true",
              // The pool opens none in the background, which a checkpoint could come upon.
              "spring.datasource.hikari.minimum-idle=0",
              // One that it was opening for a thread that waited comes after the others are closed.
              "spring.datasource.hikari.idle-timeout=10s",
              "cairn.migrate=up",
              "cairn.poll-interval=50ms");

  @JobKind("frozen")
  record Frozen(boolean looks) {}

  static class Importing {
    private final AtomicInteger firsts = new AtomicInteger();
    private final AtomicInteger ends = new AtomicInteger();
    private final CountDownLatch running = new CountDownLatch(1);
    private volatile boolean restored;

    @CairnWorker
    void work(Frozen args, Steps steps, WorkContext context) throws Exception {
      steps.step("first", () -> firsts.incrementAndGet());
      running.countDown();
      while (!restored) {
        if (args.looks()) {
          context.yieldIfInterrupted();
        }
        TimeUnit.MILLISECONDS.sleep(1);
      }
      steps.step("last", () -> ends.incrementAndGet());
    }
  }

  /** The platform threads of Cairn, and what keeps the process alive. */
  private static Set<Thread> threads() {
    Set<Thread> threads = new HashSet<>(Thread.getAllStackTraces().keySet());
    threads.removeIf(thread -> !thread.getName().startsWith("cairn"));
    return threads;
  }

  private static long count(String from) {
    return JDBC.sql("SELECT count(*) FROM " + from).query(Long.class).single();
  }

  private static JobRow job(long id) {
    return OUTSIDE.jobs().find(id).orElseThrow();
  }

  /**
   * @param looks whether the job looks for the request to stop; if not, it is interrupted
   * @param meanwhile what becomes of the row of the client while the process is frozen: another
   *     client declares it dead, or it is left from a crash
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "true | ",
        "false | ",
        "true | SET heartbeat_at = '-infinity', timeout = '30 seconds'",
        "true | SET heartbeat_at = now() - interval '2 days', timeout = '30 seconds'"
      })
  void aRunningJobGoesOnAfterTheRestore(boolean looks, @Nullable String meanwhile) {
    Set<Thread> others = threads();
    Core.begin();
    application
        .withPropertyValues(
            "cairn.client-id=shop-1", "cairn.shutdown-grace=" + (looks ? "20s" : "100ms"))
        .run(context -> {
          Cairn client = context.getBean(Cairn.class);
          var importing = context.getBean(Importing.class);
          assertThat(Core.resources()).isEqualTo(1);
          long id = client.insert(new Frozen(looks)).id();
          assertThat(importing.running.await(1, TimeUnit.MINUTES)).isTrue();
          var frozen = new AtomicReference<@Nullable JobRow>();
          Core.whileFrozen(() -> {
            frozen.set(OUTSIDE.jobs().find(id).orElseThrow());
            nothingIsLeft(others);
            if (meanwhile != null) {
              assertThat(JDBC.sql("UPDATE cairn_client " + meanwhile).update()).isEqualTo(1);
            }
            importing.restored = true;
          });

          org.crac.Core.checkpointRestore();

          JobRow handedBack = Objects.requireNonNull(frozen.get());
          assertThat(handedBack.state()).isEqualTo(JobState.AVAILABLE);
          assertThat(handedBack.errors()).isEmpty();
          await("the end of the job", () -> job(id).state() == JobState.COMPLETED);
          assertThat(job(id).attempt()).isEqualTo(1);
          assertThat(job(id).errors()).isEmpty();
          assertThat(importing.firsts).hasValue(1);
          assertThat(importing.ends).hasValue(1);
          assertThat(client.id()).isEqualTo("shop-1");
          assertThat(client.status().phase()).isEqualTo(Phase.STARTED);

          // And once more, with nothing to do.
          Core.whileFrozen(() -> nothingIsLeft(others));
          org.crac.Core.checkpointRestore();
          long next = client.insert(new Frozen(looks)).id();
          await("the next job", () -> job(next).state() == JobState.COMPLETED);
          assertThat(importing.ends).hasValue(2);
        });
  }

  /** What a JVM refuses to freeze, or would be wrong after the restore. */
  private static void nothingIsLeft(Set<Thread> others) {
    await(
        "the end of all threads",
        () -> {
          Set<Thread> left = threads();
          left.removeAll(others);
          return left.isEmpty();
        });
    Awaitility.await("the end of all connections")
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(
                    JDBC.sql(
                            """
                            SELECT state || ': ' || query FROM pg_stat_activity
                            WHERE application_name = 'frozen'
                            """)
                        .query(String.class)
                        .list())
                .isEmpty());
    // So nobody takes the client for dead, and looks for its jobs.
    assertThat(count("cairn_client WHERE timeout > '0'")).isZero();
  }

  private static void await(String what, Callable<Boolean> isSo) {
    Awaitility.await(what).atMost(PATIENCE).until(isSo);
  }
}
