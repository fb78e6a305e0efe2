package dev.cairn;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventListener;
import dev.cairn.resumable.Steps;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The data source and all that it gives out are foreign code too: a pool, a driver, a library that
 * watches statements. Each of a client's own threads meets one that misbehaves.
 */
class ForeignDatabaseTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();

  /** All but those of jobs, and the one that cleans: its first turn comes within ten minutes. */
  private static final Set<String> THREADS =
      Set.of(
          "cairn-beat",
          "cairn-care",
          "cairn-checkpoint",
          "cairn-complete",
          "cairn-events",
          "cairn-fetch",
          "cairn-leader",
          "cairn-watcher",
          "cairn-notify",
          "cairn-pool",
          "cairn-queues",
          "cairn-rescue",
          "cairn-tell");

  /** No job of this test is worked while one of these hangs. */
  private static final Set<String> NEEDED =
      Set.of("cairn-checkpoint", "cairn-complete", "cairn-fetch");

  private static final int CONNECTIONS = 80;

  /** More of them would keep the processors so busy that heartbeats come too late. */
  private static final int AT_A_TIME = 6;

  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final Duration GRACE = Duration.ofSeconds(3);
  private static final Duration STOP_MAX = GRACE.plusSeconds(11);

  private static HikariDataSource pool = new HikariDataSource();
  private static ExecutorService walkers = Executors.newVirtualThreadPerTaskExecutor();

  @JobKind("foreign_database")
  record Task(String name) {}

  @BeforeAll
  static void open() {
    pool = database.fullPool(CONNECTIONS);
    walkers = Executors.newFixedThreadPool(AT_A_TIME);
  }

  @AfterAll
  static void close() {
    walkers.shutdownNow();
    await("all connections to be given back")
        .atMost(PATIENCE)
        .until(() -> pool.getHikariPoolMXBean().getActiveConnections() == 0);
    pool.close();
  }

  /** On each of the threads once, in one of the methods that they call all the time. */
  @Tag("thorough")
  @TestFactory
  Stream<DynamicTest> whatIsThrownOrLeftBehindCostsNoJob() {
    var visits = new ArrayList<Visit>();
    for (String method : List.of("getConnection", "prepareStatement", "execute", "close")) {
      for (Poison.Kind kind :
          List.of(
              Poison.Kind.EXCEPTION,
              Poison.Kind.MISSING_CLASS,
              Poison.Kind.UNDECLARED_EXCEPTION,
              Poison.Kind.INTERRUPT_LEFT_SET)) {
        // A claim whose answer was lost leaves its client in doubt for a while: see there.
        visits.add(
            new Visit(method, THREADS.stream().filter(Visit::signsOff).collect(toSet()), kind));
        visits.add(new Visit(method, Set.of("cairn-fetch"), kind));
      }
    }
    return walk(visits);
  }

  /** Whatever hangs, for ever and whoever breaks off its connection, a client stops in time. */
  @Tag("thorough")
  @TestFactory
  Stream<DynamicTest> whatHangsHoldsUpItselfAlone() {
    return walk(
        THREADS.stream()
            .map(thread -> new Visit(calledOn(thread), Set.of(thread), Poison.Kind.HANG))
            .toList());
  }

  @TestFactory
  Stream<DynamicTest> aClientStopsInTimeThoughEverythingHangs() {
    return walk(List.of(new Visit("execute", THREADS, Poison.Kind.HANG)));
  }

  private static String calledOn(String thread) {
    return switch (thread) {
      case "cairn-notify" -> "createStatement";
      case "cairn-pool" -> "getConnection";
      default -> "execute";
    };
  }

  private Stream<DynamicTest> walk(List<Visit> visits) {
    List<Future<?>> begun = visits.stream().<Future<?>>map(walkers::submit).toList();
    return IntStream.range(0, visits.size())
        .mapToObj(i -> DynamicTest.dynamicTest(visits.get(i).name(), () -> join(begun.get(i))));
  }

  private static void join(Future<?> visit) throws Throwable {
    try {
      visit.get(PATIENCE.toSeconds() * 2, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause();
    }
  }

  private record Visit(String method, Set<String> threads, Poison.Kind kind) implements Runnable {
    String name() {
      return kind + " in " + method + " on " + (threads.size() == 1 ? threads : "all threads");
    }

    /** Whether the client is not in doubt about its claims after a failure there. */
    static boolean signsOff(String thread) {
      return !thread.equals("cairn-fetch");
    }

    private boolean mayWork() {
      return kind != Poison.Kind.HANG || threads.stream().noneMatch(NEEDED::contains);
    }

    @Override
    public void run() {
      var poison = new Poison(kind);
      Cairn inserter = inserter(pool);
      Cairn client = client(poison);
      List<Long> early = insert(inserter);
      client.start();
      try {
        List<Long> later = insert(client);
        await("the poison")
            .dontCatchUncaughtExceptions()
            .atMost(PATIENCE)
            .until(() -> {
              // Of what is inserted right after something else, another thread tells.
              insert(client);
              return poison.wasTaken();
            });
        if (mayWork()) {
          awaitCompleted(early);
          awaitCompleted(later);
          awaitCompleted(insert(inserter));
        }
        stopInTime(client);
      } finally {
        poison.cure();
        client.stopNow();
      }
      await("the threads that took the poison to end")
          .dontCatchUncaughtExceptions()
          .atMost(PATIENCE)
          .until(poison::isDigested);
    }

    private Cairn client(Poison poison) {
      return Cairn.builder(PoisonedDataSource.of(pool, method, threads, poison))
          .schema(database.schema())
          .workers(Workers.builder().register(Task.class, Visit::work).build())
          .queue(name(), 10)
          .pollInterval(Duration.ofMillis(50))
          .flushInterval(Duration.ofMillis(20))
          .heartbeatTimeout(Duration.ofSeconds(10))
          .listener(new Listener())
          .build();
    }

    private static void work(Job<Task> job, WorkContext context) throws Exception {
      Steps.of(context).cursor("c", Long.class, 0L, cursor -> cursor.checkpoint(1L));
    }

    private List<Long> insert(Cairn inserter) {
      var options = InsertOptions.defaults().withQueue(name()).withMaxAttempts(1);
      return Stream.of("a", "b", "c")
          .map(name -> inserter.insert(new Task(name), options).id())
          .toList();
    }

    private void stopInTime(Cairn client) {
      long begun = System.nanoTime();
      client.stop(GRACE);
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(STOP_MAX);
      if (kind != Poison.Kind.HANG && threads.stream().allMatch(Visit::signsOff)) {
        assertThat(
                database.number(
                    "SELECT count(*) FROM %s.cairn_client WHERE id = ? AND timeout > '0'"
                        .formatted(database.schema()),
                    client.id()))
            .as("signs of life")
            .isZero();
      }
    }
  }

  /** Has the client read the jobs that have ended. */
  private static final class Listener implements EventListener {
    @Override
    public Set<EventKind> kinds() {
      return Set.of(EventKind.JOB_COMPLETED);
    }

    @Override
    public void on(Event event) {
      // It is enough that there is somebody to be told.
    }
  }

  private static Cairn inserter(DataSource dataSource) {
    return Cairn.builder(dataSource).schema(database.schema()).build();
  }

  private static void awaitCompleted(List<Long> ids) {
    Cairn any = inserter(pool);
    await("jobs to be completed")
        .dontCatchUncaughtExceptions()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(ids)
                .allSatisfy(id -> {
                  JobRow job = any.jobs().find(id).orElseThrow();
                  assertThat(job.state()).as("%s", job.errors()).isEqualTo(JobState.COMPLETED);
                }));
  }
}
