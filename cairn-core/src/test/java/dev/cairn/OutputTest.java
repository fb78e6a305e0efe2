package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
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

  /** Seen before: it was lost, and nothing said so. */
  @Test
  void whatComesAfterTheEndIsRefused() {
    var kept = new AtomicReference<WorkContext>();
    worked((showing, context) -> kept.set(context), JobState.COMPLETED);
    WorkContext over = Objects.requireNonNull(kept.get());

    assertThatThrownBy(() -> over.recordOutput("late"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("recordOutput was called after its worker had returned", "311");
    assertThatThrownBy(() -> over.setMetadata("late", 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("setMetadata was called after its worker had returned", "311");
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

  record Shown(Object value) {}

  /** With getters only. */
  static final class Unreadable {
    private Unreadable(int first, int second) {
      assertThat(first).isNotEqualTo(second);
    }

    public String getName() {
      return "x";
    }
  }

  @Test
  void whatTheDatabaseWouldRefuseIsRefusedByTheCallAndTheRestIsKept() {
    JobRow job =
        worked(
            (showing, context) -> {
              context.recordOutput("good");
              String what = "the output of job %d (showing)".formatted(context.job().id());
              assertThatThrownBy(() -> context.recordOutput(Map.of("text", "a\0b")))
                  .isInstanceOf(IllegalArgumentException.class)
                  .hasMessageContainingAll(what, "/text", "U+0000");
              assertThatThrownBy(() -> context.recordOutput(new BigDecimal("1E+200000")))
                  .hasMessageContainingAll(what, "131072 digits");
              assertThatThrownBy(() -> context.recordOutput(new BigDecimal("0.1E-16383")))
                  .hasMessageContainingAll(what, "16383 after");
              assertThatThrownBy(() -> context.recordOutput(nested(501)))
                  .hasMessageContaining(what)
                  .hasMessageContaining("500");
              assertThatThrownBy(() -> context.recordOutput(new Unreadable(1, 2)))
                  .hasMessageContainingAll(what, "make it a record");
              assertThatThrownBy(() -> context.setMetadata("rate", Map.of("at", "\0")))
                  .hasMessageContainingAll(
                      "metadata 'rate' of job %d (showing)".formatted(context.job().id()), "/at");
              assertThatThrownBy(() -> context.setMetadata("shown", new Shown(Instant.EPOCH)))
                  .hasMessageContainingAll("metadata 'shown' of job", "field 'value'", "String");
              assertThatThrownBy(() -> context.setMetadata("large", "ä".repeat(16 << 20)))
                  .hasMessageContainingAll("metadata 'large' of job", "larger than 32 MB");
              context.setMetadata("most", new BigDecimal("1E+131071"));
              context.setMetadata("least", new BigDecimal("1E-16383"));
            },
            JobState.COMPLETED);

    assertThat(job.output()).hasValue("\"good\"");
    assertThat(
            database.number(
                "SELECT length(metadata ->> 'most') + length(metadata ->> 'least') FROM %s.river_job WHERE id = ?"
                    .formatted(database.schema()),
                job.id()))
        .isEqualTo(131_072 + 16_385);
  }

  private static Object nested(int levels) {
    Object value = "x";
    for (int i = 0; i < levels; i++) {
      value = List.of(value);
    }
    return value;
  }
}
