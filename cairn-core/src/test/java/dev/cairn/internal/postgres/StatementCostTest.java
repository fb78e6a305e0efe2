package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.TestDatabase;
import dev.cairn.embedded.ServerOptions;
import dev.cairn.internal.postgres.LockScene.Act;
import dev.cairn.internal.store.ClaimRange;
import dev.cairn.internal.store.ClaimScope;
import dev.cairn.internal.store.FencedClaim;
import dev.cairn.internal.store.QueueLook;
import dev.cairn.internal.store.Stores;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/*
 * What a statement reads may depend on the jobs that it is about, and on nothing else: not on how
 * many other jobs there are, in whatever state, and not on what the planner thinks of them since it
 * last counted. Everything that Cairn does is done to the same few jobs, alone and among many
 * others, and the server counts the pages.
 */
@TestInstance(Lifecycle.PER_CLASS)
class StatementCostTest {
  @RegisterExtension
  static final TestDatabase server =
      TestDatabase.onServerWith(
          ServerOptions.forTests()
              .withSetting("shared_preload_libraries", "pg_stat_statements")
              .withSetting("pg_stat_statements.max", "10000"));

  private static final long SEED = 20261126;
  private static final int OTHERS = Integer.getInteger("cairn.statements.others", 20_000);

  /** More often than a plan is made anew for a prepared statement. */
  private static final int PASSES = 15;

  private static final int PASSES_MAX = 500;

  /** Pages of the lookups that are one level deeper in a larger table, and of chance. */
  private static final int SLACK = 60;

  /**
   * Statements that are not measured, by the beginnings of their names, and why they need not be.
   */
  private static final Map<String, String> LEFT_OUT =
      Map.ofEntries(
          Map.entry("BacklogStatement.COUNT", "counts what waits up to a number: see BacklogTest"),
          Map.entry("Database.SESSION", "once in the life of a client, and reads no table"),
          Map.entry("CopyStatements", "go past the driver's statements, and read nothing"),
          Map.entry("IndexRebuilds.LOCK", "only after a rebuild was cut off, and reads no table"),
          Map.entry("InsertStatements.NOW", "asks for the time, and reads no table"),
          Map.entry("MigrationRecord", "once in the life of a version"),
          Map.entry(
              "PostgresTransactionFates", "ask for the number of a transaction, and read no table"),
          Map.entry("RiverNeeds", "once for each start, and reads no table of ours"),
          Map.entry("SchemaMigrations", "once in the life of a version"),
          Map.entry("RoleGrants", "once for each role, and reads no table of ours"),
          Map.entry("SearchIndexes", "once in the life of a version"),
          Map.entry("ServerEncoding", "once in the life of a client, and reads no table"),
          Map.entry("PostgresJobListStore.COUNT", "counts all jobs, as it says"));

  /** What looks at all that run, of which there are never more than clients have slots. */
  private static final Set<String> OF_ALL_RUNNING =
      Set.of(
          "find stuck jobs",
          "rescue the jobs of dead clients",
          "rescue the jobs of an earlier client with the same id",
          "sign off",
          "look for orphaned claims");

  /** Once in a leader's term for each missed job; a table as small as here is read as a whole. */
  private static final Set<String> ONCE_IN_A_TERM =
      Set.of("look up the last runs of a periodic job");

  /** By whatever condition the user gives, among them some that no index knows. */
  private static final Set<String> OF_THE_USER = Set.of("cancel jobs", "delete jobs", "retry jobs");

  private final SeenStatements seen = new SeenStatements();
  private final LockScene scene =
      new LockScene(server, seen.of(server.dataSource()), Duration.ZERO);
  private final Map<String, Act> acts = new LinkedHashMap<>(scene.acts());
  private Map<String, Double> alone = Map.of();

  StatementCostTest() {
    Stores stores = scene.stores();
    var scope = new ClaimScope("one", "a", Set.of());
    acts.put("due", random -> stores.jobs().due(scope, ClaimRange.ALL, 10));
    var ofKind = new ClaimScope("one", "a", Set.of("noop"));
    acts.put("due of a kind", random -> stores.jobs().due(ofKind, ClaimRange.ALL, 10));
    List<QueueLook> looks =
        Stream.of("one", "two", "three").map(each -> new QueueLook(each, ClaimRange.ALL)).toList();
    acts.put("next due jobs of queues", random -> stores.jobs().untilDue(looks, Set.of()));
    acts.put(
        "next due jobs of queues of a kind",
        random -> stores.jobs().untilDue(looks, Set.of("noop")));
    acts.put("count up to a number", random -> stores.jobList().countByState(10));
    acts.put("claims of a client", random -> stores.jobs().claimsOf("a"));
    acts.put(
        "inspect",
        random ->
            stores.jobs().inspect("a", scene.some(random).stream().map(FencedClaim::of).toList()));
    acts.put("load", random -> stores.checkpoints().load(scene.one(random)));
    acts.put("read", random -> stores.checkpoints().read(scene.one(random), "step"));
    acts.put("last sign", random -> stores.clients().lastSign("a"));
    acts.put("list clients", random -> stores.clients().list(1_000));
    acts.put("who leads", random -> stores.leader().current());
    acts.put("find", random -> stores.jobList().find(scene.id(random)));
    acts.put("items to redrive", random -> stores.quarantine().toRedrive(scene.id(random), "step"));
    acts.put("steps with items aside", random -> stores.quarantine().steps(scene.id(random)));
    acts.put("items aside", random -> stores.quarantine().positions(scene.id(random), "step"));
    acts.put(
        "one item aside", random -> stores.quarantine().isAside(scene.id(random), "step", "1"));
    acts.put("list queues", random -> stores.queues().list());
    acts.put("find a queue", random -> stores.queues().find("one"));
    acts.put("time of schedules", random -> stores.periodic().now());
    acts.put("time of upkeep", random -> stores.upkeep().now());
    acts.put("indexes", random -> stores.upkeep().indexes());
    acts.put(
        "unfinished indexes",
        random -> stores.upkeep().dropUnfinishedIndexes(Duration.ofSeconds(1)));
  }

  @BeforeAll
  void alone() {
    server.execute("CREATE EXTENSION pg_stat_statements");
    empty();
    alone = pagesPerCall();
  }

  static Stream<Arguments> tables() {
    return Stream.of(
        Arguments.of("completed", ""),
        Arguments.of("completed", "completed"),
        Arguments.of("available", "completed"),
        Arguments.of("available", "available"),
        Arguments.of("running", "completed"),
        Arguments.of("running", "running"),
        Arguments.of("scheduled", "available"),
        Arguments.of("scheduled", "scheduled"));
  }

  @Tag("thorough")
  @ParameterizedTest(name = "beside {0} jobs, with statistics of {1}")
  @MethodSource("tables")
  void noStatementReadsOthers(String others, String statistics) {
    empty();
    if (!statistics.isEmpty()) {
      insertOthers(statistics);
    }
    server.execute("VACUUM ANALYZE river_job");
    empty();
    insertOthers(others);

    var dear = new ArrayList<String>();
    pagesPerCall()
        .forEach((purpose, pages) -> {
          double before = alone.getOrDefault(purpose, 0.0);
          boolean mayReadOthers =
              OF_THE_USER.contains(purpose)
                  || ONCE_IN_A_TERM.contains(purpose)
                  || (others.equals("running") && OF_ALL_RUNNING.contains(purpose));
          if (!mayReadOthers && pages > 2 * before + SLACK) {
            dear.add("%s: %.0f pages a call instead of %.0f".formatted(purpose, pages, before));
          }
        });
    assertThat(dear).isEmpty();
  }

  /** Chance leaves out one that is rarely sent: more of the same has it come. */
  @AfterAll
  @Timeout(600)
  void everyStatementHasRun() {
    for (int i = 0; i < PASSES_MAX && !neverRun().isEmpty(); i++) {
      actEach(new Random(SEED + i));
    }
    assertThat(neverRun()).isEmpty();
  }

  private List<String> neverRun() {
    return Statements.all().stream()
        .filter(each -> !seen.contains(each.sql(), new SchemaName(server.schema())))
        .map(Statements.Named::name)
        .filter(name -> LEFT_OUT.keySet().stream().noneMatch(name::startsWith))
        .toList();
  }

  private static void empty() {
    server.execute(
        "TRUNCATE river_job, cairn_checkpoint, cairn_quarantine, cairn_wait, cairn_signal");
    server.execute("ALTER TABLE river_job SET (autovacuum_enabled = off)");
  }

  private static void insertOthers(String state) {
    server.execute(
        """
        INSERT INTO river_job (kind, args, max_attempts, state, queue, attempted_at, attempted_by,
          finalized_at, scheduled_at)
        SELECT 'noop', '{}', 25, state, 'elsewhere',
          CASE WHEN state IN ('running', 'completed') THEN now() END,
          CASE WHEN state IN ('running', 'completed') THEN '{other}'::text[] END,
          CASE WHEN state = 'completed' THEN now() + interval '1 hour' END,
          now() + CASE WHEN state = 'scheduled' THEN interval '1 day' ELSE '0' END
        FROM (SELECT ?::river_job_state AS state FROM generate_series(1, ?)) AS other
        """,
        state,
        OTHERS);
    server.execute(
        """
        INSERT INTO cairn_client (id, timeout) VALUES ('other', '1 day') ON CONFLICT DO NOTHING
        """);
  }

  private Map<String, Double> pagesPerCall() {
    server.query("SELECT pg_stat_statements_reset()");
    var random = new Random(SEED);
    for (int pass = 0; pass < PASSES; pass++) {
      actEach(random);
    }
    var pages = new TreeMap<String, Double>();
    for (Map<String, ?> row :
        server.query(
            """
            SELECT purpose, (sum(pages) / sum(calls))::float8 AS pages
            FROM (
              SELECT trim(substring(query FROM '/\\* cairn: ([^(*]+)')) AS purpose, calls,
                shared_blks_hit + shared_blks_read AS pages
              FROM pg_stat_statements
            ) AS statement
            WHERE purpose IS NOT NULL
            GROUP BY purpose
            """)) {
      pages.put(
          (String) Objects.requireNonNull(row.get("purpose")),
          (Double) Objects.requireNonNull(row.get("pages")));
    }
    return pages;
  }

  private void actEach(Random random) {
    acts.forEach((name, act) -> {
      scene.look();
      try {
        act.by(random);
      } catch (Exception e) {
        if (!LockScene.isKeyTaken(e)) {
          throw new IllegalStateException(name, e);
        }
      }
    });
  }
}
