package dev.cairn.internal.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.CairnException;
import dev.cairn.JobState;
import dev.cairn.Retention;
import dev.cairn.StandIn;
import dev.cairn.StoreUnavailableException;
import dev.cairn.TestLogs;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClientStore;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.LeaderStore;
import dev.cairn.internal.store.QueueStore;
import dev.cairn.internal.store.RejectedDataException;
import dev.cairn.internal.store.UpkeepStore;
import dev.cairn.internal.store.UpkeepStore.Cleaned;
import dev.cairn.internal.store.UpkeepStore.EndPlace;
import dev.cairn.internal.store.UpkeepStore.Passed;
import dev.cairn.internal.store.UpkeepStore.PassedSignals;
import dev.cairn.internal.store.UpkeepStore.StuckJob;
import dev.cairn.internal.store.WaitStore;
import dev.cairn.jobs.ClientRow;
import dev.cairn.schedule.Every;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The duties of the leader, each alone. What their statements do is tested with the stores. */
class ServicesTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  private static final List<String> PARTS =
      List.of("cleanCheckpoints", "cleanQuarantine", "cleanWaits", "cleanSignals", "cleanClients");

  private final StandIn<UpkeepStore> store = StandIn.of(UpkeepStore.class);

  private void nothingIsLeftOver() {
    store.on("cleanCheckpoints", call -> new Passed(0, 0, 0, 0));
    store.on("cleanQuarantine", call -> new Passed(0, 0, 0, 0));
    store.on("cleanWaits", call -> new Passed(0, 0, 0, 0));
    store.on("cleanSignals", call -> new PassedSignals(0, 0, ""));
    store.on("cleanClients", call -> null);
  }

  private void fail(String method, String message) {
    store.on(
        method,
        call -> {
          throw new CairnException(message);
        });
  }

  private void outage(String method) {
    store.on(
        method,
        call -> {
          throw new StoreUnavailableException("the database is away", null);
        });
  }

  @Nested
  class CaretakerTest {
    private final StandIn<WaitStore> waits = StandIn.of(WaitStore.class).on("wake", call -> 3);

    private final StandIn<QueueStore> queues =
        StandIn.of(QueueStore.class).on("keepPaused", call -> null);
    private boolean hurries = true;

    private Caretaker caretaker(Duration untilFirstCleaning) {
      return new Caretaker(
          waits.object(),
          queues.object(),
          new Leftovers(store.object(), Duration.ZERO),
          () -> hurries,
          untilFirstCleaning);
    }

    @Test
    void wakesAgainAtOnceWhileThereAreMore() {
      waits.on("wake", call -> call.argument(0, Integer.class));
      assertThat(caretaker(Duration.ofHours(1)).wake()).isZero();

      waits.on("wake", call -> 3);
      assertThat(caretaker(Duration.ofHours(1)).wake()).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void cleansNowAndThen() {
      nothingIsLeftOver();
      assertThat(caretaker(Duration.ofMinutes(3)).clean())
          .isBetween(Duration.ofMinutes(2), Duration.ofMinutes(3));
      assertThat(store.calls("cleanCheckpoints")).isEmpty();

      assertThat(caretaker(Duration.ZERO).clean()).isEqualTo(Duration.ofMinutes(10));

      assertThat(store.calls("cleanCheckpoints")).hasSize(1);
      assertThat(store.calls("cleanSignals")).hasSize(1);
    }

    /** A leader of River for Go deletes them after a day. */
    @Test
    void keepsPausedQueuesNowAndThenWhateverBecomesOfTheCleaning() {
      nothingIsLeftOver();
      store.on("cleanSignals", call -> new PassedSignals(1_000, 700, "s"));
      Caretaker busy = caretaker(Duration.ZERO);
      assertThat(busy.clean()).isEqualTo(Duration.ofMillis(100));
      assertThat(busy.clean()).isEqualTo(Duration.ofMillis(100));
      assertThat(queues.calls("keepPaused")).as("once in ten minutes").hasSize(1);

      fail("cleanSignals", "permission denied");
      Caretaker failing = caretaker(Duration.ZERO);
      assertThatThrownBy(failing::clean).hasMessage("permission denied");
      assertThat(queues.calls("keepPaused")).hasSize(2);

      queues.on(
          "keepPaused",
          call -> {
            throw new CairnException("on purpose");
          });
      nothingIsLeftOver();
      Caretaker other = caretaker(Duration.ZERO);
      assertThatThrownBy(other::clean).hasMessage("on purpose");
      assertThat(store.calls("cleanCheckpoints")).isNotEmpty();
    }

    /** A leader of River for Go deletes none, and 1,000 in ten minutes were fewer than came. */
    @Test
    void cleansAgainSoonWhileMostOfWhatItFindsIsLeftOver() {
      nothingIsLeftOver();
      store.on("cleanSignals", call -> new PassedSignals(1_000, 700, "s"));
      Caretaker caretaker = caretaker(Duration.ZERO);

      assertThat(caretaker.clean()).isEqualTo(Duration.ofMillis(100));

      store.on("cleanSignals", call -> new PassedSignals(1_000, 300, "s"));
      assertThat(caretaker.clean()).as("most are not old").isEqualTo(Duration.ofMinutes(10));
    }

    /** Jobs were compared with their rows, so one gone job in a hundred was much. */
    @Test
    void manyRowsOfFewJobsAreNoReasonToHurry() {
      nothingIsLeftOver();
      store.on("cleanCheckpoints", call -> new Passed(2_000, 20, 2_000, 5));
      Caretaker caretaker = caretaker(Duration.ZERO);

      assertThat(caretaker.clean()).isEqualTo(Duration.ofMinutes(10));
    }

    /** A job may have had millions of steps. Nothing behind them was cleaned meanwhile. */
    @Test
    void asManyRowsOfFewJobsAsATurnMayDeleteAreAReason() {
      nothingIsLeftOver();
      store.on("cleanCheckpoints", call -> new Passed(2_000, 1, 10_000, 5));

      assertThat(caretaker(Duration.ZERO).clean()).isEqualTo(Duration.ofMillis(100));
    }

    @Test
    void jobsOfWhichMostAreGoneAreAReasonUnlessOtherSessionsHoldTheirRows() {
      nothingIsLeftOver();
      store.on("cleanCheckpoints", call -> new Passed(2_000, 1_500, 10_000, 5));
      assertThat(caretaker(Duration.ZERO).clean()).isEqualTo(Duration.ofMillis(100));

      store.on("cleanCheckpoints", call -> new Passed(2_000, 1_500, 0, 5));
      assertThat(caretaker(Duration.ZERO).clean()).isEqualTo(Duration.ofMinutes(10));
    }

    /** Fifty clients searched and deleted beside the work, for as long as there was much. */
    @Test
    void onlyOneOfTheClientsHurries() {
      nothingIsLeftOver();
      store.on("cleanSignals", call -> new PassedSignals(1_000, 700, "s"));
      hurries = false;

      assertThat(caretaker(Duration.ZERO).clean()).isEqualTo(Duration.ofMinutes(10));
    }

    @Test
    void theFirstClientHurriesUnlessACairnClientLeads() {
      var leading = new AtomicReference<>(Optional.<String>empty());
      StandIn<LeaderStore> leader =
          StandIn.of(LeaderStore.class).on("current", call -> leading.get());
      StandIn<ClientStore> clients =
          StandIn.of(ClientStore.class)
              .on(
                  "list",
                  call -> List.of(client("a", false), client("b", true), client("c", true)));
      Predicate<String> isTheOne =
          id -> Upkeep.isFirstWithoutLeader(id, clients.object(), leader.object());

      assertThat(List.of("a", "b", "c")).filteredOn(isTheOne).containsExactly("b");
      leading.set(Optional.of("a client of River for Go"));
      assertThat(List.of("a", "b", "c")).filteredOn(isTheOne).containsExactly("b");
      leading.set(Optional.of("c"));
      assertThat(List.of("a", "b", "c")).filteredOn(isTheOne).isEmpty();
    }

    private static ClientRow client(String id, boolean isAlive) {
      return new ClientRow(id, NOON, NOON, isAlive);
    }

    /** It was tried each five seconds, with a stack trace, in every client. */
    @Test
    void aFailureIsNotRepeatedBeforeTheNextCleaning() {
      nothingIsLeftOver();
      fail("cleanWaits", "permission denied");
      Caretaker caretaker = caretaker(Duration.ZERO);
      assertThatThrownBy(caretaker::clean).hasMessage("permission denied");

      assertThat(caretaker.clean()).isBetween(Duration.ofMinutes(9), Duration.ofMinutes(10));

      assertThat(store.calls("cleanWaits")).hasSize(1);
      assertThat(store.calls("cleanSignals")).hasSize(1);
    }

    /** A clean-up read each wait, and no job was woken meanwhile. */
    @Test
    void cleansNothingOnTheThreadThatWakes() {
      Duration ignored = caretaker(Duration.ZERO).wake();

      assertThat(store.calls("cleanWaits")).isEmpty();
    }
  }

  @Nested
  class SchedulerTest {
    private final Scheduler scheduler = new Scheduler(store.object());

    @Test
    void goesOnAtOnceWhileThereAreMore() {
      store.on("schedule", call -> call.argument(0, Integer.class));
      assertThat(scheduler.turn()).isZero();

      store.on("schedule", call -> 3);
      assertThat(scheduler.turn()).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void takesFewerAfterSomeFailures() {
      store.on(
          "schedule",
          call -> {
            throw new ContendedException("it took too long", new SQLException("", "57014"));
          });
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(scheduler::turn).isInstanceOf(ContendedException.class);
      }

      store.on("schedule", call -> 0);
      scheduler.turn();

      assertThat(store.calls("schedule").getLast().argument(0, Integer.class)).isEqualTo(1_000);
    }
  }

  @Nested
  class WakerTest {
    private final StandIn<WaitStore> waits = StandIn.of(WaitStore.class);
    private final Waker waker = new Waker(waits.object());

    @Test
    void wakesEachSecondAndAtOnceWhileThereAreMore() {
      waits.on("wake", call -> call.argument(0, Integer.class));
      assertThat(waker.turn()).isZero();

      waits.on("wake", call -> 0);
      assertThat(waker.turn()).isEqualTo(Duration.ofSeconds(1));
    }

    /** A look at a million waits takes seconds, and was taken each second. */
    @Test
    void restsTenTimesAsLongAsALookTakesAndHalfAMinuteAtMost() {
      Duration second = Duration.ofSeconds(1);
      assertThat(Waker.rest(second, Duration.ofMillis(3))).isEqualTo(second);
      assertThat(Waker.rest(second, Duration.ofMillis(700))).isEqualTo(Duration.ofSeconds(7));
      assertThat(Waker.rest(second, Duration.ofMinutes(5))).isEqualTo(Duration.ofSeconds(30));
    }
  }

  @Nested
  class CleanerTest {
    private static final Duration DAY = Duration.ofDays(1);

    private final List<Finished> jobs = new ArrayList<>();
    private Instant now = NOON;
    private int looks;

    /** A completed job. */
    private record Finished(String queue, Instant at) {}

    @BeforeEach
    void cleanAsTheDatabaseDoes() {
      store.on("now", call -> now);
      store.on("clean", call -> clean(call.arguments()));
      nothingIsLeftOver();
    }

    private Cleaned clean(List<? extends @Nullable Object> arguments) {
      if (arguments.get(0) != JobState.COMPLETED) {
        return new Cleaned(0, 0, null);
      }
      looks++;
      Retention retention = (Retention) Objects.requireNonNull(arguments.get(1));
      EndPlace from = (EndPlace) arguments.get(2);
      Duration age = (Duration) Objects.requireNonNull(arguments.get(3));
      List<Finished> seen =
          jobs.stream()
              .filter(job -> from == null || !job.at().isBefore(from.finalizedAt()))
              .filter(job -> job.at().isBefore(now.minus(age)))
              .sorted(Comparator.comparing(Finished::at))
              .skip(from == null ? 0 : from.skipped())
              .limit((Integer) Objects.requireNonNull(arguments.get(4)))
              .toList();
      List<Finished> old =
          seen.stream()
              .filter(job -> {
                Retention times = retention.queues().getOrDefault(job.queue(), retention);
                return job.at().isBefore(now.minus(times.completed()));
              })
              .toList();
      jobs.removeAll(old);
      return new Cleaned(seen.size(), old.size(), seen.isEmpty() ? null : seen.getLast().at());
    }

    private void finished(String queue, int count, Duration ago) {
      for (int number = 0; number < count; number++) {
        jobs.add(new Finished(queue, now.minus(ago).minusMillis(number)));
      }
    }

    private long left(String queue) {
      return jobs.stream().filter(job -> job.queue().equals(queue)).count();
    }

    /** Until it rests. */
    private void turns(Cleaner cleaner) {
      for (int turn = 0; turn < 100 && cleaner.turn().isZero(); turn++) {
        assertThat(turn).isLessThan(99);
      }
    }

    @Test
    void cleansWhatIsLeftBehindOnceAllJobsAreDeleted() {
      finished("default", 10_001, DAY.multipliedBy(2));
      var cleaner = new Cleaner(store.object(), Retention.defaults());

      assertThat(cleaner.turn()).isZero();
      assertThat(store.calls("cleanCheckpoints")).isEmpty();
      assertThat(cleaner.turn()).isEqualTo(Duration.ofSeconds(30));

      assertThat(jobs).isEmpty();
      assertThat(store.calls("cleanCheckpoints")).hasSize(1);
    }

    /** A foreign key of a user may keep one job for ever. */
    @Test
    void cleansWhatIsLeftBehindAlsoIfNoJobCanBeDeletedButNotInEachTry() {
      fail("clean", "still referenced");
      var cleaner = new Cleaner(store.object(), Retention.defaults());

      for (int attempt = 0; attempt < 3; attempt++) {
        assertThatThrownBy(cleaner::turn).hasMessage("still referenced");
      }

      assertThat(store.calls("cleanSignals")).hasSize(1);
    }

    @Test
    void cleansWhatIsLeftBehindAlsoWhileThereAreEverMoreJobsToDelete() {
      finished("default", 10_001, DAY.multipliedBy(2));
      var cleaner = new Cleaner(store.object(), Retention.defaults(), Duration.ZERO);

      assertThat(cleaner.turn()).isZero();

      assertThat(store.calls("cleanSignals")).hasSize(1);
    }

    /** Otherwise all of them are read twice a minute, and in the end no statement ends in time. */
    @Test
    void jobsThatBecomeDueBehindManyKeptOnesAreDeletedInTheSameTurn() {
      finished("audit", 25_000, DAY.multipliedBy(30));
      var cleaner =
          new Cleaner(
              store.object(),
              Retention.defaults()
                  .withQueue("audit", Retention.defaults().withCompleted(Retention.FOREVER))
                  .withQueue("short", Retention.defaults().withCompleted(Duration.ofHours(1))));
      turns(cleaner);

      for (int minute = 0; minute < 20; minute++) {
        finished("default", 10, DAY.minusSeconds(30));
        finished("short", 10, Duration.ofMinutes(59));
        now = now.plus(Duration.ofMinutes(2));
        looks = 0;
        turns(cleaner);

        assertThat(left("default")).isZero();
        assertThat(left("short")).isZero();
        assertThat(looks).as("one at all jobs, and one for each age").isLessThanOrEqualTo(4);
      }
      assertThat(left("audit")).isEqualTo(25_000);
    }

    @Test
    void jobsThatAreDueAndLieBetweenKeptOnesAreDeletedInTheEnd() {
      finished("audit", 25_000, DAY.multipliedBy(30));
      finished("default", 3, DAY.multipliedBy(30).plusSeconds(2));
      finished("default", 3, DAY.multipliedBy(29));
      var cleaner =
          new Cleaner(
              store.object(),
              Retention.defaults()
                  .withQueue("audit", Retention.defaults().withCompleted(Retention.FOREVER)));

      for (int turn = 0; turn < 4; turn++) {
        cleaner.turn();
      }

      assertThat(left("default")).isZero();
    }

    /** As after an update by hand. */
    @Test
    void manyKeptJobsThatEndedAtTheSameTimeHoldUpNothing() {
      Instant same = NOON.minus(DAY.multipliedBy(30));
      for (int number = 0; number < 25_000; number++) {
        jobs.add(new Finished("audit", same));
      }
      jobs.add(new Finished("default", same));
      var cleaner =
          new Cleaner(
              store.object(),
              Retention.defaults()
                  .withQueue("audit", Retention.defaults().withCompleted(Retention.FOREVER)));

      for (int turn = 0; turn < 5; turn++) {
        cleaner.turn();
      }

      assertThat(left("default")).isZero();
    }

    /** An outage was waited for up to eight times in one turn, for half a minute each time. */
    @Test
    void anOutageIsWaitedForOnceInATurn() {
      outage("clean");
      outage("cleanSignals");
      var cleaner = new Cleaner(store.object(), Retention.defaults());

      assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(cleaner::turn);

      assertThat(store.calls("clean")).hasSize(1);
      assertThat(store.calls("cleanCheckpoints")).isEmpty();
    }

    @Test
    void aStateThatFailsDoesNotKeepTheOthersFromBeingCleaned() {
      store.on(
          "clean",
          call -> {
            if (call.argument(0, JobState.class) == JobState.COMPLETED) {
              throw new ContendedException("on purpose", new SQLException());
            }
            return new Cleaned(0, 0, null);
          });
      var cleaner = new Cleaner(store.object(), Retention.defaults());

      assertThatExceptionOfType(ContendedException.class).isThrownBy(cleaner::turn);

      assertThat(store.calls("clean")).hasSize(3);
    }
  }

  @Nested
  class LeftoversTest {
    private final List<Long> begins = new ArrayList<>();

    @BeforeEach
    void nothingElse() {
      nothingIsLeftOver();
    }

    @Test
    void goThroughAllJobsStretchByStretchAndBeginAnew() {
      store.on(
          "cleanCheckpoints",
          call -> {
            long after = call.argument(0, Long.class);
            begins.add(after);
            return after < 4_000
                ? new Passed(2_000, 0, 0, Math.max(after, 0) + 2_000)
                : new Passed(1, 0, 0, 4_001);
          });
      var leftovers = new Leftovers(store.object());

      for (int turn = 0; turn < 3 && begins.size() < 4; turn++) {
        leftovers.clean();
      }

      assertThat(begins).startsWith(Long.MIN_VALUE, 2_000L, 4_000L, Long.MIN_VALUE);
    }

    /** A job may have more rows than one statement deletes. */
    @Test
    void goOnWithTheSameJobsWhileTheyHaveRows() {
      store.on(
          "cleanCheckpoints",
          call -> {
            begins.add(call.argument(0, Long.class));
            return new Passed(1, 1, begins.size() == 1 ? 10_000 : 3, 7);
          });

      assertThat(new Leftovers(store.object()).clean()).as("it is at the end").isFalse();

      assertThat(begins).containsExactly(Long.MIN_VALUE, Long.MIN_VALUE);
    }

    /** What came after it in the list was never cleaned, by no client. */
    @ParameterizedTest
    @ValueSource(
        strings = {
          "cleanCheckpoints",
          "cleanQuarantine",
          "cleanWaits",
          "cleanSignals",
          "cleanClients"
        })
    void thatCannotBeDeletedHoldUpNoOthers(String failing) {
      fail(failing, "permission denied");
      var leftovers = new Leftovers(store.object());

      assertThatThrownBy(leftovers::clean).hasMessage("permission denied");
      assertThat(leftovers.clean()).as("the failing one rests").isFalse();

      for (String part : PARTS) {
        assertThat(store.calls(part)).as(part).hasSize(part.equals(failing) ? 1 : 2);
      }
    }

    /** All but the last one grew, and no line of the log said why. */
    @Test
    void thatFailTogetherAreAllNamed() {
      fail("cleanCheckpoints", "no checkpoints");
      fail("cleanWaits", "no waits");
      fail("cleanSignals", "no signals");

      assertThatExceptionOfType(CairnException.class)
          .isThrownBy(new Leftovers(store.object())::clean)
          .withMessage("no checkpoints")
          .satisfies(e ->
              assertThat(e.getSuppressed())
                  .extracting(Throwable::getMessage)
                  .containsExactly("no waits", "no signals"));
    }

    /**
     * Each part waited for a connection, for half a minute, also after the client had stopped. A
     * part whose own statement breaks the connection does not stop the others for ever.
     */
    @Test
    void areNotTriedFurtherWhileTheDatabaseIsAwayButInTheNextTurn() {
      fail("cleanCheckpoints", "permission denied");
      outage("cleanQuarantine");
      var leftovers = new Leftovers(store.object());

      assertThatExceptionOfType(StoreUnavailableException.class)
          .isThrownBy(leftovers::clean)
          .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
      assertThat(store.calls("cleanWaits")).isEmpty();
      assertThat(store.calls("cleanClients")).isEmpty();

      assertThat(leftovers.clean()).isFalse();
      assertThat(store.calls("cleanQuarantine")).hasSize(1);
      assertThat(store.calls("cleanWaits")).hasSize(1);
      assertThat(store.calls("cleanClients")).hasSize(1);
    }

    @Test
    void goThroughAllSignalsStretchByStretchAndBeginAnew() {
      var names = new ArrayList<String>();
      store.on(
          "cleanSignals",
          call -> {
            names.add(call.argument(0, String.class));
            return names.size() < 3
                ? new PassedSignals(1_000, 900, "n" + names.size())
                : new PassedSignals(5, 5, "z");
          });
      var leftovers = new Leftovers(store.object());

      for (int turn = 0; turn < 4 && names.size() < 4; turn++) {
        leftovers.clean();
      }

      assertThat(names).startsWith("", "n1", "n2", "");
    }
  }

  @Nested
  class QueueCleanerTest {
    @Test
    void forgetsQueuesOnceAnHourAndAtOnceWhileThereAreMore() {
      StandIn<QueueStore> queues = StandIn.of(QueueStore.class);
      var cleaner = new QueueCleaner(queues.object());
      queues.on("clean", call -> call.argument(1, Integer.class));
      assertThat(cleaner.turn()).isZero();

      queues.on("clean", call -> 1);
      assertThat(cleaner.turn()).isEqualTo(Duration.ofHours(1));
      assertThat(queues.calls("clean"))
          .allMatch(call -> call.argument(0, Duration.class).equals(Duration.ofHours(24)));
    }
  }

  @Nested
  class ReindexerTest {
    private final AtomicBoolean leads = new AtomicBoolean(true);
    private final List<String> rebuilt = new ArrayList<>();
    private final Reindexer reindexer = reindexer(leads::get);
    private Instant now = NOON;

    private Reindexer reindexer(BooleanSupplier leading) {
      store.on("now", call -> now);
      store.on("indexes", call -> List.of("one", "two", "three"));
      store.on("dropUnfinishedIndexes", call -> true);
      store.on(
          "reindex",
          call -> {
            rebuilt.add(call.argument(0, String.class));
            return null;
          });
      return new Reindexer(store.object(), Every.of(Duration.ofMinutes(2)), leading);
    }

    @Test
    void rebuildsNothingBeforeItsTimeAndAllWhenItHasCome() {
      Duration wait = reindexer.turn();
      assertThat(rebuilt).isEmpty();
      assertThat(wait).isBetween(Duration.ofMillis(1), Duration.ofMillis(120_001));

      now = now.plus(wait);
      reindexer.turn();
      reindexer.turn();

      assertThat(rebuilt).containsExactly("one", "two", "three");
    }

    /** An interval counts from now, and each turn comes sooner than it ends. */
    @Test
    void anIntervalThatIsLongerThanATurnEndsToo() {
      var hourly = new Reindexer(store.object(), Every.of(Duration.ofHours(1)), leads::get);

      for (int turn = 0; turn < 14 && rebuilt.isEmpty(); turn++) {
        now = now.plus(hourly.turn());
      }

      assertThat(rebuilt).containsExactly("one", "two", "three");
      assertThat(now).isBefore(NOON.plus(Duration.ofMinutes(66)));
    }

    @Test
    void aClockThatGoesBackDoesNotPutItOff() {
      var hourly = new Reindexer(store.object(), Every.of(Duration.ofHours(1)), leads::get);
      hourly.turn();
      now = NOON.minus(Duration.ofDays(1));

      for (int turn = 0; turn < 14 && rebuilt.isEmpty(); turn++) {
        now = now.plus(hourly.turn());
      }

      assertThat(rebuilt).containsExactly("one", "two", "three");
    }

    @Test
    void waitsNoLongerThanSomeMinutesSoThatAChangedClockIsSeen() {
      var never = new Reindexer(store.object(), after -> Optional.empty(), leads::get);

      assertThat(never.turn()).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void anIndexThatCannotBeRebuiltDoesNotKeepTheOthersFromIt() {
      store.on(
          "reindex",
          call -> {
            String index = call.argument(0, String.class);
            if (index.equals("two")) {
              throw new StoreUnavailableException("on purpose", null);
            }
            rebuilt.add(index);
            return null;
          });
      now = now.plus(reindexer.turn());

      reindexer.turn();

      assertThat(rebuilt).containsExactly("one", "three");
      assertThat(TestLogs.warnings("Could not rebuild index two")).isNotEmpty();
    }

    /** A leader before this one may have left some behind. */
    @Test
    void dropsUnfinishedIndexesAtFirstAndUntilNoneIsLeft() {
      var left = new AtomicInteger(2);
      store.on("dropUnfinishedIndexes", call -> left.decrementAndGet() == 0);

      reindexer.turn();
      reindexer.turn();
      reindexer.turn();

      assertThat(store.calls("dropUnfinishedIndexes")).hasSize(2);
      assertThat(rebuilt).isEmpty();
    }

    @Test
    void dropsWhatARebuildThatFailedHasLeftBehind() {
      store.on(
          "reindex",
          call -> {
            throw new ContendedException("on purpose", new SQLException());
          });
      now = now.plus(reindexer.turn());

      reindexer.turn();

      assertThat(store.calls("dropUnfinishedIndexes")).as("at first, and once each").hasSize(4);
    }

    /** Each takes up to a minute: a client that has stopped must not go on with the next. */
    @Test
    void beginsNoFurtherIndexOnceItDoesNotLead() {
      store.on(
          "reindex",
          call -> {
            rebuilt.add(call.argument(0, String.class));
            leads.set(false);
            return null;
          });
      now = now.plus(reindexer.turn());

      reindexer.turn();

      assertThat(rebuilt).containsExactly("one");
    }
  }

  @Nested
  class StuckJobRescuerTest {
    private final AtomicBoolean leads = new AtomicBoolean(true);
    private final AtomicLong nanos = new AtomicLong();
    private final Discards discards = new Discards();
    private final StuckJobRescuer rescuer =
        new StuckJobRescuer(
            store.object(),
            Duration.ofHours(1),
            Set.of("endless"),
            leads::get,
            discards,
            nanos::get);

    private StuckJob stuck(long id, int failures) {
      return new StuckJob(new Claim(id, NOON, "go"), "kind", 1, 25, failures);
    }

    /** The jobs from 0 up to this one, which is not among them. */
    private List<StuckJob> stuckUpTo(long end) {
      return LongStream.range(0, end).mapToObj(id -> stuck(id, 0)).toList();
    }

    @Test
    void notesTheJobsWhoseLastAttemptWasStuck() {
      var noted = new ArrayList<Long>();
      discards.whenNoted(noted::addAll);
      Claim last = new Claim(5_104, NOON, "go");
      Claim held = new Claim(5_105, NOON, "go");
      store.on(
          "findStuck",
          call ->
              List.of(
                  stuck(5_103, 0),
                  new StuckJob(last, "kind", 25, 25, 24),
                  new StuckJob(held, "kind", 25, 25, 24)));
      store.on("rescue", call -> call.argument(0, StuckJob.class).claim().jobId() != 5_105);

      rescuer.turn();

      assertThat(noted).containsExactly(5_104L);
    }

    @Test
    void rescuesEachStuckJobWithTheDelayOfItsFailures() {
      store.on("findStuck", call -> List.of(stuck(5_101, 0), stuck(5_102, 5)));
      store.on("rescue", call -> call.argument(0, StuckJob.class).claim().jobId() == 5_102);

      assertThat(rescuer.turn()).as("one may be held").isEqualTo(Duration.ofSeconds(1));

      assertThat(store.calls("findStuck").getFirst().argument(0, Duration.class))
          .isEqualTo(Duration.ofHours(1));
      assertThat(store.calls("findStuck").getFirst().argument(1, Object.class))
          .isEqualTo(Set.of("endless"));
      List<Duration> delays =
          store.calls("rescue").stream().map(call -> call.argument(1, Duration.class)).toList();
      assertThat(delays.getLast()).isGreaterThan(delays.getFirst().multipliedBy(100));
      assertThat(TestLogs.warnings("Job 5102 (kind) was rescued")).isNotEmpty();
      assertThat(TestLogs.warnings("Job 5101 (kind) was rescued")).as("it had ended").isEmpty();

      store.on("findStuck", call -> List.of());
      assertThat(rescuer.turn()).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void looksAgainSoonForOneThatSomebodyHeld() {
      store.on("findStuck", call -> List.of(stuck(1, 0), stuck(2, 0)));
      store.on(
          "rescue",
          call -> {
            if (call.argument(0, StuckJob.class).claim().jobId() == 1) {
              throw new ContendedException("its row is locked", new SQLException("locked"), true);
            }
            return true;
          });

      assertThat(rescuer.turn()).isEqualTo(Duration.ofSeconds(1));
      assertThat(TestLogs.warnings("Job 2 (kind) was rescued")).isNotEmpty();
    }

    static Stream<CairnException> refusals() {
      return Stream.of(
          new RejectedDataException("odd", new SQLException("odd")),
          new CairnException("raised by a trigger"));
    }

    /** Seen before: one that a trigger refused, with an ordinary exception, stopped all others. */
    @ParameterizedTest
    @MethodSource("refusals")
    void leavesOneThatTheDatabaseRefusesForTheNextTurn(CairnException refusal) {
      store.on("findStuck", call -> List.of(stuck(1, 0), stuck(5_103, 0)));
      store.on(
          "rescue",
          call -> {
            if (call.argument(0, StuckJob.class).claim().jobId() == 1) {
              throw refusal;
            }
            return true;
          });

      assertThat(rescuer.turn()).isEqualTo(Duration.ofSeconds(30));
      assertThat(TestLogs.warnings("Job 5103 (kind) was rescued")).isNotEmpty();
    }

    /** Answers as the database does: without those that are left out, and not more than asked. */
    private void stuckAre(int jobs) {
      store.on(
          "findStuck",
          call -> {
            Set<?> leftOut = call.argument(2, Set.class);
            return LongStream.range(0, jobs)
                .filter(id -> !leftOut.contains(stuck(id, 0).claim()))
                .limit(call.argument(3, Integer.class))
                .mapToObj(id -> stuck(id, 0))
                .toList();
          });
    }

    private void refusedAre(LongPredicate refused) {
      store.on(
          "rescue",
          call -> {
            if (refused.test(call.argument(0, StuckJob.class).claim().jobId())) {
              throw new CairnException("permission denied");
            }
            return true;
          });
    }

    /** A privilege is missing, say: there were as many failing statements as jobs in each turn. */
    @Test
    void triesFewIfAllAreRefused() {
      TestLogs.forget();
      stuckAre(1_000);
      refusedAre(id -> true);

      assertThat(rescuer.turn()).isEqualTo(Duration.ofSeconds(5));
      assertThat(store.calls("rescue")).hasSize(20);
      for (int turn = 1; turn < 50; turn++) {
        rescuer.turn();
      }
      assertThat(rescuer.turn()).as("all were tried").isEqualTo(Duration.ofSeconds(30));
      assertThat(store.calls("rescue")).hasSize(1_000);
      assertThat(TestLogs.warnings("Could not rescue")).as("in a minute").hasSize(1);

      nanos.addAndGet(Duration.ofMinutes(5).toNanos());
      rescuer.turn();
      assertThat(store.calls("rescue")).as("tried again").hasSize(1_020);
    }

    /** Seen before: the job behind a thousand refused ones was never tried. */
    @Test
    void comesToAJobBehindAnyNumberOfRefusedOnes() {
      stuckAre(1_501);
      refusedAre(id -> id < 1_500);

      // In their own time: seventy-five turns take longer than refused jobs are left out.
      for (int turn = 0; turn <= 75; turn++) {
        nanos.addAndGet(rescuer.turn().toNanos());
      }
      assertThat(TestLogs.warnings("Job 1500 (kind) was rescued")).isNotEmpty();
    }

    /** A trigger may raise any SQLSTATE, also one that looks like a passing trouble. */
    @Test
    void aTriggerThatSpeaksOfTroubleRefusesToo() {
      stuckAre(1_000);
      store.on(
          "rescue",
          call -> {
            throw new ContendedException("on purpose", new SQLException("on purpose", "55000"));
          });

      for (int turn = 0; turn < 3; turn++) {
        assertThat(rescuer.turn()).isEqualTo(Duration.ofSeconds(5));
      }
      assertThat(store.calls("rescue")).hasSize(60);
      rescuer.turn();
      assertThat(store.calls("rescue").getLast().argument(0, StuckJob.class).claim().jobId())
          .as("those that have failed three times are left out")
          .isEqualTo(39);
    }

    /** Seen before: the refused ones were tried each second as long as one was locked. */
    @Test
    void aLockedOneDoesNotMakeTheRefusedOnesComeAgainSooner() {
      store.on(
          "findStuck",
          call ->
              Stream.of(1L, 2L)
                  .filter(id -> !call.argument(2, Set.class).contains(stuck(id, 0).claim()))
                  .map(id -> stuck(id, 0))
                  .toList());
      store.on(
          "rescue",
          call -> {
            if (call.argument(0, StuckJob.class).claim().jobId() == 1) {
              throw new CairnException("permission denied");
            }
            throw new ContendedException("its row is locked", new SQLException("locked"), true);
          });

      for (int turn = 0; turn < 5; turn++) {
        assertThat(rescuer.turn()).isEqualTo(Duration.ofSeconds(1));
      }
      assertThat(store.calls("rescue")).as("one of them once, the other each time").hasSize(6);
    }

    /** Seen before: the refusal of an attempt counted against the next one of the job, too. */
    @Test
    void aClaimThatIsRefusedLeavesOutNoLaterClaimOfTheJob() {
      var later = new StuckJob(new Claim(1, NOON.plusSeconds(1), "go"), "kind", 2, 25, 1);
      var current = new AtomicReference<>(stuck(1, 0));
      store.on(
          "findStuck",
          call ->
              call.argument(2, Set.class).contains(current.get().claim())
                  ? List.of()
                  : List.of(current.get()));
      refusedAre(id -> true);
      rescuer.turn();
      rescuer.turn();
      assertThat(store.calls("rescue")).hasSize(1);

      current.set(later);
      rescuer.turn();

      assertThat(store.calls("rescue")).hasSize(2);
      assertThat(store.calls("rescue").getLast().argument(0, StuckJob.class)).isEqualTo(later);
    }

    @Test
    void anOutageIsNoRefusal() {
      store.on("findStuck", call -> List.of(stuck(1, 0), stuck(2, 0)));
      store.on(
          "rescue",
          call -> {
            throw new StoreUnavailableException("on purpose", null);
          });

      assertThatThrownBy(rescuer::turn).isInstanceOf(StoreUnavailableException.class);
      assertThat(store.calls("rescue")).hasSize(1);
    }

    @Test
    void goesOnAtOnceAfterAFullBatch() {
      store.on("findStuck", call -> stuckUpTo(1_000));
      store.on("rescue", call -> true);

      assertThat(rescuer.turn()).isZero();
    }

    @Test
    void rescuesNoFurtherJobOnceItDoesNotLead() {
      var rescued = new AtomicInteger();
      store.on("findStuck", call -> List.of(stuck(1, 0), stuck(2, 0), stuck(3, 0)));
      store.on(
          "rescue",
          call -> {
            leads.set(rescued.incrementAndGet() < 2);
            return true;
          });

      rescuer.turn();

      assertThat(rescued).hasValue(2);
    }
  }
}
