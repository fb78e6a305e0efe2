package dev.cairn.internal.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobInsert;
import dev.cairn.StandIn;
import dev.cairn.internal.store.PeriodicStore;
import dev.cairn.internal.store.PeriodicStore.JobOfRiver;
import dev.cairn.schedule.Cron;
import dev.cairn.schedule.Every;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.schedule.Schedule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which run a job of River is that of, by its row. */
class RunsOfRiverTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  private static final Schedule HOURLY = Cron.of("0 * * * *");
  private static final Schedule EVERY_FIVE_SECONDS = Cron.of("*/5 * * * * *");

  private final StandIn<PeriodicStore> store = StandIn.of(PeriodicStore.class);
  private final List<JobOfRiver> jobs = new ArrayList<>();
  private final RunsOfRiver runs = new RunsOfRiver(store.object(), () -> 0);

  private void inserted(String created, String scheduled, boolean isMoved) {
    jobs.add(new JobOfRiver(time(created), time(scheduled), null, isMoved));
  }

  private Optional<Instant> run(
      Schedule schedule, String created, String scheduled, String attempted, boolean isMoved) {
    jobs.clear();
    jobs.add(new JobOfRiver(time(created), time(scheduled), time(attempted), isMoved));
    return last(schedule);
  }

  private Optional<Instant> run(
      Schedule schedule, String created, String scheduled, boolean isMoved) {
    jobs.clear();
    inserted(created, scheduled, isMoved);
    return last(schedule);
  }

  private static Instant time(String time) {
    return Instant.parse("2026-01-01T" + time + "Z");
  }

  private Optional<Instant> last(Schedule schedule) {
    store.on("lastJobsOfRiver", call -> List.copyOf(jobs));
    PeriodicJob job = PeriodicJob.of("a", schedule, due -> JobInsert.of("a"));
    return runs.last(job, NOON.minus(Duration.ofHours(9)), NOON.plus(Duration.ofHours(9)));
  }

  @Test
  void isThatOfTheJobWhoseRunIsTheLatest() {
    assertThat(last(HOURLY)).isEmpty();
    inserted("11:00:00.002", "11:00:00", false);
    inserted("13:30:00", "10:00:00", false);
    assertThat(last(HOURLY)).as("one was made up for").contains(time("11:00:00"));
    inserted("11:59:59.910", "12:00:00", false);
    assertThat(last(HOURLY)).as("inserted a little early").contains(NOON);
  }

  /** Seen before: each change of the leader inserted one run more. */
  @Test
  void isFoundIfTheClockOfRiversHostIsSomeSecondsAhead() {
    inserted("11:59:57", "12:00:00", false);

    assertThat(last(HOURLY)).contains(NOON);
    assertThat(last(EVERY_FIVE_SECONDS)).contains(NOON);
    assertThat(last(Every.of(Duration.ofSeconds(5)))).contains(NOON);
  }

  @Test
  void isNoTimeFarAhead() {
    inserted("12:00:00.002", "12:00:17", false);

    assertThat(last(HOURLY)).contains(time("12:00:00.002"));
  }

  /** Seen before: hand-backs and factories of Go moved the job over runs, which were then lost. */
  @Test
  void isNotATimeBehindAnotherRun() {
    inserted("12:00:00.002", "12:00:07", false);

    assertThat(last(EVERY_FIVE_SECONDS)).contains(time("12:00:00.002"));
    assertThat(last(Every.of(Duration.ofSeconds(5)))).contains(time("12:00:00.002"));
    assertThat(last(HOURLY)).as("no run lies in between").contains(time("12:00:07"));
  }

  /** Seen before: the run was inserted again with each change of the leader. */
  @Test
  void isTheNextOneOfAJobThatWasInsertedALittleEarlyAndHandedBackOrDelayed() {
    for (String scheduled : List.of("12:00:05", "12:00:09.900", "12:00:17")) {
      assertThat(run(HOURLY, "11:59:59.910", scheduled, false)).as(scheduled).contains(NOON);
      assertThat(run(EVERY_FIVE_SECONDS, "11:59:59.910", scheduled, false))
          .as(scheduled)
          .contains(NOON);
    }
    assertThat(run(HOURLY, "11:59:57", "12:00:05", false)).contains(NOON);
    assertThat(run(HOURLY, "11:59:57", "12:00:05", "12:00:01", false)).contains(NOON);
  }

  /** Seen before: the run was inserted again, because its job seemed to be older. */
  @Test
  void isTheNextOneOfAJobThatWasInsertedALittleEarlyAndHasFailedSince() {
    assertThat(run(HOURLY, "11:59:59.200", "12:00:20", true)).contains(NOON);
    assertThat(run(EVERY_FIVE_SECONDS, "11:59:59.200", "12:00:20", "12:00:01", true))
        .contains(NOON);
    assertThat(run(Every.of(Duration.ofHours(1)), "11:59:59.200", "12:00:20", true))
        .as("its runs are reckoned from one another")
        .contains(time("11:59:59.200"));
  }

  /** Seen before: the run after it was lost if River stopped before it was due. */
  @Test
  void isNoneOfAJobThatRiverInsertsOnStart() {
    assertThat(run(HOURLY, "11:59:52", "12:00:20", true)).contains(time("11:59:52"));
    assertThat(run(HOURLY, "11:59:57", "12:00:20", "12:00:01", true)).contains(time("11:59:57"));
    assertThat(run(HOURLY, "11:59:59.500", "12:00:20", "11:59:59.700", true))
        .as("attempted before the run")
        .contains(time("11:59:59.500"));
    assertThat(run(HOURLY, "11:59:56", "12:00:01", "11:59:57", false))
        .as("attempted before the run, and handed back")
        .contains(time("11:59:56"));
    assertThat(run(HOURLY, "11:59:57", "12:00:17", false)).contains(time("11:59:57"));
  }

  @Test
  void isNotTheNextOneOfAJobThatWasInsertedLate() {
    assertThat(run(EVERY_FIVE_SECONDS, "12:00:02", "12:00:20", true))
        .as("two seconds late")
        .contains(time("12:00:02"));
    assertThat(run(HOURLY, "12:00:02", "12:00:20", true)).contains(time("12:00:02"));
    assertThat(run(HOURLY, "12:59:49", "13:00:00", true))
        .as("too early for any clock")
        .contains(time("12:59:49"));
    assertThat(run(Cron.of("* * * * * *"), "12:00:00.500", "12:00:20", true))
        .as("as far from the run before it")
        .contains(time("12:00:00.500"));
    assertThat(run(Cron.of("*/10 * * * * *"), "12:00:06", "12:00:20", true))
        .as("six seconds late")
        .contains(time("12:00:06"));
  }

  /** Seen before: no run of the job was inserted until the schedule had one. */
  @Test
  void isThatOfTheInsertionIfTheScheduleFailsForTimesThatArePast() {
    Schedule failing =
        after -> {
          throw new IllegalStateException("no such time");
        };

    assertThat(run(failing, "12:00:00.002", "12:00:07", false)).contains(time("12:00:00.002"));
  }
}
