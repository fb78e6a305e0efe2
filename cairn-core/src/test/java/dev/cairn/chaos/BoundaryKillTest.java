package dev.cairn.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestDatabase;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The explorer with real processes (R30): a job stops at each boundary between its checkpoints, and
 * its process is killed with SIGKILL at some of them. Another process takes the job over. What it
 * has done in the end is what an undisturbed one does.
 *
 * <p>The long form kills at every boundary: {@code -Dcairn.chaos.boundaries=all}; a seed is taken
 * from {@code -Dcairn.chaos.seed}.
 */
@Tag("thorough")
@Tag("chaos")
class BoundaryKillTest {
  private static final long SEED = Long.getLong("cairn.chaos.seed", 20_261_124L);
  private static final int BOUNDARIES = 3 + 4 * BoundaryWorker.ROWS + 1;

  @RegisterExtension static final TestDatabase database = new TestDatabase();

  @RegisterExtension
  final WorkerProcesses processes =
      new WorkerProcesses(database, BoundaryWorker.class, "-Xmx128m", "-XX:TieredStopAtLevel=1");

  @Test
  @Timeout(600)
  void r30_aJobWhoseProcessIsKilledAtABoundaryDoesWhatAnUndisturbedOneDoes() throws IOException {
    database.execute("CREATE TABLE boundary_effect (what text, row int)");
    boolean all = "all".equals(System.getProperty("cairn.chaos.boundaries"));
    var random = new Random(SEED);
    List<Integer> kills =
        all
            ? IntStream.rangeClosed(1, BOUNDARIES).boxed().toList()
            : IntStream.range(0, 3).map(i -> 1 + random.nextInt(BOUNDARIES)).boxed().toList();
    try (Cairn inserter = Cairn.builder(database.dataSource()).schema(database.schema()).build()) {
      for (int kill : kills) {
        database.execute("DELETE FROM boundary_effect");
        long id = inserter.insert(new BoundaryWorker.Bounded(BoundaryWorker.ROWS)).id();
        String killedAt = killAt(kill);
        JobRow job = finish(inserter, id);
        assertUndisturbed(job, "killed at boundary %d, '%s'".formatted(kill, killedAt));
      }
    }
  }

  private static void assertUndisturbed(JobRow job, String killed) {
    assertThat(job.attempt()).as("a kill uses up no attempt; " + killed).isEqualTo(1);
    assertThat(rows("once", "GROUP BY row HAVING count(*) > 1"))
        .as("done twice in a transaction; " + killed)
        .isEmpty();
    assertThat(rows("once", "GROUP BY row"))
        .as(killed)
        .containsExactlyElementsOf(IntStream.rangeClosed(0, BoundaryWorker.ROWS).boxed().toList());
    assertThat(rows("repeatable", "GROUP BY row"))
        .as(killed)
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, BoundaryWorker.ROWS + 1).boxed().toList());
  }

  private static List<Integer> rows(String what, String grouping) {
    return database
        .query("SELECT row FROM boundary_effect WHERE what = ? " + grouping + " ORDER BY row", what)
        .stream()
        .map(row -> (Integer) Objects.requireNonNull(row.get("row")))
        .toList();
  }

  /** Lets a process pass so many boundaries less one, and kills it at that one; which it is. */
  private String killAt(int number) throws IOException {
    Process process = processes.start(Redirect.PIPE);
    try (BufferedReader said = process.inputReader(StandardCharsets.UTF_8);
        OutputStream go = process.getOutputStream()) {
      String boundary = "none";
      for (int passed = 1; passed <= number; passed++) {
        boundary = said.readLine();
        if (passed < number) {
          go.write('\n');
          go.flush();
        }
      }
      process.destroyForcibly();
      process.onExit().join();
      return String.valueOf(boundary);
    }
  }

  private JobRow finish(Cairn inserter, long id) throws IOException {
    Process process = processes.start(Redirect.PIPE);
    Thread.ofVirtual().start(() -> letPass(process));
    JobRow job =
        Awaitility.await("job " + id)
            .atMost(Duration.ofMinutes(1))
            .until(
                () -> inserter.jobs().find(id).orElseThrow(),
                row -> row.state() == JobState.COMPLETED);
    process.destroyForcibly();
    process.onExit().join();
    return job;
  }

  /** Until it ends. */
  private static void letPass(Process process) {
    try (BufferedReader said = process.inputReader(StandardCharsets.UTF_8);
        OutputStream go = process.getOutputStream()) {
      while (said.readLine() != null) {
        go.write('\n');
        go.flush();
      }
    } catch (IOException e) {
      // It was killed, which is how each of them ends.
    }
  }
}
