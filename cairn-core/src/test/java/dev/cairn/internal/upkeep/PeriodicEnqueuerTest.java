package dev.cairn.internal.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.InsertOptions;
import dev.cairn.JobInsert;
import dev.cairn.StandIn;
import dev.cairn.StoreUnavailableException;
import dev.cairn.TestLogs;
import dev.cairn.TransactionBody;
import dev.cairn.internal.claims.Lease;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.PeriodicStore;
import dev.cairn.internal.store.PeriodicStore.JobOfRiver;
import dev.cairn.internal.store.Transactions;
import dev.cairn.schedule.Cron;
import dev.cairn.schedule.Every;
import dev.cairn.schedule.MissedRuns;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.schedule.Schedule;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeriodicEnqueuerTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  private final PeriodicRegistry registry = new PeriodicRegistry();
  private final StandIn<PeriodicStore> store = StandIn.of(PeriodicStore.class);
  private final StandIn<Transactions> transactions = StandIn.of(Transactions.class);
  private final List<String> inserted = new ArrayList<>();
  private final List<@Nullable Instant> scheduled = new ArrayList<>();
  private final List<@Nullable String> metadata = new ArrayList<>();
  private final AtomicBoolean leads = new AtomicBoolean(true);
  private Instant now = NOON;

  /** What durable jobs are due next. */
  private final Map<String, Instant> remembered = new HashMap<>();

  private final PeriodicInserts inserts =
      new PeriodicInserts() {
        @Override
        public JobInsert withDefaults(JobInsert job) {
          return job;
        }

        @Override
        public void insert(List<JobInsert> jobs) {
          jobs.forEach(job -> {
            inserted.add(job.args().toString());
            scheduled.add(job.options().scheduledAt());
            metadata.add(job.options().metadata());
          });
        }

        @Override
        public void insert(Connection connection, List<JobInsert> jobs) {
          insert(jobs);
        }
      };

  private PeriodicEnqueuer enqueuer = enqueuer();

  private PeriodicEnqueuer enqueuer() {
    return enqueuer((at, asked) -> true);
  }

  private PeriodicEnqueuer enqueuer(Term.Certainty certainty) {
    return new PeriodicEnqueuer(
        registry, store.object(), transactions.object(), inserts, leads::get, certainty);
  }

  @BeforeEach
  void open() {
    Connection connection = StandIn.of(Connection.class).object();
    store.on("now", call -> now);
    store.on(
        "nextRun",
        call ->
            remembered.computeIfAbsent(
                call.argument(0, String.class), id -> call.argument(1, Instant.class)));
    store.on(
        "advance",
        call -> {
          String id = call.argument(1, String.class);
          if (!Objects.equals(remembered.get(id), call.argument(2, Instant.class))) {
            return false;
          }
          remembered.put(id, call.argument(3, Instant.class));
          return true;
        });
    store.on("lastJobsOfRiver", call -> List.of());
    store.on("waitForCommit", call -> null);
    transactions.on("run", call -> call.argument(1, TransactionBody.class).run(connection));
  }

  /** A leader of River for Go has inserted a job for this run. */
  private void lastOfRiver(Instant run) {
    store.on("lastJobsOfRiver", call -> List.of(new JobOfRiver(run, run, null, false)));
  }

  private static PeriodicJob job(String id, Schedule schedule) {
    return PeriodicJob.of(id, schedule, due -> JobInsert.of(id + " " + due));
  }

  private static PeriodicJob eachMinute(String id) {
    return job(id, Every.of(MINUTE));
  }

  private Duration turnAfter(Duration time) {
    now = now.plus(time);
    return enqueuer.turn();
  }

  /**
   * As after a suspended host has continued, with another leader meanwhile. Seen before: a job that
   * is not durable was inserted by both.
   */
  @Test
  void afterAJumpOfTheClockOnlyDurableJobsAreInsertedUntilTheTermIsProlonged() {
    var lease = new Lease(Duration.ofDays(1));
    long begin = System.nanoTime();
    lease.renew(begin);
    var term = new Term(NOON, lease, begin + Duration.ofHours(1).toNanos());
    enqueuer = enqueuer(term::isCertainAt);
    registry.add(eachMinute("volatile"));
    registry.add(eachMinute("durable").durable(MissedRuns.ONCE));
    turnAfter(Duration.ZERO);

    assertThat(turnAfter(Duration.ofMinutes(10)))
        .as("it looks again soon")
        .isEqualTo(Duration.ofSeconds(1));

    Instant run = NOON.plus(Duration.ofMinutes(10));
    assertThat(inserted).containsExactly("durable " + run);
    long now = System.nanoTime();
    term.prolong(now, now + Duration.ofHours(1).toNanos());
    turnAfter(Duration.ZERO);
    assertThat(inserted).containsExactly("durable " + run, "volatile " + run);
  }

  /** As after a failover to a server whose clock is wrong, and then corrected. */
  @ParameterizedTest
  @EnumSource(value = MissedRuns.class, mode = EnumSource.Mode.EXCLUDE, names = "ALL")
  @NullSource
  void aClockThatWasAheadKeepsNoJobFromItsNextRuns(@Nullable MissedRuns missed) {
    PeriodicJob hourly = job("a", Cron.of("0 * * * *"));
    registry.add(missed == null ? hourly : hourly.durable(missed));
    enqueuer.turn();
    turnAfter(Duration.ofDays(1));
    assertThat(inserted).as("one run, of the time ahead").hasSize(1);

    turnAfter(Duration.ofDays(-1));
    assertThat(inserted).hasSize(1);
    turnAfter(Duration.ofHours(1));
    turnAfter(Duration.ofHours(1));

    assertThat(scheduled)
        .containsExactly(
            NOON.plus(Duration.ofDays(1)),
            NOON.plus(Duration.ofHours(1)),
            NOON.plus(Duration.ofHours(2)));
    turnAfter(Duration.ofHours(22));
    assertThat(scheduled).as("the run of the time ahead is not repeated").hasSize(3);
  }

  @Test
  void aRunIsNotRepeatedWhenTheClockGoesBackALittle() {
    registry.add(job("a", Cron.of("0 * * * *")));
    enqueuer.turn();
    turnAfter(Duration.ofHours(1));

    turnAfter(Duration.ofSeconds(-10));
    turnAfter(Duration.ofSeconds(10));
    assertThat(inserted).hasSize(1);
    turnAfter(Duration.ofHours(1));

    assertThat(inserted).hasSize(2);
  }

  /** One turn inserts a thousand of the runs that the clock has jumped over. */
  @Test
  void theRunsThatATurnHasLeftOutComeWhenTheClockIsRightAgain() {
    registry.add(job("a", Cron.of("* * * * *")).durable(MissedRuns.ALL));
    enqueuer.turn();
    turnAfter(Duration.ofDays(1));
    assertThat(inserted).hasSize(1_000);

    turnAfter(Duration.ofDays(-1));
    for (int half = 0; half < 2_880; half++) {
      turnAfter(Duration.ofSeconds(30));
    }

    assertThat(scheduled).doesNotHaveDuplicates().hasSize(1_440);
  }

  @ParameterizedTest
  @EnumSource(MissedRuns.class)
  @NullSource
  void noRunIsRepeatedWhenTheClockGoesBackBySeveral(@Nullable MissedRuns missed) {
    PeriodicJob eachMinute = job("a", Cron.of("* * * * *"));
    registry.add(missed == null ? eachMinute : eachMinute.durable(missed));
    enqueuer.turn();
    for (int minute = 1; minute <= 5; minute++) {
      turnAfter(MINUTE);
    }

    turnAfter(Duration.ofSeconds(-200));
    for (int half = 0; half < 12; half++) {
      turnAfter(Duration.ofSeconds(30));
    }

    assertThat(scheduled).doesNotHaveDuplicates().hasSize(7);
  }

  @Test
  void anIntervalIsNotPutOffByAClockThatGoesBackALittle() {
    registry.add(eachMinute("a"));
    enqueuer.turn();

    turnAfter(Duration.ofMillis(-1));
    turnAfter(MINUTE.plusMillis(1));

    assertThat(inserted).hasSize(1);
  }

  @Test
  void insertsAJobWhenItIsDueAndNotBefore() {
    registry.add(eachMinute("a"));

    Duration wait = enqueuer.turn();
    assertThat(inserted).isEmpty();
    assertThat(wait).as("it looks again in time").isBetween(Duration.ofMillis(5), MINUTE);
    turnAfter(MINUTE);
    turnAfter(Duration.ZERO);

    assertThat(inserted).containsExactly("a 2026-01-01T12:01:00Z");
  }

  @Test
  void aJobThatCannotBeInsertedDoesNotKeepTheOthersFromIt() {
    registry.add(
        PeriodicJob.of(
            "broken",
            Every.of(MINUTE),
            due -> {
              throw new AssertionError("on purpose");
            }));
    registry.add(eachMinute("a"));
    enqueuer.turn();

    Duration wait = turnAfter(MINUTE);

    assertThat(inserted).hasSize(1);
    assertThat(wait).as("it is tried again soon").isLessThanOrEqualTo(Duration.ofSeconds(1));
    assertThat(TestLogs.warnings("Could not insert periodic job 'broken'")).isNotEmpty();
  }

  /** Seen before: a stack trace each second, as long as the client led. */
  @Test
  void aJobThatCannotBeInsertedIsLoggedAtFirstAndThenEachMinuteUntilItIs() {
    TestLogs.forget();
    var failure = new AtomicReference<@Nullable RuntimeException>();
    registry.add(
        PeriodicJob.of(
            "logged",
            Every.of(MINUTE),
            due -> {
              RuntimeException each = failure.get();
              if (each != null) {
                throw each;
              }
              return JobInsert.of("logged");
            }));
    enqueuer.turn();
    failure.set(new IllegalStateException("on purpose"));

    for (int second = 0; second < 60; second++) {
      turnAfter(Duration.ofSeconds(second == 0 ? 60 : 1));
    }
    assertThat(TestLogs.warnings("insert periodic job 'logged'")).hasSize(1);
    failure.set(new IllegalArgumentException("another failure"));
    turnAfter(Duration.ofMillis(500));
    assertThat(TestLogs.warnings("insert periodic job 'logged'")).hasSize(2);
    failure.set(new IllegalStateException("on purpose again"));
    turnAfter(Duration.ofMillis(500));
    assertThat(TestLogs.warnings("insert periodic job 'logged'")).as("a minute later").hasSize(3);

    failure.set(null);
    turnAfter(Duration.ofSeconds(1));
    failure.set(new IllegalStateException("on purpose"));
    turnAfter(MINUTE);
    assertThat(inserted).isNotEmpty();
    assertThat(TestLogs.warnings("insert periodic job 'logged'")).as("a new failure").hasSize(4);
  }

  /** Seen before: the log said that one class cannot be cast to another. */
  @ParameterizedTest
  @ValueSource(strings = {"[1]", "not JSON"})
  void malformedMetadataIsLoggedWithWhatIsWrong(String metadata) {
    TestLogs.forget();
    registry.add(
        PeriodicJob.of(
            "malformed",
            Every.of(MINUTE),
            due -> JobInsert.of("x", InsertOptions.defaults().withMetadata(metadata))));
    enqueuer.turn();

    turnAfter(MINUTE);

    assertThat(TestLogs.failures("'malformed'"))
        .singleElement()
        .satisfies(failure ->
            assertThat(failure)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(
                    "the metadata of periodic job 'malformed'", "JSON", "CAIRN-206"));
  }

  @Test
  void longNumbersInMetadataAreKept() {
    String digits = "7".repeat(1_001);
    registry.add(
        PeriodicJob.of(
            "a",
            Every.of(MINUTE),
            due ->
                JobInsert.of(
                    "x", InsertOptions.defaults().withMetadata("{\"n\": " + digits + "}"))));
    enqueuer.turn();

    turnAfter(MINUTE);

    assertThat(metadata)
        .containsExactly(
            "{\"n\":%s,\"periodic\":true,\"river:periodic_job_id\":\"a\",\"cairn:run\":\"2026-01-01T12:01:00Z\"}"
                .formatted(digits));
  }

  /** Its factory stands for the insertion, which waits for a key until it gives up. */
  private static PeriodicJob held(String id, List<String> tried) {
    return PeriodicJob.of(
        id,
        Every.of(MINUTE),
        due -> {
          tried.add(id);
          throw new ContendedException("on purpose", new SQLException(), true);
        });
  }

  @Test
  void ofTheJobsThatAreHeldUpATurnTriesTwoAfterAllOthers() {
    List<String> tried = new ArrayList<>();
    List<String> ids = List.of("h1", "h2", "h3", "h4", "h5");
    ids.forEach(id -> registry.add(held(id, tried)));
    registry.add(
        PeriodicJob.of(
            "a",
            Every.of(MINUTE),
            due -> {
              tried.add("a");
              return JobInsert.of("a");
            }));
    enqueuer.turn();
    turnAfter(MINUTE);
    assertThat(tried).containsExactlyInAnyOrder("h1", "h2", "h3", "h4", "h5", "a");

    tried.clear();
    turnAfter(MINUTE);
    assertThat(tried).as("it does not wait for the others").hasSize(3).startsWith("a");
    turnAfter(Duration.ofMillis(10));
    assertThat(tried).as("there is a pause").hasSize(3);
    for (int turn = 0; turn < 2; turn++) {
      assertThat(turnAfter(Duration.ofSeconds(1))).isLessThanOrEqualTo(Duration.ofSeconds(1));
    }

    assertThat(tried).as("in turn").hasSize(7).containsAll(ids);
  }

  /** As while somebody alters the table. */
  @Test
  void aLockOnTheWholeTableCostsFewWaitsAndThenAllJobsAreInserted() {
    var tried = new AtomicInteger();
    var locked = new AtomicBoolean(true);
    for (int i = 0; i < 50; i++) {
      String id = "p" + i;
      registry.add(
          PeriodicJob.of(
              id,
              Every.of(MINUTE),
              due -> {
                tried.incrementAndGet();
                if (locked.get()) {
                  throw new ContendedException("on purpose", new SQLException(), true);
                }
                return JobInsert.of(id);
              }));
    }
    enqueuer.turn();

    turnAfter(MINUTE);
    assertThat(tried).as("waits for a lock").hasValue(10);
    turnAfter(Duration.ofSeconds(1));
    assertThat(tried).hasValue(12);
    locked.set(false);
    turnAfter(Duration.ofSeconds(1));

    assertThat(inserted).hasSize(50).doesNotHaveDuplicates();
    TestLogs.forget();
  }

  @Test
  void saysEachMinuteThatAJobIsHeldUp() {
    registry.add(held("h", new ArrayList<>()));
    enqueuer.turn();
    turnAfter(MINUTE);
    for (int second = 0; second < 59; second++) {
      turnAfter(Duration.ofSeconds(1));
    }
    assertThat(TestLogs.warnings("Periodic job 'h' cannot be inserted now")).hasSize(1);

    turnAfter(Duration.ofSeconds(1));

    assertThat(TestLogs.warnings("Periodic job 'h' cannot be inserted now")).hasSize(2);
    TestLogs.forget();
  }

  /** Such as a time limit, or a queue of notifications that is full. */
  @Test
  void saysEachTimeThatAJobFailsForAReasonThatIsNoLock() {
    registry.add(
        PeriodicJob.of(
            "c",
            Every.of(MINUTE),
            due -> {
              throw new ContendedException("on purpose", new SQLException());
            }));
    enqueuer.turn();
    turnAfter(MINUTE);

    turnAfter(MINUTE);

    assertThat(TestLogs.warnings("Could not insert periodic job 'c'")).hasSize(2);
    assertThat(TestLogs.warnings("Periodic job 'c' cannot be inserted now")).isEmpty();
    TestLogs.forget();
  }

  @Test
  void whatRunsOnStartIsInsertedOnceATerm() {
    registry.add(eachMinute("a").runOnStart());

    enqueuer.turn();
    enqueuer.turn();
    assertThat(inserted).containsExactly("a 2026-01-01T12:00:00Z");
    enqueuer = enqueuer();
    enqueuer.turn();

    assertThat(inserted).hasSize(2);
  }

  /** At the start and never again, for example. */
  @Test
  void whatRunsOnStartAndHasNoNextTimeIsInsertedOnce() {
    registry.add(job("once", after -> Optional.empty()).runOnStart());

    enqueuer.turn();
    turnAfter(MINUTE);
    turnAfter(MINUTE);

    assertThat(inserted).containsExactly("once 2026-01-01T12:00:00Z");
  }

  @Test
  void whatRunsOnStartIsInsertedOnceThoughItsScheduleFails() {
    var failures = new AtomicInteger(3);
    registry.add(
        job(
                "a",
                after -> {
                  if (failures.getAndDecrement() > 0) {
                    throw new IllegalStateException("on purpose");
                  }
                  return Every.of(MINUTE).next(after);
                })
            .runOnStart());

    for (int i = 0; i < 5; i++) {
      turnAfter(Duration.ofSeconds(1));
    }

    assertThat(inserted).hasSize(1);
  }

  @Test
  void whatRunsOnStartIsTriedAgainIfItCannotBeInserted() {
    var failed = new AtomicBoolean();
    registry.add(
        PeriodicJob.of(
                "a",
                Every.of(MINUTE),
                due -> {
                  if (!failed.getAndSet(true)) {
                    throw new StoreUnavailableException("on purpose", null);
                  }
                  return JobInsert.of("a");
                })
            .runOnStart());

    enqueuer.turn();
    assertThat(inserted).isEmpty();
    turnAfter(Duration.ofSeconds(1));

    assertThat(inserted).containsExactly("a");
  }

  /** A turn may hang in the insertion of one job until somebody else leads. */
  @Test
  void insertsNoFurtherJobOnceItDoesNotLead() {
    for (String id : List.of("a", "b", "c")) {
      registry.add(
          PeriodicJob.of(
              id,
              Every.of(MINUTE),
              due -> {
                leads.set(false);
                return JobInsert.of(id);
              }));
    }
    enqueuer.turn();

    turnAfter(MINUTE);

    assertThat(inserted).hasSize(1);
  }

  @Test
  void ofTheRunsOfAJobThatWereMissedItsRuleDecides() {
    registry.add(eachMinute("last").durable(MissedRuns.ONCE));
    registry.add(eachMinute("all").durable(MissedRuns.ALL));
    registry.add(eachMinute("none").durable(MissedRuns.SKIP));
    for (String id : List.of("last", "all", "none")) {
      remembered.put(id, NOON.minus(MINUTE.multipliedBy(2)));
    }

    enqueuer.turn();

    assertThat(inserted)
        .containsExactlyInAnyOrder(
            "last 2026-01-01T12:00:00Z",
            "all 2026-01-01T11:58:00Z",
            "all 2026-01-01T11:59:00Z",
            "all 2026-01-01T12:00:00Z");
    assertThat(remembered.values()).containsOnly(NOON.plus(MINUTE));
  }

  /** Seen before: the nightly job ran twice after each change of leader. */
  @ParameterizedTest
  @EnumSource(value = MissedRuns.class, mode = EnumSource.Mode.EXCLUDE, names = "SKIP")
  void runsThatALeaderOfRiverForGoHasInsertedAreNotMissed(MissedRuns missed) {
    registry.add(job("a", Cron.of("0 * * * *")).durable(missed));
    remembered.put("a", NOON.minus(Duration.ofHours(9)));
    lastOfRiver(NOON);
    now = NOON.plus(MINUTE);

    enqueuer.turn();
    turnAfter(MINUTE);
    assertThat(inserted).isEmpty();
    assertThat(remembered).containsEntry("a", NOON.plus(Duration.ofHours(1)));
    assertThat(store.calls("lastJobsOfRiver")).as("once in a term").hasSize(1);
    assertThat(store.calls("lastJobsOfRiver").getFirst().argument(2, Instant.class))
        .as("none of this term")
        .isEqualTo(NOON.plus(MINUTE));

    turnAfter(Duration.ofHours(1));
    assertThat(inserted).containsExactly("a 2026-01-01T13:00:00Z");
  }

  @Test
  void runsAfterThoseOfTheOtherLeaderWereMissed() {
    registry.add(job("last", Cron.of("0 * * * *")).durable(MissedRuns.ONCE));
    registry.add(job("all", Cron.of("0 * * * *")).durable(MissedRuns.ALL));
    for (String id : List.of("last", "all")) {
      remembered.put(id, NOON.minus(Duration.ofHours(9)));
    }
    lastOfRiver(NOON.minus(Duration.ofHours(2)));

    enqueuer.turn();

    assertThat(inserted)
        .containsExactlyInAnyOrder(
            "last 2026-01-01T12:00:00Z", "all 2026-01-01T11:00:00Z", "all 2026-01-01T12:00:00Z");
  }

  /** Seen before: the run in between was lost, because the job counted as that of a later one. */
  @ParameterizedTest
  @EnumSource(value = MissedRuns.class, mode = EnumSource.Mode.EXCLUDE, names = "SKIP")
  void noMissedRunIsLostBehindAJobThatWasHandedBackMeanwhile(MissedRuns missed) {
    registry.add(job("a", Cron.of("*/5 * * * * *")).durable(missed));
    remembered.put("a", NOON.minusSeconds(30));
    store.on(
        "lastJobsOfRiver", call -> List.of(new JobOfRiver(NOON, NOON.plusSeconds(7), null, false)));
    now = NOON.plusSeconds(9);

    enqueuer.turn();

    assertThat(inserted).containsExactly("a 2026-01-01T12:00:05Z");
  }

  /** Seen before: each change of the leader inserted the run again. */
  @ParameterizedTest
  @EnumSource(value = MissedRuns.class, mode = EnumSource.Mode.EXCLUDE, names = "SKIP")
  void aRunThatRiverHasInsertedEarlyIsNotInsertedAgainIfItsJobWasHandedBack(MissedRuns missed) {
    registry.add(job("a", Cron.of("0 * * * *")).durable(missed));
    remembered.put("a", NOON);
    Instant early = NOON.minusMillis(90);
    store.on(
        "lastJobsOfRiver",
        call -> List.of(new JobOfRiver(early, NOON.plusSeconds(5), null, false)));
    now = NOON.plusSeconds(9);

    enqueuer.turn();

    assertThat(inserted).isEmpty();
    assertThat(remembered).containsEntry("a", NOON.plus(Duration.ofHours(1)));
  }

  /** Seen before: the run after it was lost. */
  @ParameterizedTest
  @EnumSource(value = MissedRuns.class, mode = EnumSource.Mode.EXCLUDE, names = "SKIP")
  void theRunAfterAJobThatRiverHasInsertedOnStartIsNotLost(MissedRuns missed) {
    registry.add(job("a", Cron.of("0 * * * *")).durable(missed));
    remembered.put("a", NOON);
    Instant start = NOON.minusSeconds(8);
    store.on(
        "lastJobsOfRiver",
        call -> List.of(new JobOfRiver(start, NOON.plusSeconds(20), start.plusSeconds(1), true)));
    now = NOON.plusSeconds(9);

    enqueuer.turn();

    assertThat(inserted).containsExactly("a " + NOON);
  }

  @Test
  void anIntervalGoesOnAfterTheLastRunOfTheOtherLeader() {
    registry.add(eachMinute("a").durable(MissedRuns.ONCE));
    remembered.put("a", NOON.minus(Duration.ofHours(9)).plusSeconds(7));
    lastOfRiver(NOON.minusSeconds(20));

    enqueuer.turn();
    assertThat(inserted).isEmpty();
    turnAfter(Duration.ofSeconds(40));

    assertThat(inserted).containsExactly("a 2026-01-01T12:00:40Z");
  }

  @Test
  void theLastRunIsAskedForOnlyIfRunsWereMissedThatAreMadeUpFor() {
    registry.add(eachMinute("skip").durable(MissedRuns.SKIP));
    registry.add(eachMinute("due").durable(MissedRuns.ALL));
    registry.add(eachMinute("old").durable(MissedRuns.ONCE));
    registry.add(eachMinute("plain"));
    remembered.put("skip", NOON.minus(MINUTE));
    remembered.put("due", NOON.plusSeconds(1));
    remembered.put("old", NOON.minus(MINUTE));
    lastOfRiver(NOON.minus(Duration.ofMinutes(2)));

    enqueuer.turn();

    assertThat(store.calls("lastJobsOfRiver"))
        .extracting(call -> call.argument(0, String.class))
        .containsExactly("old");
    assertThat(inserted).as("its last run is an older one").containsExactly("old " + NOON);
  }

  /** Its last run was missed, and no further one comes. */
  @Test
  void aMissedRunIsMadeUpForThoughItWasTheLast() {
    Instant last = NOON.minus(MINUTE);
    for (MissedRuns rule : MissedRuns.values()) {
      registry.add(
          job(rule.name(), after -> Optional.of(last).filter(after::isBefore)).durable(rule));
      remembered.put(rule.name(), last);
    }

    enqueuer.turn();
    turnAfter(Duration.ofDays(1));

    assertThat(inserted).containsExactlyInAnyOrder("ONCE " + last, "ALL " + last);
  }

  @Test
  void aScheduleThatHasBeenEndedHasNoRunThatWasRememberedBefore() {
    registry.add(job("a", after -> Optional.empty()).durable(MissedRuns.ALL));
    remembered.put("a", NOON.plus(MINUTE));

    enqueuer.turn();
    turnAfter(Duration.ofDays(1));

    assertThat(inserted).isEmpty();
  }

  @Test
  void oneJobStandsForTheLastRunHoweverManyWereMissed() {
    Instant longAgo = NOON.minus(Duration.ofDays(400)).plusSeconds(7);
    registry.add(eachMinute("often").durable(MissedRuns.ONCE));
    registry.add(job("cron", Cron.of("0,30 * * * * *")).durable(MissedRuns.ONCE));
    registry.add(job("own", after -> Optional.of(after.plusSeconds(360))).durable(MissedRuns.ONCE));
    registry.add(
        job("dense", after -> Optional.of(after.truncatedTo(ChronoUnit.MILLIS).plusMillis(1)))
            .durable(MissedRuns.ONCE));
    registry.add(eachMinute("all").durable(MissedRuns.ALL));
    for (String id : List.of("often", "own", "dense", "all")) {
      remembered.put(id, longAgo);
    }
    remembered.put("cron", NOON.minus(Duration.ofDays(4_000)));

    enqueuer.turn();

    assertThat(inserted)
        .contains(
            "often 2026-01-01T11:59:07Z",
            "own 2026-01-01T11:54:07Z",
            "cron 2026-01-01T12:00:00Z",
            "dense 2026-01-01T12:00:00Z")
        .filteredOn(job -> !job.startsWith("all"))
        .hasSize(4);
    assertThat(inserted)
        .filteredOn(job -> job.startsWith("all"))
        .hasSize(1_000)
        .contains("all " + longAgo, "all " + longAgo.plus(MINUTE.multipliedBy(999)));
    assertThat(remembered.values()).allMatch(next -> next.isAfter(NOON));
  }

  @Test
  void aDurableRunThatAnotherLeaderHasInsertedIsNotInsertedAgain() {
    registry.add(eachMinute("a").durable(MissedRuns.ONCE));
    enqueuer.turn();
    remembered.put("a", NOON.plus(MINUTE.multipliedBy(2)));

    turnAfter(MINUTE);
    assertThat(inserted).isEmpty();
    turnAfter(MINUTE);
    turnAfter(Duration.ZERO);

    assertThat(inserted).containsExactly("a 2026-01-01T12:02:00Z");
  }

  @Test
  void marksTheJobsAsRiverDoes() {
    var metadata = new ArrayList<String>();
    registry.add(
        PeriodicJob.of(
            "a",
            Every.of(MINUTE),
            due -> JobInsert.of("a", InsertOptions.defaults().withMetadata("{\"own\": 1}"))));
    registry.add(PeriodicJob.of("b", Every.of(MINUTE), due -> JobInsert.of("b")));
    var marking =
        new PeriodicEnqueuer(
            registry,
            store.object(),
            transactions.object(),
            new PeriodicInserts() {
              @Override
              public JobInsert withDefaults(JobInsert job) {
                return job.withOptions(
                    job.options().orElse(InsertOptions.defaults().withMetadata("{\"tenant\": 7}")));
              }

              @Override
              public void insert(List<JobInsert> jobs) {
                jobs.forEach(job -> metadata.add(String.valueOf(job.options().metadata())));
              }

              @Override
              public void insert(Connection connection, List<JobInsert> jobs) {
                insert(jobs);
              }
            },
            () -> true,
            (at, asked) -> true);
    marking.turn();
    now = now.plus(MINUTE);
    marking.turn();

    assertThat(metadata)
        .containsExactlyInAnyOrder(
            "{\"own\":1,\"periodic\":true,\"river:periodic_job_id\":\"a\",\"cairn:run\":\"%s\"}"
                .formatted(now),
            "{\"tenant\":7,\"periodic\":true,\"river:periodic_job_id\":\"b\",\"cairn:run\":\"%s\"}"
                .formatted(now));
  }

  /** So its unique period is that of the run, whatever the clock of this client says. */
  @Test
  void aRunIsScheduledForItsTimeUnlessItsFactorySaysOtherwise() {
    Instant later = NOON.plus(Duration.ofDays(3));
    registry.add(eachMinute("a").durable(MissedRuns.ALL));
    registry.add(
        PeriodicJob.of(
            "b",
            Every.of(MINUTE),
            due -> JobInsert.of("b", InsertOptions.defaults().withScheduledAt(later))));
    remembered.put("a", NOON.minus(MINUTE));
    enqueuer.turn();
    turnAfter(MINUTE);

    assertThat(scheduled)
        .containsExactlyInAnyOrder(NOON.minus(MINUTE), NOON, NOON.plus(MINUTE), later);
  }

  @Test
  void aDelayCountsFromTheTimeOfTheRun() {
    registry.add(
        PeriodicJob.of(
            "a",
            Every.of(MINUTE),
            due -> JobInsert.of("a", InsertOptions.defaults().withDelay(Duration.ofHours(1)))));
    enqueuer.turn();
    turnAfter(MINUTE.plusSeconds(10));

    assertThat(scheduled).containsExactly(NOON.plus(MINUTE).plus(Duration.ofHours(1)));
  }

  @Test
  void aJobThatIsRemovedAndAddedAgainBeginsAnew() {
    registry.add(eachMinute("a").runOnStart());
    enqueuer.turn();
    assertThat(registry.remove("a")).isTrue();
    turnAfter(MINUTE.multipliedBy(3));
    registry.add(eachMinute("a").runOnStart());

    enqueuer.turn();

    assertThat(inserted).containsExactly("a 2026-01-01T12:00:00Z", "a 2026-01-01T12:03:00Z");
  }

  /** Seen before: within one turn nobody noticed, and the old schedule's time stayed. */
  @Test
  void aJobThatIsRemovedAndAddedAgainBetweenTwoTurnsBeginsAnew() {
    PeriodicJob job = eachMinute("a").runOnStart();
    registry.add(job);
    enqueuer.turn();
    now = NOON.plusSeconds(40);
    registry.remove("a");
    registry.add(job);
    enqueuer.turn();
    now = NOON.plusSeconds(70);
    enqueuer.turn();
    assertThat(inserted).containsExactly("a 2026-01-01T12:00:00Z", "a 2026-01-01T12:00:40Z");

    now = NOON.plusSeconds(100);
    enqueuer.turn();

    assertThat(inserted).hasSize(3).endsWith("a 2026-01-01T12:01:40Z");
  }

  @Test
  void theTermIsAnnouncedOnce() {
    var announced = new AtomicInteger();
    registry.whenTermBegins(announced::incrementAndGet);

    enqueuer.turn();
    enqueuer.turn();

    assertThat(announced).hasValue(1);
  }
}
