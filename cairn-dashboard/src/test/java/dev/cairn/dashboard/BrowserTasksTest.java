package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The tasks of an operator, in a real Chromium, as the documentation counts their clicks. */
@Timeout(300) // a busy machine draws slowly
class BrowserTasksTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

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
  void nothingIsAskedForAPageThatNobodySees() throws Exception {
    scene.does(
        "hidden",
        Map.of("url", scene.world.url()),
        Map.of(
            "live",
            () -> await().atMost(PATIENCE).until(() -> scene.world.feeds() > 0),
            "quiet",
            () -> await().atMost(PATIENCE).until(() -> scene.world.feeds() == 0)));
  }

  /** The table of tasks in the documentation, with its clicks. */
  private static Map<String, Integer> table() throws IOException {
    var table = new LinkedHashMap<String, Integer>();
    boolean within = false;
    for (String line : Files.readAllLines(Path.of("..", "docs", "dashboard.md"))) {
      within = line.startsWith("| task |") || (within && line.startsWith("|"));
      String[] cells = line.split("\\|", -1);
      if (within && cells.length > 3 && cells[3].strip().matches("\\d+")) {
        table.put(cells[1].strip(), Integer.parseInt(cells[3].strip()));
      }
    }
    return table;
  }

  @Tag("thorough")
  @Test
  void eachTaskOfTheDocumentationTakesAsManyClicksAsItSays() throws Exception {
    Map<String, Integer> table = table();
    assertThat(table).hasSize(13);
    long stuck = scene.world.stuck();
    long waiting =
        scene.world.client.insert(new SampleWorkers.WaitForSignal("approved/1")).job().id();
    long furnished = scene.furnished();
    try {
      scene.does(
          "tasks",
          Map.of(
              "url",
              scene.world.url(),
              "table",
              table,
              "running",
              scene.world.walk("tasks", 100_000, 20),
              "stuck",
              stuck,
              "waiting",
              waiting,
              "furnished",
              furnished,
              "kind",
              BrowserWorld.TASK_KIND,
              "periodic",
              BrowserWorld.NIGHTLY));
      assertThat(scene.world.reasons(stuck)).isEqualTo("[\"it hangs in the network\"]");
    } finally {
      scene.world.client.queues().resume("mail");
      scene.world.samples.execute("DELETE FROM {schema}.river_job WHERE id = " + stuck);
      scene.world.samples.execute("DELETE FROM {schema}.cairn_client WHERE id = 'stuck-1'");
    }
  }
}
