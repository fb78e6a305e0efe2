package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.TestDatabase;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.internal.store.ContendedException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/*
 * Every statement that writes or locks meets every other one, and itself, on the same few jobs, while
 * transactions of users hold some of them. The server counts the deadlocks.
 */
class LockPairsTest {
  @RegisterExtension static final TestDatabase server = new TestDatabase();

  private static final long SEED = Long.getLong("cairn.locks.seed", System.nanoTime());
  private static final int THREADS = 12;
  private static final int TRIES = 10;
  private static final int FAILURES_MAX = 5;
  private static final Duration LEAST =
      Duration.ofMillis(Long.getLong("cairn.locks.millis", 6_000));
  private static final Duration MOST = LEAST.plusSeconds(60);

  private static final Duration HOLD = Duration.ofMillis(100);

  /**
   * No act takes longer. A few users may hold what it needs one after the other, for 100 ms each,
   * and others that wait for them may be before it; the rest is for a busy machine.
   */
  private static final Duration WAIT_MAX = Duration.ofSeconds(10);

  private static final String LOCK_NOT_AVAILABLE = "55P03";

  private static final Pattern WRITES =
      Pattern.compile("\\b(INSERT INTO|UPDATE|DELETE FROM|FOR SHARE|COPY|pg_advisory_\\w+)\\b");

  /** Statements that are not among the acts of {@link LockScene}, and why they need not be. */
  private static final Map<String, String> LEFT_OUT =
      Map.of(
          "CopyStatements.COPY", "goes past the driver's statements; \"insert fast\" runs it",
          "IndexRebuilds.LOCK", "a lock of the table that no writing of rows conflicts with",
          "MigrationRecord", "one migration at a time, under a lock of its own",
          "SchemaMigrations", "one migration at a time, under a lock of its own",
          "SearchIndexes", "a lock of the table that no writing of rows conflicts with");

  /**
   * Acts that wait for a lock no longer than they say, and then leave it to their next turn: nobody
   * loses anything by it, which tests of their own hold.
   */
  private static final Set<String> GIVING_UP =
      Set.of(
          "wait",
          "lead",
          "rescue from dead clients",
          "rescue a former life",
          "try to insert unique",
          "look up a periodic job",
          "user: periodic insertion");

  private final SeenStatements seen = new SeenStatements();
  private final LockScene scene = new LockScene(server, seen.of(server.dataSource()), HOLD);
  private final List<String> names = List.copyOf(scene.acts().keySet());
  private final AtomicReferenceArray<String> current = new AtomicReferenceArray<>(THREADS);
  private final List<Statements.Named> writing =
      Statements.all().stream()
          .filter(each -> WRITES.matcher(each.sql().in(new SchemaName("any"))).find())
          .toList();
  private final Set<String> met = ConcurrentHashMap.newKeySet();
  private final Map<String, Duration> longest = new ConcurrentHashMap<>();
  private final Collection<String> failures = new ConcurrentLinkedQueue<>();
  private final long begun = System.nanoTime();

  @Test
  void noTwoStatementsWaitForEachOtherAndNoneForLong() throws Exception {
    long before = deadlocks();
    assertThat(writing).hasSizeGreaterThan(60);
    ExecutorService threads =
        Executors.newThreadPerTaskExecutor(Thread.ofPlatform().daemon().factory());
    try {
      var running = new ArrayList<Future<?>>();
      for (int i = 0; i < THREADS; i++) {
        int number = i;
        running.add(threads.submit(() -> act(number)));
      }
      for (Future<?> thread : running) {
        thread.get(MOST.plus(WAIT_MAX).toSeconds(), TimeUnit.SECONDS);
      }
      meetTheRest(threads);
    } finally {
      threads.shutdownNow();
    }

    assertThat(failures).as("of seed %d", SEED).isEmpty();
    assertThat(deadlocks() - before).as("deadlocks of seed %d", SEED).isZero();
    assertThat(new TreeMap<>(longest).values()).allMatch(time -> time.compareTo(WAIT_MAX) < 0);
    assertThat(neverRun()).as("statements that write, and that no act of the scene runs").isEmpty();
  }

  /** Chance leaves out pairs, most on a busy machine: their two begin at the same moment. */
  private void meetTheRest(ExecutorService threads) throws Exception {
    var random = new Random(SEED);
    for (String one : names) {
      for (String other : names) {
        if (failures.isEmpty() && met.add(pair(one, other))) {
          var start = new CyclicBarrier(2);
          Future<?> first = threads.submit(() -> run(one, new Random(random.nextLong()), start));
          Future<?> second = threads.submit(() -> run(other, new Random(random.nextLong()), start));
          first.get(WAIT_MAX.toSeconds(), TimeUnit.SECONDS);
          second.get(WAIT_MAX.toSeconds(), TimeUnit.SECONDS);
        }
      }
    }
  }

  private List<String> neverRun() {
    return writing.stream().filter(each -> !isListed(each)).map(Statements.Named::name).toList();
  }

  private static long deadlocks() {
    return server.number(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()");
  }

  private boolean goesOn() {
    long nanos = System.nanoTime() - begun;
    return failures.size() < FAILURES_MAX
        && nanos < MOST.toNanos()
        && (nanos < LEAST.toNanos() || !neverRun().isEmpty());
  }

  private void act(int number) {
    var random = new Random(SEED + number);
    for (int i = 0; goesOn(); i++) {
      if (i % 5 == 0) {
        scene.look();
      }
      String name = next(random, number);
      meet(number, name);
      run(name, random);
      current.set(number, null);
    }
  }

  private void run(String name, Random random, CyclicBarrier start) {
    try {
      start.await(WAIT_MAX.toSeconds(), TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    run(name, random);
  }

  private void run(String name, Random random) {
    long start = System.nanoTime();
    try {
      Objects.requireNonNull(scene.acts().get(name)).by(random);
    } catch (Throwable e) {
      if (!LockScene.isKeyTaken(e) && !gaveUp(name, e)) {
        failures.add(name + ": " + new ForeignFailure(e).message());
      }
    } finally {
      longest.merge(
          name,
          Duration.ofNanos(System.nanoTime() - start),
          (one, other) -> one.compareTo(other) > 0 ? one : other);
    }
  }

  private static boolean gaveUp(String name, Throwable failure) {
    return GIVING_UP.contains(name)
        && failure instanceof ContendedException
        && failure.getCause() instanceof SQLException cause
        && LOCK_NOT_AVAILABLE.equals(cause.getSQLState());
  }

  /** By chance, but rather one that has not met one of those under way. */
  private String next(Random random, int number) {
    String name = names.get(random.nextInt(names.size()));
    for (int tries = 0; tries < TRIES && !isNew(name, number); tries++) {
      name = names.get(random.nextInt(names.size()));
    }
    return name;
  }

  private boolean isNew(String name, int number) {
    return others(number).anyMatch(its -> !met.contains(pair(name, its)));
  }

  private Stream<String> others(int number) {
    return IntStream.range(0, THREADS)
        .filter(other -> other != number)
        .mapToObj(current::get)
        .filter(Objects::nonNull);
  }

  private static String pair(String one, String other) {
    return one.compareTo(other) < 0 ? one + " | " + other : other + " | " + one;
  }

  /** Notes which acts are under way when one more begins. */
  private void meet(int number, String name) {
    current.set(number, name);
    others(number).forEach(its -> met.add(pair(name, its)));
  }

  private boolean isListed(Statements.Named statement) {
    return seen.contains(statement.sql(), new SchemaName(server.schema()))
        || LEFT_OUT.containsKey(statement.name())
        || LEFT_OUT.containsKey(statement.name().replaceFirst("\\..*", ""));
  }
}
