package dev.cairn.chaos.fleet;

import dev.cairn.Job;
import dev.cairn.WorkContext;
import dev.cairn.chaos.history.Deed;
import dev.cairn.chaos.history.Note.Kind;
import dev.cairn.chaos.history.Rung;
import dev.cairn.resumable.Cursor;
import dev.cairn.resumable.StepPlan;
import dev.cairn.resumable.Steps;
import dev.cairn.resumable.VersionChange;
import dev.cairn.source.Sources;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** One run of one job: does the work of its rung, and notes each effect. */
final class DeedRun {
  private static final long ITEM_MILLIS = 40;
  private static final int BATCH = 4;
  private static final String BETWEEN = "between-";
  private static final String ADDED = "added";
  private static final Duration NAP = Duration.ofMillis(500);

  private final DataSource pool;
  private final Journal journal;
  private final String run;
  private final String insertRow;
  private final Job<Deed> job;
  private final WorkContext context;
  private final Rung rung;
  private final int code;

  DeedRun(
      DataSource pool,
      Journal journal,
      String run,
      WorkerSettings settings,
      Job<Deed> job,
      WorkContext context) {
    this.pool = pool;
    this.journal = journal;
    this.run = run;
    // The statement names the schema: behind a pooler in transaction mode, there is no search path.
    this.insertRow =
        """
        /* the worker's own row */
        INSERT INTO %s.chaos_effect (job_id, step, item, client, run) VALUES (?, ?, ?, ?, ?)
        """
            .formatted(settings.schema());
    this.code = settings.code();
    this.job = job;
    this.context = context;
    this.rung = job.args().rung();
  }

  void play(Rung played) throws Exception {
    Steps steps = Steps.of(context);
    switch (played) {
      case PLAIN, TOLD -> did("plain", 0);
      case ADVANCE -> advance(steps);
      case CHECKPOINT -> checkpoint(steps, "checkpoint");
      case ADVANCE_TX -> advanceTx(steps);
      case ADVANCE_IN_TRANSACTION -> advanceInTransaction(steps);
      case STEP_TX -> stepTx(steps);
      case COMPLETE_TX ->
          context.inTransaction(connection -> {
            write(connection, "completeTx", 0);
            context.completeTx(connection);
            return true;
          });
      case FOR_EACH_TX ->
          steps.forEachTx(
              "forEachTx",
              Sources.range(0, rung.items("forEachTx")),
              BATCH,
              (connection, items) -> writeAll(connection, "forEachTx", items));
      case PARALLEL ->
          steps.parallel(
              "both",
              branches -> {
                branches.add("a", branch -> checkpoint(branch, "steps"));
                branches.add(
                    "b",
                    branch ->
                        branch.forEachTx(
                            "rows",
                            Sources.range(0, rung.items("rows")),
                            BATCH / 2,
                            (connection, items) -> writeAll(connection, "rows", items)));
              });
      case PARTS ->
          steps.forEachTxInParts(
              "parts",
              Sources.range(0, rung.items("parts")),
              2,
              BATCH / 2,
              (connection, items) -> writeAll(connection, "parts", items));
      case SLEEP -> {
        single(steps, "before", null);
        steps.sleep("nap", NAP);
        single(steps, "after", "before");
      }
      case SIGNAL -> {
        single(steps, "before", null);
        steps.awaitSignal("signal", job.args().key(), String.class);
        single(steps, "after", "before");
      }
      case RETRY -> retry(steps);
      case FAIL_ONCE -> {
        single(steps, "before", null);
        if (job.attempt() == 1) {
          throw new IOException("planned failure");
        }
        single(steps, "after", "before");
      }
      case DEAF, EXIT, OUT_OF_MEMORY, STACK_OVERFLOW, THREADS ->
          Poison.of(rung).play(steps, this::did);
    }
  }

  private void advance(Steps steps) throws Exception {
    steps.cursor(
        "advance",
        Long.class,
        0L,
        cursor -> {
          for (long item = at("advance", cursor); item < rung.items("advance"); item++) {
            did("advance", item);
            pause();
            cursor.advance(item + 1);
          }
        });
  }

  private void checkpoint(Steps steps, String name) throws Exception {
    steps.cursor(
        name,
        Long.class,
        0L,
        cursor -> {
          for (long item = at(name, cursor); item < rung.items(name); item++) {
            did(name, item);
            cursor.checkpoint(item + 1);
            kept(name, item);
            pause();
          }
        });
  }

  private void advanceTx(Steps steps) throws Exception {
    steps.cursor(
        "advanceTx",
        Long.class,
        0L,
        cursor -> {
          for (long item = at("advanceTx", cursor); item < rung.items("advanceTx"); item++) {
            writeAndAdvance(cursor, item);
            pause();
          }
        });
  }

  private void writeAndAdvance(Cursor<Long> cursor, long item) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      try {
        write(connection, "advanceTx", item);
        cursor.advanceTx(connection, item + 1);
        connection.commit();
      } catch (Throwable e) {
        connection.rollback();
        throw e;
      }
    }
  }

  private void advanceInTransaction(Steps steps) throws Exception {
    steps.cursor(
        "advanceInTransaction",
        Long.class,
        0L,
        cursor -> {
          at("advanceInTransaction", cursor);
          while (cursor.get() < rung.items("advanceInTransaction")) {
            cursor.advanceInTransaction((connection, position) -> {
              write(connection, "advanceInTransaction", position);
              return position + 1;
            });
            pause();
          }
        });
  }

  private void stepTx(Steps steps) throws Exception {
    steps.plan(plan());
    steps.stepTx("first", connection -> writeSlowly(connection, "first"));
    steps.step(BETWEEN + code, () -> did("between", 0));
    if (code > 1) {
      steps.step(ADDED, DeedRun::pause);
    }
    steps.stepTx("second", connection -> writeSlowly(connection, "second"));
  }

  /** Each version renames a step. All versions but the first run the added step, too. */
  private StepPlan plan() {
    StepPlan plan = StepPlan.of("first", BETWEEN + code, ADDED, "second");
    for (int older = 1; older < code; older++) {
      plan = plan.renamed(BETWEEN + older, BETWEEN + code);
    }
    return plan.version(code, progress -> VersionChange.Decision.CONTINUE);
  }

  private void retry(Steps steps) throws Exception {
    var tries = new int[1];
    steps
        .retrying(3, Duration.ofMillis(20))
        .step(
            "done",
            () -> {
              if (tries[0]++ == 0) {
                throw new IOException("planned failure, retried within the attempt");
              }
              did("done", 0);
            });
  }

  /** A step with one effect. When its code runs, the end of the previous step is durable. */
  private void single(Steps steps, String step, @Nullable String previous) throws Exception {
    steps.step(
        step,
        () -> {
          if (previous != null) {
            kept(previous, 0);
          }
          did(step, 0);
        });
  }

  private void did(String step, long item) {
    journal.note(Kind.DID, run, job.id(), step, item);
  }

  private void kept(String step, long item) {
    journal.note(Kind.KEPT, run, job.id(), step, item);
  }

  private long at(String step, Cursor<Long> cursor) {
    long position = cursor.get();
    journal.note(Kind.AT, run, job.id(), step, position);
    return position;
  }

  private void writeSlowly(Connection connection, String step) throws Exception {
    write(connection, step, 0);
    pause();
  }

  private void writeAll(Connection connection, String step, List<Long> items) throws Exception {
    for (long item : items) {
      write(connection, step, item);
    }
    pause();
  }

  private void write(Connection connection, String step, long item) throws SQLException {
    try (var insert = connection.prepareStatement(insertRow)) {
      insert.setLong(1, job.id());
      insert.setString(2, step);
      insert.setLong(3, item);
      insert.setString(4, journal.client());
      insert.setString(5, run);
      insert.executeUpdate();
    }
  }

  /** Makes jobs take some time, so that attacks interrupt them. */
  private static void pause() throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(ITEM_MILLIS);
  }
}
