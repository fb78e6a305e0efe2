package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The page in a real Chromium, like {@link BrowserTest}: what people do to jobs and queues. */
@Timeout(300) // a busy machine draws slowly
class BrowserActsTest {
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

  @Tag("thorough")
  @Test
  void eachActIsDoneForAReason() throws Exception {
    long discarded = scene.world.discarded();
    long furnished = scene.furnished();
    long running = scene.world.walk("acts", 100_000, 20);
    long waiting =
        scene.world.client.insert(new SampleWorkers.WaitForSignal("approved/4711")).job().id();
    long rewound = scene.furnished();
    scene.does(
        "acts",
        Map.of(
            "url",
            scene.world.url(),
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
    assertThat(scene.world.reasons(discarded))
        .isEqualTo(
            "[\"the supplier is back\", \"wait for lunch\", \"lunch is over\", \"no longer"
                + " wanted\"]");
    assertThat(scene.jobs("id = %d AND state = 'cancelled'".formatted(discarded))).isOne();
    assertThat(scene.world.reasons(furnished))
        .contains("line 6 is mended", "the bad line is mended", "all again");
    assertThat(scene.world.reasons(rewound)).contains("once more");
    assertThat(scene.jobs("id = %d AND state = 'available'".formatted(rewound))).isOne();
    assertThat(scene.world.reasons(running)).contains("a deploy comes");
    assertThat(scene.world.reasons(waiting)).contains("approved by telephone");
  }

  @Tag("thorough")
  @Test
  void aJobIsInsertedFromAFormAndACopyKeepsHiddenValues() throws Exception {
    long template = scene.secretJob();
    scene.does(
        "insert", Map.of("url", scene.world.url(), "template", template, "kind", "charge_card"));
    assertThat(
            scene.jobs(
                "kind = 'charge_card' AND queue = 'nobody-works-copies' AND args = '%s'"
                    .formatted(BrowserScene.SECRET)))
        .isOne();
    assertThat(scene.jobs("kind = 'typed_by_hand'")).isZero();
  }

  @Test
  void aQueueIsPausedAndResumed() throws Exception {
    scene.does("queue", Map.of("url", scene.world.url(), "name", "mail"));
    assertThat(
            scene.world.samples.number(
                "SELECT count(*) FROM {schema}.river_queue WHERE name = 'mail' AND paused_at IS"
                    + " NULL"))
        .isOne();
  }

  @Test
  void theActThatThePageSuggestsForAPausedQueueResumesIt() throws Exception {
    scene.world.samples.execute(
        "INSERT INTO {schema}.river_queue (name, paused_at, updated_at) VALUES ('held', now(), now())");
    long id =
        scene.world.samples.number(
            "INSERT INTO {schema}.river_job (kind, queue, args, state, max_attempts) VALUES"
                + " ('import_prices', 'held', '{}', 'available', 25) RETURNING id");
    scene.does("suggested", Map.of("url", scene.world.url(), "id", id));
    assertThat(
            scene.world.samples.number(
                "SELECT count(*) FROM {schema}.river_queue WHERE name = 'held' AND paused_at IS"
                    + " NULL"))
        .isOne();
  }

  @Test
  void anActThatWasMeantForAnotherStateIsNotDone() throws Exception {
    long id = scene.world.discarded();
    scene.does(
        "overtaken",
        Map.of("url", scene.world.url(), "id", id),
        Map.of(
            "complete",
            () ->
                scene.world.samples.execute(
                    "UPDATE {schema}.river_job SET state = 'completed' WHERE id = " + id)));
    assertThat(scene.jobs("id = %d AND state = 'completed'".formatted(id))).isOne();
  }

  @Tag("thorough")
  @Test
  void manyJobsAreActedOnAfterAPreview() throws Exception {
    List<Long> running = List.of(scene.world.stuck(), scene.world.stuck());
    scene.does(
        "bulk",
        Map.of(
            "url",
            scene.world.url(),
            "kind",
            BrowserWorld.BULK_KIND,
            "expected",
            BrowserWorld.BULK_JOBS,
            "client",
            "stuck-1",
            "running",
            running.size()),
        Map.of(
            "insert one more",
            () ->
                scene.world.samples.execute(
                    """
                    INSERT INTO {schema}.river_job (kind, queue, args, tags, state, attempt, max_attempts, finalized_at)
                    VALUES ('%s', 'nobody-works-this', '{}', '{later}', 'discarded', 1, 1, now())
                    """
                        .formatted(BrowserWorld.BULK_KIND)),
            "delete it",
            () ->
                scene.world.samples.execute(
                    "DELETE FROM {schema}.river_job WHERE 'later' = ANY (tags)")));
    assertThat(scene.jobs("kind = '%s' AND state = 'cancelled'".formatted(BrowserWorld.BULK_KIND)))
        .isEqualTo(BrowserWorld.BULK_JOBS - 2);
    for (long id : running) {
      assertThat(scene.world.reasons(id)).isEqualTo("[\"its machine is replaced\"]");
    }
  }

  @Tag("thorough")
  @Test
  void aReaderSeesNoArgumentsAndNoActs() throws Exception {
    long id = scene.furnished();
    scene.does("reader", Map.of("url", scene.world.url(), "id", id, "secret", "prices-4711.csv"));
    assertThat(scene.world.reasons(id)).doesNotContain("by hand");
  }

  @Test
  void theFocusIsNeverLost() throws Exception {
    long id = scene.world.discarded();
    scene.does("focus", Map.of("url", scene.world.url(), "id", id, "name", "mail"));
    assertThat(scene.jobs("id = " + id)).isZero();
  }

  @Test
  void theKeyboardIsEnough() throws Exception {
    long id = scene.world.discarded();
    scene.does("keyboard", Map.of("url", scene.world.url(), "id", id));
    assertThat(scene.world.reasons(id)).isEqualTo("[\"by keys alone\"]");
  }
}
