package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What jobs have to show for themselves. */
class OutputTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  @JobKind("showing")
  record Showing(String name) {}

  private JobRow worked(Worker<Showing> worker, JobState end) {
    Cairn client = clients.start(Showing.class, worker);
    long id = client.insert(new Showing("x"), InsertOptions.defaults().withMaxAttempts(1)).id();
    return clients.await(id, end);
  }

  @Test
  void theLastOutputIsKeptWhereRiverKeepsIt() {
    JobRow job =
        worked(
            (showing, context) -> {
              context.recordOutput("first");
              context.recordOutput(Map.of("rows", 7));
            },
            JobState.COMPLETED);

    assertThat(job.metadata()).isEqualTo("{\"output\": {\"rows\": 7}}");
    assertThat(job.output()).hasValue("{\"rows\":7}");
  }

  @Test
  void theOutputOfAFailedAttemptIsKeptToo() {
    JobRow job =
        worked(
            (showing, context) -> {
              context.recordOutput("as far as it got");
              throw new IllegalStateException("fails");
            },
            JobState.DISCARDED);

    assertThat(job.output()).hasValue("\"as far as it got\"");
  }

  @Test
  void aJobWithoutOutputHasNone() {
    assertThat(worked((showing, context) -> {}, JobState.COMPLETED).output()).isEmpty();
  }

  @Test
  void anOutputThatIsTooLargeFailsTheAttemptWithItsSize() {
    JobRow job =
        worked(
            (showing, context) -> context.recordOutput("ä".repeat(16 << 20)), JobState.DISCARDED);

    assertThat(job.errors().getFirst().error())
        .contains("job " + job.id(), "output", "larger than 32 MB");
    assertThat(job.output()).isEmpty();
  }
}
