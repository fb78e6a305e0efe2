package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The page in a real Chromium, on a real server, database and jobs. Needs Chromium and the page;
 * with {@code CAIRN_BROWSER=needed} in the environment it fails if they lack.
 */
@Timeout(300) // a busy machine draws slowly
class BrowserTest {
  private static final String SECRET = "{\"amount\": 7, \"token\": \"geheim\"}";

  private static RealBrowser browser;
  private static BrowserWorld world;

  @BeforeAll
  @Timeout(300)
  static void open() throws Exception {
    Optional<String> lacks = RealBrowser.lacks();
    if (lacks.isPresent() && "needed".equals(System.getenv("CAIRN_BROWSER"))) {
      throw new AssertionError("the dashboard cannot be tested in a browser: " + lacks.get());
    }
    Assumptions.assumeTrue(lacks.isEmpty(), lacks.orElse(""));
    world = new BrowserWorld();
    browser = RealBrowser.start();
  }

  @AfterAll
  static void close() {
    if (browser != null) {
      browser.close();
    }
    if (world != null) {
      world.close();
    }
  }

  private static void does(String scenario, Map<String, ?> given) throws Exception {
    browser.does(scenario, given, Map.of());
  }

  private static long jobs(String condition) throws Exception {
    return world.samples.number("SELECT count(*) FROM {schema}.river_job WHERE " + condition);
  }

  private static long furnished() throws Exception {
    long id = world.discarded();
    world.samples.furnish(id);
    return id;
  }

  @Test
  void theLinkSignsInOnce() throws Exception {
    try (var server = DashboardServer.local(Dashboard.builder(world.pool).schema("public"), 0)) {
      String url = "http://localhost:%d/".formatted(server.address().getPort());
      does("signIn", Map.of("url", url, "link", server.link().toString()));
    }
  }

  @Test
  void theOverviewSaysWhatIsThereAndMoves() throws Exception {
    does(
        "overview",
        Map.of(
            "url",
            world.url(),
            "counts",
            Map.of(
                "cancelled",
                "%,d".formatted(jobs("state = 'cancelled'")),
                "pending",
                "%,d".formatted(jobs("state = 'pending'"))),
            "running",
            Long.toString(world.walk("overview", 100_000, 20))));
  }

  @Test
  void theListShowsEachJobOfASearchOnce() throws Exception {
    does(
        "jobs",
        Map.of(
            "url",
            world.url(),
            "kind",
            "bill",
            "state",
            "cancelled",
            "expected",
            jobs("state = 'cancelled' AND kind = 'bill'")));
  }

  @Test
  void aJobIsWatchedThroughAKillAndItsTakeover() throws Exception {
    Process first = world.startWorker("walker-1");
    long id = world.walkElsewhere("watched", 100_000, 20);
    browser.does(
        "track",
        Map.of("url", world.url(), "id", Long.toString(id)),
        Map.of(
            "kill",
            () -> first.destroyForcibly().waitFor(),
            "take over",
            () -> world.startWorker("walker-2")));
    assertThat(world.reasons(id)).isEqualTo("[\"seen enough\"]");
  }

  @Test
  void eachActIsDoneForAReason() throws Exception {
    long discarded = world.discarded();
    long furnished = furnished();
    long running = world.walk("acts", 100_000, 20);
    long waiting = world.client.insert(new SampleWorkers.WaitForSignal("approved/4711")).job().id();
    long rewound = furnished();
    does(
        "acts",
        Map.of(
            "url",
            world.url(),
            "discarded",
            discarded,
            "furnished",
            furnished,
            "rewound",
            rewound,
            "running",
            running,
            "waiting",
            waiting));
    assertThat(world.reasons(discarded))
        .isEqualTo(
            "[\"the supplier is back\", \"wait for lunch\", \"lunch is over\", \"no longer"
                + " wanted\"]");
    assertThat(jobs("id = %d AND state = 'cancelled'".formatted(discarded))).isOne();
    assertThat(world.reasons(furnished))
        .contains("line 6 is mended", "the bad line is mended", "all again");
    assertThat(world.reasons(rewound)).contains("once more");
    assertThat(jobs("id = %d AND state = 'available'".formatted(rewound))).isOne();
    assertThat(world.reasons(running)).contains("a deploy comes");
    assertThat(world.reasons(waiting)).contains("approved by telephone");
  }

  @Test
  void aJobIsInsertedFromAFormAndACopyKeepsHiddenValues() throws Exception {
    long template = secretJob();
    does("insert", Map.of("url", world.url(), "template", template, "kind", "charge_card"));
    assertThat(
            jobs(
                "kind = 'charge_card' AND queue = 'nobody-works-copies' AND args = '%s'"
                    .formatted(SECRET)))
        .isOne();
    assertThat(jobs("kind = 'typed_by_hand'")).isZero();
  }

  /** A job whose arguments are partly hidden. */
  private static long secretJob() throws Exception {
    return world.samples.number(
        "INSERT INTO {schema}.river_job (kind, args, state, max_attempts, finalized_at) VALUES"
            + " ('charge_card', '%s', 'cancelled', 1, now()) RETURNING id".formatted(SECRET));
  }

  @Test
  void aQueueIsPausedAndResumed() throws Exception {
    does("queue", Map.of("url", world.url(), "name", "mail"));
    assertThat(
            world.samples.number(
                "SELECT count(*) FROM {schema}.river_queue WHERE name = 'mail' AND paused_at IS"
                    + " NULL"))
        .isOne();
  }

  @Test
  void theActThatThePageSuggestsForAPausedQueueResumesIt() throws Exception {
    world.samples.execute(
        "INSERT INTO {schema}.river_queue (name, paused_at, updated_at) VALUES ('held', now(), now())");
    long id =
        world.samples.number(
            "INSERT INTO {schema}.river_job (kind, queue, args, state, max_attempts) VALUES"
                + " ('import_prices', 'held', '{}', 'available', 25) RETURNING id");
    does("suggested", Map.of("url", world.url(), "id", id));
    assertThat(
            world.samples.number(
                "SELECT count(*) FROM {schema}.river_queue WHERE name = 'held' AND paused_at IS"
                    + " NULL"))
        .isOne();
  }

  @Test
  void anActThatWasMeantForAnotherStateIsNotDone() throws Exception {
    long id = world.discarded();
    browser.does(
        "overtaken",
        Map.of("url", world.url(), "id", id),
        Map.of(
            "complete",
            () ->
                world.samples.execute(
                    "UPDATE {schema}.river_job SET state = 'completed' WHERE id = " + id)));
    assertThat(jobs("id = %d AND state = 'completed'".formatted(id))).isOne();
  }

  @Test
  void periodicJobsShowWhenTheyRunAndWhatBecameOfIt() throws Exception {
    world.samples.execute(
        """
        INSERT INTO {schema}.cairn_periodic (id, next_run_at)
        VALUES ('retired/import', now() - interval '2 hours') ON CONFLICT DO NOTHING
        """);
    long failed =
        world.samples.number(
            """
            INSERT INTO {schema}.river_job (kind, queue, args, metadata, state, max_attempts, finalized_at, errors)
            VALUES ('import_prices', 'nobody-works-this', '{}', '{"river:periodic_job_id": "import/prices"}',
              'discarded', 1, now(), ARRAY['{"at": "2026-01-01T00:00:00Z", "attempt": 1, "error": "no such file", "trace": ""}']::jsonb[])
            RETURNING id
            """);
    does(
        "periodic",
        Map.of(
            "url",
            world.url(),
            "durable",
            BrowserWorld.NIGHTLY,
            "late",
            "retired/import",
            "other",
            "import/prices",
            "failed",
            Long.toString(failed)));
  }

  @Test
  void manyJobsAreActedOnAfterAPreview() throws Exception {
    does(
        "bulk",
        Map.of(
            "url",
            world.url(),
            "kind",
            BrowserWorld.BULK_KIND,
            "expected",
            BrowserWorld.BULK_JOBS));
    assertThat(jobs("kind = '%s' AND state = 'available'".formatted(BrowserWorld.BULK_KIND)))
        .isEqualTo(BrowserWorld.BULK_JOBS - 2);
  }

  @Test
  void aReaderSeesNoArgumentsAndNoActs() throws Exception {
    long id = furnished();
    does("reader", Map.of("url", world.url(), "id", id, "secret", "prices-4711.csv"));
    assertThat(world.reasons(id)).doesNotContain("by hand");
  }

  @Test
  void whatIsInTheDatabaseIsTextAndNothingElse() throws Exception {
    long first = world.hostile.number("SELECT min(id) FROM {schema}.river_job");
    long last = world.hostile.number("SELECT max(id) FROM {schema}.river_job");
    does(
        "hostile",
        Map.of(
            "url",
            world.hostileUrl(),
            "ids",
            LongStream.rangeClosed(first, last).boxed().toList()));
  }

  @Test
  void theKeyboardIsEnough() throws Exception {
    long id = world.discarded();
    does("keyboard", Map.of("url", world.url(), "id", id));
    assertThat(world.reasons(id)).isEqualTo("[\"by keys alone\"]");
  }

  @Test
  void axeFindsNothingInTheWideAndLightPage() throws Exception {
    axe(1280, "light");
  }

  @Test
  void axeFindsNothingInTheNarrowAndDarkPage() throws Exception {
    axe(360, "dark");
  }

  private static void axe(int width, String colorScheme) throws Exception {
    long id = furnished();
    List<String> paths =
        List.of(
            "",
            "jobs?state=discarded&kind=bill",
            "jobs/%d?step=1".formatted(id),
            "jobs/" + world.walk("axe", 100_000, 20),
            "queues",
            "periodic",
            "clients",
            "quarantine",
            "insert?from=%d".formatted(id),
            "insert?from=%d".formatted(secretJob()));
    does(
        "axe",
        Map.of(
            "url",
            world.url(),
            "hostileUrl",
            world.hostileUrl(),
            "id",
            id,
            "width",
            width,
            "colorScheme",
            colorScheme,
            "paths",
            paths));
  }

  @Test
  void theDatabaseAndTheServerMayGoAndComeBack() throws Exception {
    browser.does(
        "away",
        Map.of("url", world.url(), "id", world.walk("away", 100_000, 20)),
        Map.of(
            "database away",
            () -> world.pool.isAway = true,
            "database back",
            () -> world.pool.isAway = false,
            "server away",
            world::stopServer,
            "server back",
            world::startServer));
  }

  @Test
  void twoTabsSeeTheSameAndNothingJumps() throws Exception {
    browser.does(
        "twoTabs",
        Map.of("url", world.url(), "id", world.walk("tabs", 100_000, 20)),
        Map.of("insert", () -> world.client.insert(new SampleWorkers.Ping(1))));
  }
}
