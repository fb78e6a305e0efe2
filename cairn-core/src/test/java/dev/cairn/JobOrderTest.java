package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.cairn.jobs.JobCursor;
import dev.cairn.jobs.JobPage;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.JobQuery.Order;
import dev.cairn.jobs.Jobs;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Lists of jobs in all orders, page by page, next to the same jobs sorted here. */
class JobOrderTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  private static final Set<JobState> FINAL =
      EnumSet.of(JobState.CANCELLED, JobState.COMPLETED, JobState.DISCARDED);

  @RegisterExtension final TestClients clients = new TestClients(database);
  private final Jobs jobs = clients.inserter().jobs();
  private final Random random = new Random(20261126);

  /** Few different times, so that many jobs have the same. */
  @BeforeEach
  void fill() {
    database.execute(
        """
        WITH job AS (
          SELECT number, (enum_range(NULL::river_job_state))[1 + number * 7 % 8] AS state,
            timestamptz '2026-01-01 00:00:00+00' AS day
          FROM generate_series(1, 400) AS number
        )
        INSERT INTO river_job (kind, args, max_attempts, state, queue, priority, tags, scheduled_at,
          attempted_at, finalized_at)
        SELECT 'noop', '{}', 25, state, 'queue_' || number * 13 % 5, 1 + number * 11 % 4,
          CASE WHEN number % 40 = 0 THEN '{rare}' ELSE '{}' END::varchar[],
          day + number * 37 % 23 * interval '1 hour',
          CASE WHEN state = 'running' AND number % 16 > 7
            THEN day + number * 41 % 19 * interval '1 hour' END,
          CASE WHEN state IN ('cancelled', 'completed', 'discarded')
            THEN day + number * 29 % 17 * interval '1 hour' END
        FROM job
        """);
  }

  private static @Nullable Instant time(Order order, JobRow job) {
    return switch (order) {
      case ID -> Instant.EPOCH;
      case SCHEDULED_AT -> job.scheduledAt();
      case FINALIZED_AT -> job.finalizedAt();
      case TIME ->
          FINAL.contains(job.state())
              ? job.finalizedAt()
              : job.state() == JobState.RUNNING && job.attemptedAt() != null
                  ? job.attemptedAt()
                  : job.scheduledAt();
    };
  }

  private List<Long> sorted(JobQuery query, Predicate<JobRow> filter) {
    Comparator<JobRow> order =
        Comparator.<JobRow, Instant>comparing(
                job -> Objects.requireNonNull(time(query.order(), job)))
            .thenComparingLong(JobRow::id);
    return jobs.list(JobQuery.all().withLimit(10_000)).jobs().stream()
        .filter(job -> time(query.order(), job) != null)
        .filter(filter)
        .sorted(query.descending() ? order.reversed() : order)
        .map(JobRow::id)
        .toList();
  }

  private List<Long> allPages(JobQuery query) {
    var ids = new ArrayList<Long>();
    Optional<JobCursor> next = Optional.empty();
    do {
      JobPage page = jobs.list(next.isEmpty() ? query : query.after(next.get()));
      page.jobs().forEach(job -> ids.add(job.id()));
      next = page.next();
    } while (next.isPresent());
    return ids;
  }

  private Set<JobState> someStates() {
    var states = EnumSet.noneOf(JobState.class);
    while (states.isEmpty()) {
      for (JobState state : JobState.values()) {
        if (random.nextInt(3) == 0) {
          states.add(state);
        }
      }
    }
    return states;
  }

  @Test
  void pagesInEveryOrderHaveEachJobOnceAndInItsPlace() {
    for (int round = 0; round < 20; round++) {
      for (Order order : Order.values()) {
        JobQuery query = JobQuery.all().orderBy(order).withLimit(1 + random.nextInt(120));
        if (random.nextBoolean()) {
          query = query.latestFirst();
        }
        Set<JobState> states = EnumSet.allOf(JobState.class);
        if (random.nextBoolean()) {
          states = someStates();
          query = query.withStates(states.toArray(JobState[]::new));
        }
        boolean byQueue = random.nextInt(3) == 0;
        if (byQueue) {
          query = query.withQueues("queue_1", "queue_4");
        }
        boolean byTag = random.nextInt(4) == 0;
        if (byTag) {
          query = query.withTagsAny("rare");
        }
        Set<JobState> wanted = states;

        assertThat(allPages(query))
            .as("%s", query)
            .isEqualTo(
                sorted(
                    query,
                    job ->
                        wanted.contains(job.state())
                            && (!byQueue || Set.of("queue_1", "queue_4").contains(job.queue()))
                            && (!byTag || job.tags().contains("rare"))));
      }
    }
  }

  @Test
  void aSearchWithAScanLimitFindsAllOverItsPages() {
    for (int scanLimit : List.of(1, 7, 40, 100, 399, 400, 401)) {
      JobQuery query = JobQuery.all().withTagsAny("rare").withScanLimit(scanLimit);

      assertThat(allPages(query)).isEqualTo(sorted(query, job -> job.tags().contains("rare")));
      assertThat(allPages(query.latestFirst().withLimit(2)))
          .isEqualTo(sorted(query.latestFirst(), job -> job.tags().contains("rare")));
    }
  }

  @Test
  void aPageThatItsScanLimitEndsSaysWhereToGoOn() {
    JobPage page = jobs.list(JobQuery.all().withTagsAny("nobody").withScanLimit(100));

    assertThat(page.jobs()).isEmpty();
    assertThat(page.next()).isPresent();
    assertThat(jobs.list(JobQuery.all().withStates().withScanLimit(100)).next()).isEmpty();
  }

  @Test
  void aScanLimitGoesWithListsInOrderOfIds() {
    JobQuery limited = JobQuery.all().withScanLimit(10);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> limited.orderBy(Order.TIME))
        .withMessageContaining("in the order of their ids");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> JobQuery.all().withScanLimit(0))
        .withMessageContaining("scanLimit must be at least 1, not 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> jobs.deleteMany(limited))
        .withMessageContaining("a scan limit is for lists");
  }

  @Test
  void aDeletionOfSomeIsNotUsedUpByJobsThatRun() {
    JobQuery some = JobQuery.all().withStates(JobState.RUNNING, JobState.PENDING).withLimit(10);

    assertThat(jobs.deleteMany(some)).hasSize(10).allMatch(job -> job.state() == JobState.PENDING);
    assertThat(jobs.deleteMany(some.orderBy(Order.TIME)))
        .hasSize(10)
        .allMatch(job -> job.state() == JobState.PENDING);
  }

  @Test
  void countsGoNoFurtherThanToTheGivenNumber() {
    assertThat(jobs.countByState(20)).hasSize(8).containsValue(20L).doesNotContainValue(50L);
    assertThat(jobs.countByState(1_000)).isEqualTo(jobs.countByState());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> jobs.countByState(0))
        .withMessageContaining("most must be at least 1");
  }
}
