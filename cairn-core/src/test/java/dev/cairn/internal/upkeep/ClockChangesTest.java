package dev.cairn.internal.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobInsert;
import dev.cairn.StandIn;
import dev.cairn.TransactionBody;
import dev.cairn.internal.store.PeriodicStore;
import dev.cairn.internal.store.Transactions;
import dev.cairn.schedule.Cron;
import dev.cairn.schedule.MissedRuns;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.schedule.SkippedTime;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.NullSource;

/** Which jobs the leader inserts when clocks are changed, and on leap days, by a clock of ours. */
class ClockChangesTest {
  private static final Duration STEP = Duration.ofMinutes(5);

  private final PeriodicRegistry registry = new PeriodicRegistry();
  private final StandIn<PeriodicStore> store = StandIn.of(PeriodicStore.class);
  private final StandIn<Transactions> transactions = StandIn.of(Transactions.class);
  private final List<@Nullable Instant> runs = new ArrayList<>();

  /** What durable jobs are due next. */
  private final Map<String, Instant> remembered = new HashMap<>();

  private Instant now = Instant.EPOCH;

  private final PeriodicInserts inserts =
      new PeriodicInserts() {
        @Override
        public JobInsert withDefaults(JobInsert job) {
          return job;
        }

        @Override
        public void insert(List<JobInsert> jobs) {
          jobs.forEach(job -> runs.add(job.options().scheduledAt()));
        }

        @Override
        public void insert(Connection connection, List<JobInsert> jobs) {
          insert(jobs);
        }
      };

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
          boolean ours = Objects.equals(remembered.get(id), call.argument(2, Instant.class));
          if (ours) {
            remembered.put(id, call.argument(3, Instant.class));
          }
          return ours;
        });
    store.on("lastJobsOfRiver", call -> List.of());
    store.on("waitForCommit", call -> null);
    transactions.on("run", call -> call.argument(1, TransactionBody.class).run(connection));
  }

  /** The clocks are changed at 01:00 UTC, and in Havana at midnight. */
  @ParameterizedTest
  @CsvSource({
    "CRON_TZ=Europe/Berlin 30 2 * * *, Europe/Berlin, 2027-03-28, 2027-03-28T01:00:00Z",
    "CRON_TZ=Europe/Berlin 30 2 * * *, Europe/Berlin, 2027-10-31, 2027-10-31T00:30:00Z",
    "CRON_TZ=America/Havana @daily, America/Havana, 2027-03-14, 2027-03-14T05:00:00Z",
    "CRON_TZ=America/Havana @daily, America/Havana, 2027-11-07, 2027-11-07T04:00:00Z"
  })
  void thereIsOneRunADay(String schedule, String zone, LocalDate changed, Instant run) {
    LocalDate first = changed.minusDays(2);
    List<LocalDate> days = first.datesUntil(changed.plusDays(3)).toList();
    for (MissedRuns missed : MissedRuns.values()) {
      runs.clear();
      remembered.clear();
      add(Cron.of(schedule), missed);

      // A new leader every 20 minutes, so that one begins in each gap and each repeated hour.
      work(atMidnight(first, zone), atMidnight(changed.plusDays(3), zone), STEP, 4);

      assertThat(runs).as("%s, %s", schedule, missed).contains(run).doesNotHaveDuplicates();
      assertThat(runs)
          .extracting(each -> LocalDate.ofInstant(Objects.requireNonNull(each), ZoneId.of(zone)))
          .as("%s, %s", schedule, missed)
          .isEqualTo(days);
    }
  }

  @ParameterizedTest
  @EnumSource(MissedRuns.class)
  @NullSource
  void aSkippedTimeIsLeftOutIfThatIsWanted(@Nullable MissedRuns missed) {
    LocalDate changed = LocalDate.parse("2027-03-28");
    add(Cron.of("CRON_TZ=Europe/Berlin 30 2 * * *").whenSkipped(SkippedTime.SKIP), missed);

    work(
        atMidnight(changed.minusDays(1), "Europe/Berlin"),
        atMidnight(changed.plusDays(2), "Europe/Berlin"),
        STEP,
        Integer.MAX_VALUE);

    assertThat(runs)
        .containsExactly(
            Instant.parse("2027-03-27T01:30:00Z"), Instant.parse("2027-03-29T00:30:00Z"));
  }

  /** The leader was away for the whole day on which the clocks are changed. */
  @Test
  void aRunThatWasMissedOnThatDayIsMadeUpForOnce() {
    add(Cron.of("CRON_TZ=Europe/Berlin 30 2 * * *"), MissedRuns.ONCE);
    work(
        Instant.parse("2027-10-30T00:00:00Z"),
        Instant.parse("2027-10-30T20:00:00Z"),
        STEP,
        Integer.MAX_VALUE);

    work(
        Instant.parse("2027-10-31T01:45:00Z"),
        Instant.parse("2027-10-31T20:00:00Z"),
        STEP,
        Integer.MAX_VALUE);

    assertThat(runs)
        .containsExactly(
            Instant.parse("2027-10-30T00:30:00Z"), Instant.parse("2027-10-31T00:30:00Z"));
  }

  @ParameterizedTest
  @EnumSource(MissedRuns.class)
  void leapDaysHaveTheirRuns(MissedRuns missed) {
    add(Cron.of("0 0 29 2 *"), missed);

    // Some of the leaders begin on a leap day.
    work(
        Instant.parse("2027-01-01T00:00:00Z"),
        Instant.parse("2032-12-31T00:00:00Z"),
        Duration.ofHours(6),
        5);

    assertThat(runs)
        .containsExactly(
            Instant.parse("2028-02-29T00:00:00Z"), Instant.parse("2032-02-29T00:00:00Z"));
  }

  private void add(Cron schedule, @Nullable MissedRuns missed) {
    PeriodicJob job = PeriodicJob.of("a", schedule, due -> JobInsert.of("a"));
    registry.remove("a");
    registry.add(missed == null ? job : job.durable(missed));
  }

  private static Instant atMidnight(LocalDate day, String zone) {
    return day.atStartOfDay(ZoneId.of(zone)).toInstant().minusSeconds(60);
  }

  /** Lets time pass, with a new leader after some turns, which takes its first turn at once. */
  private void work(Instant from, Instant until, Duration step, int turns) {
    now = from;
    PeriodicEnqueuer leader = leader();
    for (int turn = 1; now.isBefore(until); turn++) {
      leader.turn();
      if (turn % turns == 0) {
        leader = leader();
        leader.turn();
      }
      now = now.plus(step);
    }
  }

  private PeriodicEnqueuer leader() {
    return new PeriodicEnqueuer(
        registry, store.object(), transactions.object(), inserts, () -> true, (at, asked) -> true);
  }
}
