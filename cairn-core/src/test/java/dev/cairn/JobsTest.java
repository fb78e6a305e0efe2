package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import dev.cairn.jobs.JobCursor;
import dev.cairn.jobs.JobPage;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.JobQuery.Order;
import dev.cairn.jobs.JobUpdate;
import dev.cairn.jobs.Jobs;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private Cairn client;
  private Jobs jobs;

  @JobKind("listed")
  record Listed(int number) {}

  @JobKind("other_listed")
  record OtherListed(int number) {}

  @BeforeEach
  void empty() {
    client = clients.inserter();
    jobs = client.jobs();
    sql("DELETE FROM %s.river_job");
  }

  private void sql(String sql, Object... values) {
    database.execute(sql.formatted(database.schema()), values);
  }

  private List<Long> ids(JobQuery query) {
    return jobs.list(query).jobs().stream().map(JobRow::id).toList();
  }

  private long insert(InsertOptions options) {
    return client.insert(new Listed(1), options).id();
  }

  @Test
  void eachFilterNarrowsTheList() {
    long plain = insert(InsertOptions.defaults());
    long other = client.insert(new OtherListed(1)).id();
    long tagged = insert(InsertOptions.defaults().withTags("one-tag", "two-tag"));
    long queued = insert(InsertOptions.defaults().withQueue("q").withPriority(2));
    long pending = insert(InsertOptions.defaults().withPending().withMetadata("{\"a\":{\"b\":1}}"));
    sql("UPDATE %s.river_job SET created_at = '2020-01-01' WHERE id = ?", plain);

    assertThat(ids(JobQuery.all())).containsExactly(plain, other, tagged, queued, pending);
    assertThat(ids(JobQuery.all().latestFirst().withLimit(2))).containsExactly(pending, queued);
    assertThat(ids(JobQuery.all().withIds(Set.of(plain, queued)))).containsExactly(plain, queued);
    assertThat(ids(JobQuery.all().withKinds("other_listed"))).containsExactly(other);
    assertThat(ids(JobQuery.all().withQueues("q"))).containsExactly(queued);
    assertThat(ids(JobQuery.all().withPriorities(2, 3))).containsExactly(queued);
    assertThat(ids(JobQuery.all().withStates(JobState.PENDING))).containsExactly(pending);
    assertThat(ids(JobQuery.all().withTagsAll("one-tag", "two-tag"))).containsExactly(tagged);
    assertThat(ids(JobQuery.all().withTagsAll("one-tag", "no-tag"))).isEmpty();
    assertThat(ids(JobQuery.all().withTagsAny("one-tag", "no-tag"))).containsExactly(tagged);
    assertThat(ids(JobQuery.all().withMetadata("{\"a\":{\"b\":1}}"))).containsExactly(pending);
    assertThat(ids(JobQuery.all().withCreated(null, Instant.parse("2021-01-01T00:00:00Z"))))
        .containsExactly(plain);
    assertThat(ids(JobQuery.all().withCreated(Instant.parse("2021-01-01T00:00:00Z"), null)))
        .doesNotContain(plain);
  }

  @ParameterizedTest
  @EnumSource
  void pagesHoldEveryJobOnce(Order order) {
    Instant base = Instant.parse("2026-01-01T00:00:00Z");
    var expected = new ArrayList<Long>();
    for (int i = 0; i < 23; i++) {
      long id = insert(InsertOptions.defaults());
      // Three share each moment, so that the id has to decide.
      sql(
          """
          UPDATE %s.river_job SET state = 'completed', scheduled_at = ?::timestamptz,
            finalized_at = ?::timestamptz WHERE id = ?
          """,
          base.plusSeconds(i / 3).toString(), base.plusSeconds(i / 3).toString(), id);
      expected.add(id);
    }

    for (boolean latestFirst : new boolean[] {false, true}) {
      JobQuery query = JobQuery.all().orderBy(order).withLimit(5);
      if (latestFirst) {
        query = query.latestFirst();
      }
      var seen = new ArrayList<Long>();
      Optional<JobCursor> next = Optional.empty();
      do {
        JobPage page = jobs.list(next.isEmpty() ? query : query.after(next.get()));
        page.jobs().forEach(job -> seen.add(job.id()));
        next = page.next().map(cursor -> JobCursor.parse(cursor.text()));
      } while (next.isPresent());
      assertThat(seen).containsExactlyElementsOf(latestFirst ? expected.reversed() : expected);
    }
  }

  @Test
  void badQueriesAreRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> JobQuery.all().withLimit(0));
    assertThatIllegalArgumentException().isThrownBy(() -> JobQuery.all().withLimit(10_001));
    assertThatIllegalArgumentException().isThrownBy(() -> JobQuery.all().withMetadata("[]"));
    assertThatIllegalArgumentException().isThrownBy(() -> JobCursor.parse("nonsense"));
    JobCursor cursor = new JobCursor(Order.ID, null, 1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> JobQuery.all().orderBy(Order.TIME).after(cursor))
        .withMessageContaining("TIME");
  }

  @Test
  void countsByState() {
    insert(InsertOptions.defaults());
    insert(InsertOptions.defaults());
    insert(InsertOptions.defaults().withPending());

    assertThat(jobs.countByState())
        .containsOnly(Map.entry(JobState.AVAILABLE, 2L), Map.entry(JobState.PENDING, 1L));
  }

  @Test
  void countsWhatATransactionSees() throws SQLException {
    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      client.insert(connection, new Listed(1));

      assertThat(jobs.countByState(connection)).containsOnly(Map.entry(JobState.AVAILABLE, 1L));
      assertThat(jobs.countByState()).isEmpty();
      connection.rollback();
    }
  }

  @Test
  void aRetryMakesAJobAvailableWithOneMoreAttempt() {
    long id = insert(InsertOptions.defaults().withMaxAttempts(1));
    sql(
        """
        UPDATE %s.river_job SET state = 'discarded', attempt = 1, finalized_at = now() WHERE id = ?
        """,
        id);

    JobRow retried = jobs.retry(id).orElseThrow();

    assertThat(retried.state()).isEqualTo(JobState.AVAILABLE);
    assertThat(retried.maxAttempts()).isEqualTo(2);
    assertThat(retried.finalizedAt()).isNull();
    assertThat(jobs.retry(-1)).isEmpty();
  }

  @Test
  void aRetryLeavesRunningAndDueJobsAlone() {
    long due = insert(InsertOptions.defaults());
    long running = insert(InsertOptions.defaults());
    long scheduled =
        insert(InsertOptions.defaults().withScheduledAt(Instant.now().plusSeconds(3_600)));
    sql("UPDATE %s.river_job SET state = 'running', attempted_at = now() WHERE id = ?", running);
    JobRow before = jobs.find(due).orElseThrow();

    assertThat(jobs.retry(due)).contains(before);
    assertThat(jobs.retry(running).orElseThrow().state()).isEqualTo(JobState.RUNNING);
    assertThat(jobs.retry(scheduled).orElseThrow().state()).isEqualTo(JobState.AVAILABLE);
  }

  @Test
  void outputAndMetadataAreMerged() {
    long id = insert(InsertOptions.defaults().withMetadata("{\"keep\":1,\"change\":1}"));

    JobRow job =
        jobs.update(
                id, JobUpdate.nothing().withMetadata("{\"change\":2}").withOutput(new Listed(7)))
            .orElseThrow();

    assertThat(job.metadata())
        .contains("\"keep\": 1", "\"change\": 2", "\"output\": {\"number\": 7}");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> jobs.update(id, JobUpdate.nothing().withMetadata("7")));
  }

  @Test
  void deletesWhatDoesNotRun() {
    long one = insert(InsertOptions.defaults());
    long running = insert(InsertOptions.defaults());
    sql("UPDATE %s.river_job SET state = 'running', attempted_at = now() WHERE id = ?", running);
    sql(
        """
        INSERT INTO %s.cairn_checkpoint (job_id, name, finished, claimed_at, sequence)
        VALUES (?, 'step', true, now(), 1)
        """,
        one);

    assertThat(jobs.delete(one).orElseThrow().id()).isEqualTo(one);
    assertThat(jobs.delete(one)).isEmpty();
    assertThatIllegalStateException()
        .isThrownBy(() -> jobs.delete(running))
        .withMessageContaining("running")
        .withMessageContaining("cancel it first");
    assertThat(
            database.number(
                "SELECT count(*) FROM %s.cairn_checkpoint".formatted(database.schema())))
        .isZero();
  }

  @Test
  void deletesManyInOrderUpToTheLimit() {
    var all = new ArrayList<Long>();
    for (int i = 0; i < 5; i++) {
      all.add(insert(InsertOptions.defaults()));
    }

    List<JobRow> deleted = jobs.deleteMany(JobQuery.all().withKinds("listed").withLimit(3));

    assertThat(deleted).extracting(JobRow::id).containsExactlyElementsOf(all.subList(0, 3));
    assertThat(ids(JobQuery.all())).containsExactlyElementsOf(all.subList(3, 5));
  }

  @Test
  void everythingWorksInTheCallersTransaction() throws SQLException {
    long id = insert(InsertOptions.defaults());
    long other = insert(InsertOptions.defaults());
    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      jobs.update(connection, id, JobUpdate.nothing().withMetadata("{\"x\":1}"));
      jobs.cancel(connection, id);
      jobs.retry(connection, id);
      jobs.delete(connection, other);
      assertThat(jobs.find(connection, id).orElseThrow().metadata()).contains("\"x\": 1");
      assertThat(jobs.list(connection, JobQuery.all()).jobs()).hasSize(1);
      assertThat(jobs.deleteMany(connection, JobQuery.all())).hasSize(1);
      connection.rollback();
    }

    assertThat(jobs.find(id).orElseThrow().metadata()).isEqualTo("{}");
    assertThat(jobs.find(other)).isPresent();
  }

  @Test
  void narrowsByWhenJobsAreDueAndHaveEnded() {
    Instant noon = Instant.parse("2026-01-01T12:00:00Z");
    long due = insert(InsertOptions.defaults().withScheduledAt(noon));
    long later = insert(InsertOptions.defaults().withScheduledAt(noon.plusSeconds(60)));
    jobs.cancel(later);

    assertThat(ids(JobQuery.all().withScheduled(noon, noon.plusSeconds(60)))).containsExactly(due);
    assertThat(ids(JobQuery.all().withScheduled(noon.plusSeconds(1), null))).containsExactly(later);
    assertThat(ids(JobQuery.all().withFinalized(noon, null))).containsExactly(later);
    assertThat(ids(JobQuery.all().withFinalized(null, noon))).isEmpty();
  }

  @Test
  void narrowsByAConditionOfOnesOwn() {
    long first = client.insert(new Listed(1)).id();
    long second = client.insert(new Listed(2)).id();
    JobQuery even =
        JobQuery.all()
            .where(
                "(job.args ->> 'number')::integer % :limit = :rest", Map.of("limit", 2, "rest", 0));

    assertThat(ids(even)).containsExactly(second);
    assertThat(ids(even.orderBy(Order.SCHEDULED_AT).latestFirst())).containsExactly(second);
    assertThat(ids(JobQuery.all().where("job.args ?? 'number' OR :yes", Map.of("yes", true))))
        .containsExactly(first, second);
    assertThat(ids(JobQuery.all().withIds(Set.of(second)).where("true OR true", Map.of())))
        .as("the condition stands in parentheses")
        .containsExactly(second);
    assertThat(jobs.deleteMany(even)).extracting(JobRow::id).containsExactly(second);
    assertThat(ids(JobQuery.all())).containsExactly(first);
  }

  @Test
  void aConditionCannotBreakOutByItsValuesAndNamesWhatIsMissing() {
    long id = client.insert(new Listed(1)).id();

    assertThat(ids(JobQuery.all().where("job.kind = :kind", Map.of("kind", "' OR true --"))))
        .isEmpty();
    assertThat(ids(JobQuery.all().where("job.kind = :kind -- or so", Map.of("kind", "listed"))))
        .containsExactly(id);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> JobQuery.all().where("job.kind = :kind", Map.of("knd", "listed")))
        .withMessageContaining(":kind");
  }

  /** Seen before: whoever cancelled was told that there is no such job. */
  @Test
  void aJobThatIsJustBeingCompletedIsReturnedByItsCancellation() throws Exception {
    long id = insert(InsertOptions.defaults());
    try (Connection own = database.dataSource().getConnection();
        var statement = own.createStatement()) {
      own.setAutoCommit(false);
      statement.execute(
          "UPDATE river_job SET state = 'completed', finalized_at = now() WHERE id = " + id);
      var cancelled = new CompletableFuture<Optional<JobRow>>();
      Thread.ofVirtual().start(() -> cancelled.complete(jobs.cancel(id)));
      await().until(() -> database.number("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0);

      own.commit();

      assertThat(cancelled).succeedsWithin(Duration.ofSeconds(20));
      assertThat(cancelled.join().orElseThrow().state()).isEqualTo(JobState.COMPLETED);
    }
  }

  /** Old ones would take the job from the client that works it, or cancel it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "cairn:renewed",
        "cairn:operations",
        "river:resumable_cursor",
        "river:rescue_count",
        "cancel_attempted_at"
      })
  void anUpdateMayNotSetKeysThatControlTheJob(String key) {
    Cairn client = clients.inserter();
    long id = client.insert(new Listed(1)).id();

    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            client
                .jobs()
                .update(
                    id, JobUpdate.nothing().withMetadata("{\"a\": 1, \"%s\": 2}".formatted(key))))
        .withMessageContaining("'" + key + "' in the metadata of job " + id);
    assertThat(client.jobs().find(id).orElseThrow().metadata()).isEqualTo("{}");
  }
}
