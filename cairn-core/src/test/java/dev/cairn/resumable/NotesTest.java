package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.WorkContext;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.MiddlewareContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Notes of extensions about a job: part of its state, but no step and no progress. */
class NotesTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  private static void note(WorkContext context, String value) {
    ((MiddlewareContext) context).checkpoints().save(Checkpoint.note("test", value));
  }

  private static List<String> notes(WorkContext context) {
    var found = new ArrayList<String>();
    ((MiddlewareContext) context)
        .checkpoints().load().checkpoints().stream()
            .filter(Checkpoint::isNote)
            .forEach(note -> found.add(note.value()));
    return found;
  }

  @Test
  void aNoteIsFoundByTheNextAttemptAndIsNoStepOfTheJob() throws Exception {
    var seen = new CopyOnWriteArrayList<String>();
    Cairn client =
        jobs.start((steps, context) -> {
          seen.addAll(notes(context));
          steps.plan(StepPlan.of("one"));
          note(context, "\"attempt %d\"".formatted(context.job().attempt()));
          steps.step(
              "one",
              () -> {
                if (context.job().attempt() == 1) {
                  throw new IllegalStateException("not yet");
                }
              });
        });
    long id = jobs.insert(client);
    clients.await(id, JobState.RETRYABLE);
    client.jobs().retry(id);
    clients.await(id, JobState.COMPLETED);

    assertThat(seen).containsExactly("\"attempt 1\"");
    assertThat(database.number("SELECT count(*) FROM cairn_checkpoint WHERE job_id = ?", id))
        .isZero();
  }

  /** Otherwise a short job that is traced would need another statement. */
  @Test
  void nobodyWaitsForANote() throws Exception {
    Cairn client =
        jobs.start(
            (steps, context) -> {
              note(context, "1");
              ((MiddlewareContext) context).checkpoints().flush();
              throw new IllegalStateException(
                  "rows: " + database.number("SELECT count(*) FROM cairn_checkpoint"));
            },
            builder -> builder.flushInterval(Duration.ofHours(1)));
    long id = jobs.insert(client);
    clients.await(id, JobState.RETRYABLE);

    assertThat(client.jobs().find(id).orElseThrow().errors().getFirst().error())
        .isEqualTo("rows: 0");
    assertThat(database.number("SELECT count(*) FROM cairn_checkpoint WHERE job_id = ?", id))
        .as("it goes with the outcome")
        .isEqualTo(1);
  }
}
