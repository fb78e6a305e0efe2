package dev.cairn.chaos.life;

import dev.cairn.Job;
import dev.cairn.JobCancelException;
import dev.cairn.JobDiscardException;
import dev.cairn.JobSnoozeException;
import dev.cairn.ResumePolicy;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.resumable.ItemPolicy;
import dev.cairn.resumable.Steps;
import dev.cairn.source.Sources;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Does the work of each {@link Role}, and reports it to the witness. */
final class ActWorker implements Worker<Act> {
  static final int BATCHED_ITEMS = 6;
  private static final int BATCH = 2;
  static final int BUFFERED_ITEMS = 40;
  static final List<String> STEPS_EFFECTS = List.of("count", "check", "row 0", "row 1", "row 2");
  private static final long ITEM_MILLIS = 20;

  private final Witness witness;

  ActWorker(Witness witness) {
    this.witness = witness;
  }

  @Override
  public Optional<ResumePolicy> resumePolicy(Job<Act> job) {
    return job.args().role() == Role.GO_ROW
        ? Optional.of(ResumePolicy.defaults().withJobRowForGo())
        : Optional.empty();
  }

  @Override
  public void work(Job<Act> job, WorkContext context) throws Exception {
    witness.begins(job.id(), context);
    try {
      play(job, context);
    } catch (Throwable e) {
      witness.threw(job.id(), e);
      throw e;
    } finally {
      witness.ends(job.id(), context);
    }
  }

  private void play(Job<Act> job, WorkContext context) throws Exception {
    Steps steps = Steps.of(context);
    long id = job.id();
    switch (job.args().role()) {
      case PLAIN,
          OLD,
          DUE,
          ORPHAN,
          STUCK,
          FRESH,
          FAR,
          FAR_CANCELLED,
          FAR_WORKED,
          PERIODIC,
          PERIODIC_DURABLE ->
          witness.effect(id, "plain");
      case STEPS -> playSteps(id, steps);
      case LOOP ->
          steps.forEach(
              "items",
              Sources.range(0, BUFFERED_ITEMS),
              item -> {
                witness.effect(id, "item " + item);
                TimeUnit.MILLISECONDS.sleep(ITEM_MILLIS);
              });
      case STEP_TX -> {
        steps.stepTx("first", connection -> write(connection, id, 0));
        steps.step("between", () -> witness.effect(id, "between"));
        steps.stepTx("second", connection -> write(connection, id, 1));
      }
      case ADVANCE_TX, GO_ROW -> playBatches(id, steps);
      case ADVANCE_TX_ASIDE -> playBatches(id, steps.failedItems(ItemPolicy.quarantine()));
      case PARALLEL ->
          steps.parallel(
              "both",
              branches -> {
                branches.add("rows", branch -> playBatches(id, branch));
                branches.add("steps", branch -> playSteps(id, branch));
              });
      case COMPLETE_TX ->
          context.inTransaction(connection -> {
            write(connection, id, 0);
            context.completeTx(connection);
            return true;
          });
      case FAIL_ONCE -> {
        steps.restartOn(IOException.class);
        steps.step("before", () -> witness.effect(id, "before"));
        steps.step("fails", () -> failIf(job.attempt() == 1));
      }
      case FAIL_LAST -> failIf(true);
      case DISCARD_ONCE -> {
        if (!witness.isMended()) {
          throw new JobDiscardException("planned discard");
        }
      }
      case CANCEL_ITSELF -> throw new JobCancelException("planned cancellation");
      case SNOOZE -> {
        if (!job.metadata().contains("\"snoozes\"")) {
          throw new JobSnoozeException(Duration.ofMillis(50));
        }
      }
      case YIELD ->
          steps.step(
              "yields",
              () -> {
                if (witness.begins(id) == 1) {
                  context.yieldNow("planned interruption");
                }
              });
      case SLEEP -> {
        steps.step("before", () -> witness.effect(id, "before"));
        steps.sleep("nap", Duration.ofMillis(200));
        witness.finished(id, "before");
      }
      case AWAIT_SIGNAL, LEFT_BY_SIGNAL ->
          steps.awaitSignal("signal", job.args().key(), String.class);
      case AWAIT_NOTHING ->
          steps.awaitSignal("signal", "never", String.class, Duration.ofMillis(200));
      case AWAIT_JOB -> steps.awaitJob("job", job.args().awaited());
      case QUARANTINE ->
          steps
              .failedItems(ItemPolicy.quarantine())
              .forEach(
                  "items", Sources.range(0, 5), item -> failIf(item == 2 && !witness.isMended()));
      case CANCELLED_BY_OPERATOR, PAUSED_BY_OPERATOR, INTERRUPTED_BY_OPERATOR, RUNNING_AT_STOP ->
          playUntilTheEnd(id, steps);
    }
  }

  private void playSteps(long id, Steps steps) throws Exception {
    int count =
        steps.step(
            "count",
            Integer.class,
            () -> {
              witness.effect(id, "count");
              return 3;
            });
    steps.step(
        "check",
        () -> {
          witness.finished(id, "count");
          witness.effect(id, "check");
        });
    steps.cursor(
        "rows",
        Integer.class,
        0,
        cursor -> {
          witness.finished(id, "check");
          for (int item = cursor.get(); item < count; item++) {
            witness.effect(id, "row " + item);
            cursor.checkpoint(item + 1);
            witness.finished(id, "row " + item);
          }
        });
  }

  private void playBatches(long id, Steps steps) throws Exception {
    steps.forEachTx(
        "items",
        Sources.range(0, BATCHED_ITEMS),
        BATCH,
        (connection, items) -> writeAll(connection, id, items));
  }

  private void playUntilTheEnd(long id, Steps steps) throws Exception {
    steps.step("before", () -> witness.effect(id, "before"));
    steps.cursor(
        "until the end",
        Integer.class,
        0,
        cursor -> {
          for (int turn = cursor.get(); !witness.isOver(); turn++) {
            cursor.advance(turn + 1);
            TimeUnit.MILLISECONDS.sleep(ITEM_MILLIS);
          }
        });
  }

  private static void failIf(boolean fails) throws IOException {
    if (fails) {
      throw new IOException("planned failure");
    }
  }

  private void writeAll(Connection connection, long id, List<Long> items) throws SQLException {
    for (long item : items) {
      write(connection, id, item);
    }
  }

  private void write(Connection connection, long id, long item) throws SQLException {
    try (var insert =
        connection.prepareStatement(
            "/* the worker's own row */ INSERT INTO effect (job_id, item) VALUES (?, ?)")) {
      insert.setLong(1, id);
      insert.setLong(2, item);
      insert.executeUpdate();
    } catch (Throwable e) {
      witness.failed(id, item);
      throw e;
    }
  }
}
