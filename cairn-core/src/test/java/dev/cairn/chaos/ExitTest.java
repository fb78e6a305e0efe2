package dev.cairn.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestDatabase;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A job that calls System.exit, in a process that stops its client by a shutdown hook. */
class ExitTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();

  @RegisterExtension
  final WorkerProcesses processes =
      new WorkerProcesses(database, ExitingWorker.class, "-Xmx128m", "-XX:TieredStopAtLevel=1");

  /** Seen before: it was interrupted, at a thousand processes, and stop() waited for ever. */
  @Test
  @Timeout(120)
  void e10_aJobThatExitsTheProcessFailsAndHoldsUpNoStop() throws Exception {
    try (Cairn inserter = Cairn.builder(database.dataSource()).schema(database.schema()).build()) {
      long id = inserter.insert(new ExitingWorker.Exiting()).id();

      assertThat(exitCode()).isEqualTo(3);

      JobRow job = inserter.jobs().find(id).orElseThrow();
      assertThat(job.state()).isIn(JobState.AVAILABLE, JobState.RETRYABLE);
      assertThat(job.attempt()).isEqualTo(1);
      assertThat(job.errors()).hasSize(1);
      assertThat(job.errors().getFirst().error())
          .contains("(exiting), attempt 1: its worker called System.exit");
      assertThat(job.metadata()).contains("\"river:rescue_count\": 1");
    }
  }

  private int exitCode() throws IOException, InterruptedException {
    Process process = processes.start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("the process ends").isTrue();
    return process.exitValue();
  }
}
