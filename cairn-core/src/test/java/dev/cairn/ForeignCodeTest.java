package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.ForeignPlace.Ending;
import dev.cairn.ForeignScene.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Walks the places where foreign code is called while jobs are worked, with everything that such
 * code may do. One client for each, with one poisoned job among others, and many such clients at a
 * time. Whatever happens, the others are worked, the poisoned job ends as the list says, the client
 * goes on, and it stops in time and leaves nothing behind.
 */
class ForeignCodeTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();

  private static final int CONNECTIONS = 100;

  /** More of them would keep the processors so busy that heartbeats come too late. */
  private static final int AT_A_TIME = 8;

  /** Code that hangs computes nothing: one takes seconds, and nearly all of them are waiting. */
  private static final int HANGING_AT_A_TIME = 24;

  private static final int OTHERS = 3;
  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final Duration GRACE = Duration.ofSeconds(3);

  /** Eleven seconds for all that has to end after the grace period. */
  private static final Duration STOP_MAX = GRACE.plusSeconds(11);

  /**
   * A client does not sign off if the database seems to be away, and on a busy machine an answer
   * may take half a second. If its heartbeats take ten seconds, others rescue its jobs. Both happen
   * to one life, seldom to several in a row; a fault to all.
   */
  private static final int LIVES = 3;

  private static HikariDataSource pool = new HikariDataSource();
  private static ExecutorService walkers = Executors.newVirtualThreadPerTaskExecutor();
  private static ExecutorService patient = Executors.newVirtualThreadPerTaskExecutor();

  @BeforeAll
  static void open() {
    pool = database.fullPool(CONNECTIONS);
    walkers = Executors.newFixedThreadPool(AT_A_TIME);
    patient = Executors.newFixedThreadPool(HANGING_AT_A_TIME);
  }

  @AfterAll
  static void close() {
    walkers.shutdownNow();
    patient.shutdownNow();
    pool.close();
  }

  @TestFactory
  Stream<DynamicTest> exceptions() {
    return walk(Poison.Kind.EXCEPTION);
  }

  @TestFactory
  Stream<DynamicTest> failedAssertions() {
    return walk(Poison.Kind.FAILED_ASSERTION);
  }

  @TestFactory
  Stream<DynamicTest> missingClasses() {
    return walk(Poison.Kind.MISSING_CLASS);
  }

  @TestFactory
  Stream<DynamicTest> undeclaredExceptions() {
    return walk(Poison.Kind.UNDECLARED_EXCEPTION);
  }

  @TestFactory
  Stream<DynamicTest> interruptsLeftSet() {
    return walk(Poison.Kind.INTERRUPT_LEFT_SET);
  }

  @Tag("thorough")
  @TestFactory
  Stream<DynamicTest> hangs() {
    return walk(Poison.Kind.HANG);
  }

  @Test
  void thePageNamesEveryPlace() throws IOException {
    String page = Files.readString(Path.of("../docs/foreign-code.md"));

    assertThat(ForeignPlaces.all())
        .extracting(place -> place.name().replaceFirst(",.*", ""))
        .filteredOn(name -> name.matches("\\w+(\\.\\w+)*"))
        .hasSizeGreaterThan(30)
        .allSatisfy(name -> assertThat(page).contains("`" + name + "`"));
  }

  private Stream<DynamicTest> walk(Poison.Kind kind) {
    List<ForeignPlace> places = ForeignPlaces.all();
    List<Future<?>> visits =
        places.stream().<Future<?>>map(place -> visiting(place, kind)).toList();
    return IntStream.range(0, places.size())
        .mapToObj(i -> DynamicTest.dynamicTest(places.get(i).name(), () -> join(visits.get(i))));
  }

  private Future<?> visiting(ForeignPlace place, Poison.Kind kind) {
    return (kind == Poison.Kind.HANG ? patient : walkers).submit(() -> visit(place, kind));
  }

  private void visit(ForeignPlace place, Poison.Kind kind) {
    boolean stayedAlive = false;
    for (int life = 0; life < LIVES && !stayedAlive; life++) {
      String queue = "%s: %s, life %d".formatted(place.name(), kind, life);
      stayedAlive = live(place, new Poison(kind), queue);
    }
    assertThat(stayedAlive).as("the client lives, and signs off").isTrue();
  }

  private static void join(Future<?> visit) throws Throwable {
    try {
      visit.get(PATIENCE.toSeconds() * 2, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause();
    }
  }

  /** One life of a client. Returns whether it never looked dead, and has signed off at its end. */
  private boolean live(ForeignPlace place, Poison poison, String queue) {
    var inserter = Cairn.builder(pool).schema(database.schema()).build();
    long poisoned = insert(inserter, queue, place.attempts(), "poisoned").getFirst();
    var scene = new ForeignScene(poison, poisoned);
    Cairn client = client(place, scene, queue);
    Ending ending = place.ending(poison.kind());
    client.start();
    try {
      awaitState(insert(inserter, queue, 1, "healthy"), JobState.COMPLETED);
      await("the poison to be taken")
          .dontCatchUncaughtExceptions()
          .atMost(PATIENCE)
          .until(poison::wasTaken);
      if (ending != Ending.GIVEN_UP) {
        awaitEnding(poisoned, ending, place.recorded());
      }
      awaitState(insert(inserter, queue, 1, "later"), JobState.COMPLETED);
      stopInTime(client);
      if (!hasSignedOff(client) || wasRescued(find(poisoned))) {
        return false;
      }
      assertNothingIsRunning(client);
      assertThat(find(poisoned).state()).isEqualTo(state(ending));
    } finally {
      scene.clear();
      poison.cure();
      client.stopNow();
    }
    await("the threads that took the poison to end")
        .dontCatchUncaughtExceptions()
        .atMost(PATIENCE)
        .until(poison::isDigested);
    assertThat(find(poisoned).state()).isEqualTo(state(ending));
    return true;
  }

  private static Cairn client(ForeignPlace place, ForeignScene scene, String queue) {
    CairnBuilder builder =
        Cairn.builder(pool)
            .schema(database.schema())
            .queue(queue, 10)
            .pollOnly()
            .pollInterval(Duration.ofMillis(50))
            .flushInterval(Duration.ofMillis(50))
            .interruptDelay(Duration.ofMillis(50))
            .heartbeatTimeout(Duration.ofSeconds(10))
            .retryPolicy((job, failures) -> Duration.ofMillis(1));
    place.arrangement().arrange(scene, builder);
    return builder.workers(Workers.builder().register(Task.class, scene).build()).build();
  }

  private static List<Long> insert(Cairn inserter, String queue, int attempts, String name) {
    var options = InsertOptions.defaults().withQueue(queue).withMaxAttempts(attempts);
    var jobs =
        name.equals("poisoned")
            ? List.of(JobInsert.of(new Task(name), options))
            : IntStream.range(0, OTHERS)
                .mapToObj(i -> JobInsert.of(new Task(name + i), options))
                .toList();
    return inserter.insertMany(jobs).stream().map(InsertResult::id).toList();
  }

  private static void awaitState(List<Long> ids, JobState state) {
    await("jobs to be " + state)
        .dontCatchUncaughtExceptions()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(ids).allSatisfy(id -> assertThat(find(id).state()).isEqualTo(state)));
  }

  private static void awaitEnding(long id, Ending ending, String recorded) {
    awaitState(List.of(id), state(ending));
    if (!recorded.isEmpty()) {
      AttemptError last = find(id).errors().getLast();
      assertThat(last.error() + last.trace()).contains(recorded);
    }
  }

  private static JobState state(Ending ending) {
    return switch (ending) {
      case COMPLETED -> JobState.COMPLETED;
      case DISCARDED -> JobState.DISCARDED;
      case GIVEN_UP -> JobState.AVAILABLE;
    };
  }

  private static void stopInTime(Cairn client) {
    long begun = System.nanoTime();
    client.stop(GRACE);
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(STOP_MAX);
  }

  private static boolean hasSignedOff(Cairn client) {
    return database.number(
            "SELECT count(*) FROM %s.cairn_client WHERE id = ? AND timeout > '0'"
                .formatted(database.schema()),
            client.id())
        == 0;
  }

  private static boolean wasRescued(JobRow job) {
    return job.metadata().contains("rescue_count")
        || job.errors().stream().anyMatch(each -> each.error().contains("died while it worked"));
  }

  private static void assertNothingIsRunning(Cairn client) {
    assertThat(
            database.number(
                "SELECT count(*) FROM %s.river_job WHERE state = 'running' AND ? = ANY (attempted_by)"
                    .formatted(database.schema()),
                client.id()))
        .as("jobs left running")
        .isZero();
  }

  private static JobRow find(long id) {
    return Cairn.builder(pool)
        .schema(database.schema())
        .build()
        .jobs()
        .find(id)
        .orElseThrow(() -> new AssertionError("no job " + id));
  }
}
