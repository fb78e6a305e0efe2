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
    jobs.add(new JobOfRiver(time(created), time(scheduled), isMoved));
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

  /** Seen before: the run was inserted again, because its job seemed to be older. */
  @Test
  void isTheNextOneOfAJobThatHasFailedSinceIfTheClockWasAhead() {
    inserted("11:59:57", "12:00:20", true);

    assertThat(last(HOURLY)).contains(NOON);
    assertThat(last(EVERY_FIVE_SECONDS)).as("rather two seconds late").contains(time("11:59:57"));
    assertThat(last(Every.of(Duration.ofHours(1)))).contains(time("11:59:57"));
  }

  @Test
  void isNotTheNextOneOfAJobThatWasInsertedLate() {
    inserted("12:00:02", "12:00:20", true);
    assertThat(last(EVERY_FIVE_SECONDS)).as("two seconds late").contains(time("12:00:02"));
    assertThat(last(HOURLY)).contains(time("12:00:02"));

    jobs.clear();
    inserted("12:59:49", "13:00:00", true);
    assertThat(last(HOURLY)).as("too early for any clock").contains(time("12:59:49"));
  }
}
