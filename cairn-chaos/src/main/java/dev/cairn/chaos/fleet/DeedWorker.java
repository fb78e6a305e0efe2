package dev.cairn.chaos.fleet;

import dev.cairn.Job;
import dev.cairn.JobInterruption;
import dev.cairn.JobSnoozeException;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.chaos.history.Deed;
import dev.cairn.chaos.history.Note;
import dev.cairn.chaos.history.Note.Kind;
import dev.cairn.chaos.history.Outage;
import dev.cairn.chaos.history.Rung;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;

/** Works each {@link Deed}, and notes its beginning, its end, and each effect. */
final class DeedWorker implements Worker<Deed> {
  private final DataSource pool;
  private final Journal journal;
  private final String client;
  private final String schema;
  private final AtomicLong runs = new AtomicLong();

  DeedWorker(DataSource pool, Journal journal, String client, String schema) {
    this.pool = pool;
    this.journal = journal;
    this.client = client;
    this.schema = schema;
  }

  @Override
  public void work(Job<Deed> job, WorkContext context) throws Exception {
    String run = client + "#" + runs.incrementAndGet();
    Rung rung = job.args().rung();
    journal.note(Kind.BEGAN, run, job.id(), job.attempt(), job.args().key());
    try {
      new DeedRun(pool, journal, run, schema, job, context).play(rung);
    } catch (JobInterruption | JobSnoozeException e) {
      end(job, run, Note.INTERRUPTED + " " + e.getMessage());
      throw e;
    } catch (Throwable e) {
      end(job, run, (Outage.caused(e) ? Note.CUT_OFF : Note.THREW) + " " + e);
      throw e;
    }
    end(job, run, Note.RETURNED);
  }

  private void end(Job<Deed> job, String run, String how) {
    journal.note(Kind.ENDED, run, job.id(), 0, how);
  }
}
