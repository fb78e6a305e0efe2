package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.testing.CairnExtension;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** What needs a person is said, however much there is of it. */
class AttentionTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final Dashboard dashboard =
      Dashboard.builder(cairn.dataSource())
          .schema(cairn.schema())
          .access(request -> Grant.operator("ada"))
          .build();
  private final TestPage page = new TestPage(dashboard);
  private final SampleJobs samples = new SampleJobs(cairn.dataSource(), cairn.schema());

  @BeforeEach
  void empty() throws Exception {
    samples.execute(
        "TRUNCATE {schema}.river_job, {schema}.cairn_quarantine, {schema}.cairn_checkpoint, {schema}.cairn_client, {schema}.river_queue, {schema}.river_leader");
  }

  @AfterEach
  void close() {
    dashboard.close();
  }

  /** Jobs that run and have saved something. */
  private void running(int number, String queue, String savedAgo, int takeovers) throws Exception {
    samples.execute(
        """
        WITH job AS (
          INSERT INTO {schema}.river_job (kind, queue, args, state, attempt, max_attempts, attempted_at, attempted_by, metadata)
          SELECT 'import', '%1$s', '{}', 'running', 1, 25, now() - interval '1 hour',
            array_fill('web-1'::text, ARRAY[1 + %4$d]), jsonb_build_object('river:rescue_count', %4$d)
          FROM generate_series(1, %2$d) RETURNING id
        )
        INSERT INTO {schema}.cairn_checkpoint (job_id, name, position, finished, claimed_at, sequence, attempt, started_at, saved_at)
        SELECT id, 'read', 1, false, now(), 1, 1, now() - interval '1 hour', now() - interval '%3$s' FROM job
        """
            .formatted(queue, number, savedAgo, takeovers));
  }

  private List<JsonNode> attention(String kind) {
    JsonNode overview = page.get("/api/overview").ok().json();
    return StreamSupport.stream(overview.path("attention").spliterator(), false)
        .filter(item -> item.path("kind").asString().equals(kind))
        .toList();
  }

  private void insert(String state, String queue, String due) throws Exception {
    samples.execute(
        """
        INSERT INTO {schema}.river_job (kind, queue, args, state, max_attempts, scheduled_at, finalized_at)
        VALUES ('import', '%1$s', '{}', '%2$s', 25, now() + interval '%3$s',
          CASE WHEN '%2$s' = 'completed' THEN now() END)
        """
            .formatted(queue, state, due));
  }

  private void alive() throws Exception {
    samples.execute(
        "INSERT INTO {schema}.cairn_client (id, timeout, heartbeat_at) VALUES ('web-1', interval '1 h', now())");
  }

  private void leader(String id) throws Exception {
    samples.execute(
        """
        INSERT INTO {schema}.river_leader (name, leader_id, elected_at, expires_at)
        VALUES ('default', '%s', now(), now() + interval '1 hour')
        """
            .formatted(id));
  }

  private List<String> kinds() {
    return StreamSupport.stream(
            page.get("/api/overview").ok().json().path("attention").spliterator(), false)
        .map(item -> item.path("severity").asString() + " " + item.path("kind").asString())
        .toList();
  }

  /** It held no job when it died, so nothing else tells of it. */
  @Test
  void thatNoClientIsAliveIsSaid() throws Exception {
    insert("completed", "a", "-1 hour");
    assertThat(kinds()).as("nothing is left to do").isEmpty();

    insert("scheduled", "a", "1 hour");
    assertThat(kinds()).containsExactly("act noClientAlive");

    insert("scheduled", "a", "-1 hour");
    assertThat(kinds()).containsExactly("act noClientAlive", "act notMadeAvailable");
  }

  /** Hourly imports and failed jobs are due then, and the queues are empty. */
  @Test
  void thatNobodyLeadsIsSaid() throws Exception {
    alive();
    assertThat(kinds()).as("nothing is left to do").isEmpty();

    insert("scheduled", "a", "1 hour");
    assertThat(kinds()).containsExactly("look noLeader");

    insert("retryable", "b", "-2 hours");
    insert("scheduled", "a", "-1 hour");
    assertThat(kinds()).containsExactly("act noLeader", "act notMadeAvailable");
    leader("web-1");
    assertThat(kinds()).containsExactly("act notMadeAvailable");
    assertThat(attention("notMadeAvailable").getFirst().path("text").asString())
        .isEqualTo(
            "Jobs of queue 'b' and 1 other queue have been due for 2 h, and are still scheduled or retryable: look at the log of the leader.");
  }

  /** River's clients have no row among Cairn's, and work all the same. */
  @Test
  void aFleetOfRiverNeedsNoClientOfCairn() throws Exception {
    leader("go-1");
    insert("scheduled", "a", "1 hour");
    insert("available", "a", "-5 seconds");
    running(1, "a", "1 second", 0);
    assertThat(kinds()).isEmpty();

    insert("retryable", "b", "-1 hour");
    assertThat(kinds()).containsExactly("act notMadeAvailable");
  }

  /** So many jobs of the same second are made available in bites. */
  @Test
  void aLeaderHasTenMinutesToMakeJobsAvailable() throws Exception {
    alive();
    insert("scheduled", "a", "-3 minutes");
    assertThat(kinds()).containsExactly("act noLeader", "act notMadeAvailable");

    leader("web-1");
    assertThat(kinds()).containsExactly("look notMadeAvailable");
    insert("scheduled", "b", "-11 minutes");
    assertThat(kinds()).containsExactly("act notMadeAvailable");
  }

  @Test
  void aLeaderThatIsInTimeNeedsNobody() throws Exception {
    alive();
    leader("web-1");
    insert("scheduled", "a", "-5 seconds");
    insert("retryable", "a", "1 hour");

    assertThat(kinds()).isEmpty();
  }

  @Test
  void manyStalledJobsAreCountedBehindTheFirstFive() throws Exception {
    running(37, "default", "20 minutes", 0);
    running(10, "default", "1 second", 0);

    assertThat(attention("stalled")).hasSize(5);
    JsonNode more = attention("moreStalled").getFirst();
    assertThat(more.path("text").asString())
        .isEqualTo("32 more jobs have saved no checkpoint for 1 min or longer.");
    assertThat(more.path("severity").asString()).isEqualTo("act");
    assertThat(more.path("link").path("query").path("sort").asString()).isEqualTo("stalled");
  }

  @Test
  void aJobThatIsTakenOverAgainAndAgainIsNamedAlthoughItSaves() throws Exception {
    running(20, "default", "20 minutes", 0);
    running(1, "default", "1 second", 40);

    assertThat(attention("takenOver"))
        .singleElement()
        .satisfies(item ->
            assertThat(item.path("text").asString())
                .endsWith("(import) was taken over 40 times, because its clients died."));
  }

  /** Somebody has looked at it since, or nobody needs to. */
  @Test
  void aTakeoverOfLongAgoNeedsNobody() throws Exception {
    running(1, "lately", "1 second", 1);
    running(1, "often", "1 second", 3);
    running(1, "long-ago", "1 second", 9);
    running(1, "odd", "1 second", 7);
    takenOver("lately", "'5 minutes'");
    takenOver("often", "'31 minutes', '20 hours'");
    takenOver("long-ago", "'25 hours', '3 days'");
    samples.execute(
        """
        UPDATE {schema}.river_job SET metadata = metadata || '{"cairn:takeovers": [{"at": "some day"}]}'
        WHERE queue = 'odd'
        """);

    assertThat(attention("takenOver"))
        .extracting(item -> item.path("text").asString().replaceFirst("^Job \\d+ ", ""))
        .containsExactly(
            "(import) was taken over 7 times, because its clients died.",
            "(import) was taken over 3 times, because its clients died, the last time 31 min ago.",
            "(import) was taken over once, because its client died, 5 min ago.");
  }

  /** As Cairn writes it: the last takeover is the last of the list. */
  private void takenOver(String queue, String ago) throws Exception {
    samples.execute(
        """
        UPDATE {schema}.river_job SET metadata = metadata || jsonb_build_object('cairn:takeovers', (
          SELECT jsonb_agg(jsonb_build_object('at',
            to_char((now() - ago::interval) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
            ORDER BY ago::interval DESC)
          FROM unnest(ARRAY[%s]) AS ago))
        WHERE queue = '%s'
        """
            .formatted(ago, queue));
  }

  @Test
  void jobsThatSnoozeAgainAndAgainDoNotHideIt() throws Exception {
    running(30, "a", "1 second", 0);
    samples.execute(
        """
        UPDATE {schema}.river_job SET attempt = 1, attempted_by = array_fill('web-1'::text, ARRAY[90])
        WHERE queue = 'a'
        """);
    running(1, "z", "1 second", 40);
    // Of a stuck job, a takeover does not give the attempt back.
    samples.execute(
        "UPDATE {schema}.river_job SET attempt = 1, attempted_by = ARRAY['web-1'] WHERE queue = 'z'");

    assertThat(attention("takenOver"))
        .singleElement()
        .satisfies(item ->
            assertThat(item.path("text").asString())
                .endsWith("(import) was taken over 40 times, because its clients died."));
  }

  @Test
  void whatWasNotLookedAtIsNotSaidToBeWell() throws Exception {
    running(3_000, "a", "1 second", 0);
    assertThat(attention("notLookedAt")).isEmpty();
    running(1, "z", "3 hours", 0);

    assertThat(attention("notLookedAt"))
        .singleElement()
        .satisfies(item ->
            assertThat(item.path("text").asString())
                .isEqualTo(
                    "More than 3,000 jobs are running. Only 3,000 were looked at, so others may be stuck."));
  }

  @Test
  void aPausedQueueBehindManyOthersIsNamed() throws Exception {
    samples.execute(
        """
        INSERT INTO {schema}.river_queue (name, paused_at, updated_at)
        SELECT 'q' || number, NULL, now() FROM generate_series(1, 600) AS number
        UNION ALL SELECT 'zzz', now(), now()
        """);

    assertThat(attention("pausedQueue"))
        .singleElement()
        .satisfies(item -> assertThat(item.path("queue").asString()).isEqualTo("zzz"));
    assertThat(page.get("/api/queues").ok().json().path("more").asBoolean()).isTrue();
  }

  private List<String> itemsOf(String... wanted) {
    JsonNode overview = page.get("/api/overview").ok().json();
    return StreamSupport.stream(overview.path("attention").spliterator(), false)
        .filter(item -> List.of(wanted).contains(item.path("kind").asString()))
        .map(item -> item.path("text").asString())
        .toList();
  }

  /** Sixty tenants with a failed job each. */
  @Test
  void manyQueuesOfOneKindHideNothingOfAnother() throws Exception {
    alive();
    leader("web-1");
    samples.execute(
        """
        INSERT INTO {schema}.river_job (kind, queue, args, state, max_attempts, finalized_at)
        SELECT 'bill', 'tenant' || 100 + number, '{}', 'discarded', 1, now()
        FROM generate_series(1, 60) AS number, generate_series(1, number)
        """);
    running(1, "z", "3 hours", 0);
    long id = samples.newest("running");
    samples.execute(
        "INSERT INTO {schema}.cairn_quarantine (job_id, step, item, position, error) VALUES (%d, 'read', 'i', '7', 'bad')"
            .formatted(id));

    assertThat(kinds()).first().isEqualTo("act stalled");
    assertThat(attention("quarantined")).hasSize(1);
    assertThat(attention("discarded"))
        .as("the worst, by name")
        .extracting(item -> item.path("queue").asString())
        .containsExactly(
            "tenant151",
            "tenant152",
            "tenant153",
            "tenant154",
            "tenant155",
            "tenant156",
            "tenant157",
            "tenant158",
            "tenant159",
            "tenant160");
    assertThat(itemsOf("moreDiscarded")).containsExactly("50 more queues have discarded jobs.");
    JsonNode more = attention("moreDiscarded").getFirst();
    assertThat(more.path("count").path("n").asString()).isEqualTo("50");
    assertThat(more.path("link").path("query").path("state").asString()).isEqualTo("discarded");
  }

  @Test
  void howManyOthersThereAreIsSaidOfEachKind() throws Exception {
    samples.execute(
        """
        INSERT INTO {schema}.river_queue (name, paused_at, updated_at)
        SELECT 'paused' || 100 + number, now(), now() FROM generate_series(1, 11) AS number;
        INSERT INTO {schema}.river_job (kind, queue, args, state, max_attempts, scheduled_at)
        SELECT 'bill', 'waits' || 100 + number, '{}', 'available', 1, now() - interval '1 hour'
        FROM generate_series(1, 12) AS number;
        INSERT INTO {schema}.river_job (kind, queue, args, state, max_attempts) VALUES
          ('bill', 'paused111', '{}', 'available', 1);
        INSERT INTO {schema}.cairn_client (id, timeout, heartbeat_at)
        SELECT 'dead' || number, interval '0', now() - interval '1 day' FROM generate_series(1, 6) AS number;
        INSERT INTO {schema}.river_job (kind, queue, args, state, attempt, max_attempts, attempted_at, attempted_by, metadata)
        SELECT 'import', 'a', '{}', 'running', 1, 25, now(), ARRAY['dead' || number], '{"river:rescue_count": 2}'
        FROM generate_series(1, 6) AS number
        """);

    assertThat(
            itemsOf(
                "moreStaleClients", "moreQueuesWithoutClient", "morePausedQueues", "moreTakenOver"))
        .containsExactly(
            "1 more client has sent no heartbeat, and has jobs in its name.",
            "No client works 2 more queues in which jobs wait.",
            "1 more queue is paused.",
            "1 more job was taken over, because its client died.");
    assertThat(attention("pausedQueue"))
        .as("the one in which a job waits is the worst")
        .anySatisfy(item -> assertThat(item.path("queue").asString()).isEqualTo("paused111"));
  }

  @Test
  void manyClientsThatHaveStoppedHideNoneThatIsAlive() throws Exception {
    samples.execute(
        """
        INSERT INTO {schema}.cairn_client (id, timeout, heartbeat_at)
        SELECT 'a' || number, interval '0', now() - interval '1 day' FROM generate_series(1, 1200) AS number
        UNION ALL SELECT 'zzz', interval '1 hour', now()
        """);

    JsonNode clients = page.get("/api/clients").ok().json();
    assertThat(clients.path("more").asBoolean()).isTrue();
    assertThat(clients.toString()).contains("\"zzz\"");
    JsonNode inShort = page.get("/api/overview").ok().json().path("clients");
    assertThat(inShort.path("alive").asInt()).isOne();
    assertThat(inShort.path("newestHeartbeat").asString())
        .as("of those that are alive")
        .isEqualTo(inShort.path("oldestHeartbeat").asString());
  }
}
