package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.OddValues.Odd;
import dev.cairn.jobs.JobOperator;
import dev.cairn.jobs.JobUpdate;
import dev.cairn.jobs.Jobs;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An operator can act on every job, whatever its columns hold. */
class OddRowsOperatedTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private static final List<JobState> STATES =
      List.of(JobState.AVAILABLE, JobState.RUNNING, JobState.RETRYABLE, JobState.COMPLETED);

  /** The verbs, and the states that they change. */
  @SuppressWarnings("ImmutableEnumChecker") // neither is changed
  enum Verb {
    INTERRUPT(JobOperator::interrupt, Map.of()),
    PAUSE(
        JobOperator::pause,
        Map.of(JobState.AVAILABLE, JobState.PENDING, JobState.RETRYABLE, JobState.PENDING)),
    RESUME(JobOperator::resume, Map.of()),
    CANCEL(
        JobOperator::cancel,
        Map.of(JobState.AVAILABLE, JobState.CANCELLED, JobState.RETRYABLE, JobState.CANCELLED)),
    RETRY(
        JobOperator::retry,
        Map.of(JobState.RETRYABLE, JobState.AVAILABLE, JobState.COMPLETED, JobState.AVAILABLE)),
    UPDATE(
        (operator, id) -> operator.update(id, JobUpdate.nothing().withScheduledAt(Instant.EPOCH)),
        Map.of(JobState.RETRYABLE, JobState.AVAILABLE)),
    REWIND_TO_STEP((operator, id) -> operator.rewindToStep(id, "step"), Map.of()),
    REWIND_CURSOR((operator, id) -> operator.rewindCursor(id, "step", "1"), Map.of()),
    RUN_AGAIN_FROM(
        (operator, id) -> operator.runAgainFrom(id, "step"),
        Map.of(JobState.RETRYABLE, JobState.AVAILABLE)),
    SKIP_STEP((operator, id) -> operator.skipStep(id, "other", "1"), Map.of()),
    RESTART(
        JobOperator::restart,
        Map.of(JobState.RETRYABLE, JobState.AVAILABLE, JobState.COMPLETED, JobState.AVAILABLE)),
    REDRIVE(
        JobOperator::redrive,
        Map.of(JobState.RETRYABLE, JobState.AVAILABLE, JobState.COMPLETED, JobState.AVAILABLE));

    private final BiFunction<JobOperator, Long, Optional<JobRow>> action;
    private final Map<JobState, JobState> changes;

    Verb(BiFunction<JobOperator, Long, Optional<JobRow>> action, Map<JobState, JobState> changes) {
      this.action = action;
      this.changes = changes;
    }
  }

  @Tag("thorough")
  @ParameterizedTest
  @EnumSource
  void everyVerbWorks(Verb verb) {
    var problems = new ArrayList<String>();
    var rows = new OddRows(database);
    Jobs jobs = clients.inserter().jobs();
    int place = 0;
    for (Odd odd : rows.values()) {
      JobState state = STATES.get(place++ % STATES.size());
      rows.insert(odd, state, "default")
          .ifPresent(id -> {
            withStepAndItem(id);
            act(jobs, verb, odd, state, id).ifPresent(problems::add);
            forget(id);
          });
    }

    assertThat(problems).as("%d problems", problems.size()).isEmpty();
  }

  /** What goes wrong, if anything does. */
  private static Optional<String> act(Jobs jobs, Verb verb, Odd odd, JobState state, long id) {
    String where = "%s (%s): ".formatted(odd, state);
    try {
      JobRow job = verb.action.apply(jobs.operator("ada"), id).orElseThrow();
      JobState expected = verb.changes.getOrDefault(state, state);
      boolean isAsExpected = job.state() == expected || odd.column().equals("state");
      return isAsExpected ? Optional.empty() : Optional.of(where + "it is " + job.state());
    } catch (IllegalStateException | IllegalArgumentException refused) {
      // The verb says which job it is, and why it does not act on one in its state.
      return String.valueOf(refused.getMessage()).contains("job " + id)
          ? Optional.empty()
          : Optional.of(where + refused);
    } catch (RuntimeException e) {
      return Optional.of(where + e.toString().lines().findFirst().orElse(""));
    }
  }

  private void withStepAndItem(long id) {
    database.execute(
        """
        WITH step AS (
          INSERT INTO %1$s.cairn_checkpoint
            (job_id, name, position, finished, value, claimed_at, sequence)
          VALUES (?, 'step', 1, false, '5', now(), 1)
        )
        INSERT INTO %1$s.cairn_quarantine (job_id, step, item, position, error)
        VALUES (?, 'step', 'item', '1', 'failed')
        """
            .formatted(database.schema()),
        id,
        id);
  }

  private void forget(long id) {
    for (String table : List.of("cairn_checkpoint", "cairn_quarantine")) {
      database.execute(
          "DELETE FROM %s.%s WHERE job_id = ?".formatted(database.schema(), table), id);
    }
    database.execute("DELETE FROM %s.river_job WHERE id = ?".formatted(database.schema()), id);
  }
}
