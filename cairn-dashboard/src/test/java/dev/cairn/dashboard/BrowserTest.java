package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.migrate.MigrationLine;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * The page in a real Chromium, on a real server, database and jobs: what it shows. {@link
 * BrowserActsTest} does something to the jobs.
 */
@Timeout(300) // a busy machine draws slowly
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BrowserTest {
  private static BrowserScene scene;

  @BeforeAll
  @Timeout(300)
  static void open() throws Exception {
    scene = BrowserScene.open();
  }

  @AfterAll
  static void close() {
    if (scene != null) {
      scene.close();
    }
  }

  @Test
  void theLinkSignsInOnce() throws Exception {
    try (var server =
        DashboardServer.local(Dashboard.builder(scene.world.pool).schema("public"), 0)) {
      String url = "http://127.0.0.1:%d/".formatted(server.address().getPort());
      scene.does("signIn", Map.of("url", url, "link", server.link().toString()));
    }
  }

  /** One second is meant on an idle machine. Tests share theirs, so the limit is generous. */
  @Test
  void theFirstViewIsThereSoon() throws Exception {
    long millis = scene.does("firstView", Map.of("url", scene.world.url())).asLong();
    System.out.printf("The overview was there after %d ms, the median of five views%n", millis);
    assertThat(millis).isBetween(1L, 10_000L);
  }

  /** First, because the more pages have been looked at lately, the longer each of them waits. */
  @Order(1)
  @Test
  void theOverviewSaysWhatIsThereAndMoves() throws Exception {
    scene.does(
        "overview",
        Map.of(
            "url",
            scene.world.url(),
            "counts",
            Map.of(
                "cancelled",
                "%,d".formatted(scene.jobs("state = 'cancelled'")),
                "pending",
                "%,d".formatted(scene.jobs("state = 'pending'"))),
            "running",
            Long.toString(scene.world.walk("overview", 100_000, 20))));
  }

  @Tag("thorough")
  @Test
  void theListShowsEachJobOfASearchOnce() throws Exception {
    scene.does(
        "jobs",
        Map.of(
            "url",
            scene.world.url(),
            "kind",
            "bill",
            "state",
            "cancelled",
            "expected",
            scene.jobs("state = 'cancelled' AND kind = 'bill'")));
  }

  @Test
  void theNextPageBeginsBehindTheRowsThatStandStill() throws Exception {
    scene.world.samples.execute(
        """
        INSERT INTO {schema}.river_job (kind, queue, args, state, max_attempts)
        SELECT 'import_prices', 'held-page', '{}', 'available', 25 FROM generate_series(1, 60)
        """);
    String firstPage =
        "SELECT id FROM {schema}.river_job WHERE queue = 'held-page' ORDER BY id LIMIT 50";
    long next =
        scene.world.samples.number(
            "SELECT min(id) FROM {schema}.river_job WHERE queue = 'held-page' AND id NOT IN (%s)"
                .formatted(firstPage));
    scene.does(
        "nextPage",
        Map.of("url", scene.world.url(), "queue", "held-page", "next", next),
        Map.of(
            "complete the first page",
            () ->
                scene.world.samples.execute(
                    "UPDATE {schema}.river_job SET state = 'completed', finalized_at = now() WHERE id IN (%s)"
                        .formatted(firstPage))));
  }

  @Test
  void backShowsWhatWasSeen() throws Exception {
    scene.does("back", Map.of("url", scene.world.url()));
  }

  @Test
  void backClosesADialogAboutOtherTicks() throws Exception {
    scene.does("dialog", Map.of("url", scene.world.url()));
  }

  @Test
  void thePageMayBeBelowAPath() throws Exception {
    try (var server = scene.world.serveBelow("/jobs")) {
      scene.does(
          "below", Map.of("url", server.link().toString(), "kind", "bill", "name", "default"));
    }
  }

  @Test
  void aJobLeadsToItsClientAmongMany() throws Exception {
    long job = scene.world.stuck();
    scene.world.samples.execute(
        "INSERT INTO {schema}.cairn_client (id, timeout) SELECT 'other-' || n, '1 hour' FROM generate_series(1, 60) AS n");
    try {
      scene.does("client", Map.of("url", scene.world.url(), "job", job, "id", "stuck-1"));
    } finally {
      scene.world.samples.execute("DELETE FROM {schema}.cairn_client WHERE id LIKE 'other-%'");
    }
  }

  @Tag("thorough")
  @Test
  void aJobIsWatchedThroughAKillAndItsTakeover() throws Exception {
    Process first = scene.world.startWorker("walker-1");
    long id = scene.world.walkElsewhere("watched", 100_000, 20);
    scene.does(
        "track",
        Map.of("url", scene.world.url(), "id", Long.toString(id)),
        Map.of(
            "kill",
            () -> first.destroyForcibly().waitFor(),
            "take over",
            () -> scene.world.startWorker("walker-2")));
    assertThat(scene.world.reasons(id)).isEqualTo("[\"seen enough\"]");
  }

  @Tag("thorough")
  @Test
  void periodicJobsShowWhenTheyRunAndWhatBecameOfIt() throws Exception {
    scene.world.samples.execute(
        """
        INSERT INTO {schema}.cairn_periodic (id, next_run_at)
        VALUES ('retired/import', now() - interval '2 hours') ON CONFLICT DO NOTHING
        """);
    long failed =
        scene.world.samples.number(
            """
            INSERT INTO {schema}.river_job (kind, queue, args, metadata, state, max_attempts, finalized_at, errors)
            VALUES ('import_prices', 'nobody-works-this', '{}', '{"river:periodic_job_id": "import/prices"}',
              'discarded', 1, now(), ARRAY['{"at": "2026-01-01T00:00:00Z", "attempt": 1, "error": "no such file", "trace": ""}']::jsonb[])
            RETURNING id
            """);
    scene.does(
        "periodic",
        Map.of(
            "url",
            scene.world.url(),
            "durable",
            BrowserWorld.NIGHTLY,
            "late",
            "retired/import",
            "other",
            "import/prices",
            "failed",
            Long.toString(failed)));
  }

  @Tag("thorough")
  @Test
  void theChecksAreMadeWhenSomebodyAsks() throws Exception {
    String queue = "held <b>back</b>";
    scene.world.samples.execute(
        "INSERT INTO {schema}.river_queue (name, updated_at, paused_at) VALUES ('%s', now(), now())"
            .formatted(queue));
    RealBrowser.Act resume =
        () ->
            scene.world.samples.execute(
                "DELETE FROM {schema}.river_queue WHERE name = '%s'".formatted(queue));
    try {
      scene.does(
          "health",
          Map.of(
              "url",
              scene.world.url(),
              "queue",
              queue,
              "versions",
              List.of(MigrationLine.MAIN.newestVersion(), MigrationLine.CAIRN.newestVersion())),
          Map.of("resume", resume));
    } finally {
      resume.run();
    }
  }

  @Tag("thorough")
  @Test
  void whatIsInTheDatabaseIsTextAndNothingElse() throws Exception {
    long first = scene.world.hostile.number("SELECT min(id) FROM {schema}.river_job");
    long last = scene.world.hostile.number("SELECT max(id) FROM {schema}.river_job");
    scene.does(
        "hostile",
        Map.of(
            "url",
            scene.world.hostileUrl(),
            "ids",
            LongStream.rangeClosed(first, last).boxed().toList()));
  }

  @Tag("thorough")
  @Test
  void axeFindsNothingInTheNarrowAndLightPage() throws Exception {
    axe(360, "light");
  }

  @Tag("thorough")
  @Test
  void axeFindsNothingInTheWideAndDarkPage() throws Exception {
    axe(1280, "dark");
  }

  private static void axe(int width, String colorScheme) throws Exception {
    long id = scene.furnished();
    List<String> paths =
        List.of(
            "",
            "jobs?state=discarded&kind=bill",
            "jobs/%d?step=write".formatted(id),
            "jobs/" + scene.world.walk("axe", 100_000, 20),
            "queues",
            "periodic",
            "clients",
            "quarantine",
            "health",
            "insert?from=%d".formatted(id),
            "insert?from=%d".formatted(scene.secretJob()));
    scene.does(
        "axe",
        Map.of(
            "url",
            scene.world.url(),
            "hostileUrl",
            scene.world.hostileUrl(),
            "id",
            id,
            "width",
            width,
            "colorScheme",
            colorScheme,
            "paths",
            paths));
  }

  @Tag("thorough")
  @Test
  void theDatabaseAndTheServerMayGoAndComeBack() throws Exception {
    scene.does(
        "away",
        Map.of("url", scene.world.url(), "id", scene.world.walk("away", 100_000, 20)),
        Map.of(
            "database away",
            scene.world::closeDatabase,
            "database back",
            scene.world::openDatabase,
            "server away",
            scene.world::stopServer,
            "server back",
            scene.world::startServer));
  }

  @Tag("thorough")
  @Test
  void twoTabsSeeTheSameAndNothingJumps() throws Exception {
    scene.does(
        "twoTabs",
        Map.of("url", scene.world.url(), "id", scene.world.walk("tabs", 100_000, 20)),
        Map.of("insert", () -> scene.world.client.insert(new SampleWorkers.Ping(1))));
  }
}
