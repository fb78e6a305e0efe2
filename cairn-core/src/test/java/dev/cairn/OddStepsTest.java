package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.OddValues.Odd;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.Jobs;
import dev.cairn.jobs.QueueRow;
import dev.cairn.jobs.Queues;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the tables beside the jobs hold hides neither a job's progress nor its items nor queues. */
class OddStepsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final List<String> problems = new ArrayList<>();

  /** Looks at something. */
  @FunctionalInterface
  private interface Check {
    void run();
  }

  private void trying(Odd odd, Check check) {
    try {
      check.run();
    } catch (RuntimeException | AssertionError e) {
      String message = e.toString().lines().limit(3).reduce("", (one, two) -> one + " " + two);
      problems.add(odd + ":" + message);
    }
  }

  private void sql(String sql) {
    database.execute(sql.formatted(database.schema()));
  }

  private boolean insert(Odd odd, Map<String, String> healthy) {
    var columns = new LinkedHashMap<>(healthy);
    columns.put(odd.column(), odd.value());
    return OddRows.insert(database, odd.table(), columns, "1").isPresent();
  }

  @Test
  void everyStepShowsInTheProgress() {
    Jobs jobs = clients.inserter().jobs();
    var rows = new OddRows(database);
    int tried = 0;
    for (Odd odd : OddValues.of(database, "cairn_checkpoint")) {
      long id = rows.insert(JobState.RUNNING, "default");
      Map<String, String> step = new LinkedHashMap<>();
      step.put("job_id", Long.toString(id));
      step.put("name", "'odd step'");
      step.put("position", "2");
      step.put("finished", "false");
      step.put("value", "'5'");
      step.put(
          "claimed_at",
          "(SELECT attempted_at FROM %s.river_job WHERE id = %d)".formatted(database.schema(), id));
      step.put("sequence", "1");
      step.put("attempt", "1");
      step.put("done", "5");
      step.put("total", "10");
      step.put("spent_ms", "1000");
      Map<String, String> healthy = new LinkedHashMap<>(step);
      healthy.put("name", "'healthy step'");
      healthy.put("position", "1");
      if (insert(odd, step)) {
        tried++;
        OddRows.insert(database, "cairn_checkpoint", healthy, "1");
        int steps = odd.column().equals("job_id") ? 1 : 2;
        trying(
            odd,
            () -> {
              JobProgress progress = jobs.progress(id).orElseThrow();
              assertThat(progress.steps())
                  .hasSize(steps)
                  .anySatisfy(found -> {
                    assertThat(found.name()).isEqualTo("healthy step");
                    assertThat(found.running()).isTrue();
                  });
              assertThat(progress.share()).satisfies(share -> {});
            });
        trying(
            odd,
            () ->
                assertThat(
                        database.query(
                            "SELECT * FROM %s.cairn_job_progress".formatted(database.schema())))
                    .hasSize(1));
      }
      sql("DELETE FROM %s.cairn_checkpoint");
      sql("DELETE FROM %s.river_job");
    }

    assertThat(problems).as("%d problems", problems.size()).isEmpty();
    assertThat(tried).isGreaterThan(60);
  }

  /** One odd job must not hide the others in the view, which reads all. */
  @Test
  void theViewShowsAllJobsWhateverTheirMetadataHold() {
    var rows = new OddRows(database);
    int jobs = 0;
    for (Odd odd : rows.values()) {
      if (rows.insert(odd, JobState.AVAILABLE, "default").isPresent()) {
        jobs++;
      }
    }
    sql(
        """
        INSERT INTO %1$s.cairn_checkpoint (job_id, name, finished, claimed_at, sequence)
        SELECT id, 'step', false, now(), 1 FROM %1$s.river_job
        """);

    assertThat(database.query("SELECT * FROM %s.cairn_job_progress".formatted(database.schema())))
        .hasSize(jobs)
        .allSatisfy(row -> assertThat((Integer) row.get("crashes")).isBetween(0, 999_999_999));
  }

  @Test
  void everyItemThatWasPutAsideIsListed() {
    Jobs jobs = clients.inserter().jobs();
    long id = new OddRows(database).insert(JobState.AVAILABLE, "default");
    int tried = 0;
    for (Odd odd : OddValues.of(database, "cairn_quarantine")) {
      Map<String, String> item = new LinkedHashMap<>();
      item.put("job_id", Long.toString(id));
      item.put("step", "'step'");
      item.put("item", "'item'");
      item.put("position", "'1'");
      item.put("error", "'failed'");
      if (insert(odd, item)) {
        tried++;
        int items = odd.column().equals("job_id") ? 0 : 1;
        trying(odd, () -> assertThat(jobs.quarantined(id)).hasSize(items));
      }
      sql("DELETE FROM %s.cairn_quarantine");
    }

    assertThat(problems).isEmpty();
    assertThat(tried).isGreaterThan(40);
  }

  @Test
  void everyQueueIsListed() {
    Queues queues = clients.inserter().queues();
    int tried = 0;
    for (Odd odd : OddValues.of(database, "river_queue")) {
      if (insert(odd, Map.of("name", "'queue'", "updated_at", "now()"))) {
        tried++;
        String name = database.text("SELECT name FROM %s.river_queue".formatted(database.schema()));
        trying(
            odd,
            () -> {
              assertThat(queues.list()).extracting(QueueRow::name).containsExactly(name);
              assertThat(queues.find(String.valueOf(name))).isPresent();
            });
      }
      sql("DELETE FROM %s.river_queue");
    }

    assertThat(problems).isEmpty();
    assertThat(tried).isGreaterThan(40);
  }
}
