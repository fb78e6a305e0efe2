package dev.cairn.chaos.fleet;

import dev.cairn.InterruptionReason;
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
  private final WorkerSettings settings;
  private final AtomicLong runs = new AtomicLong();

  DeedWorker(DataSource pool, Journal journal, WorkerSettings settings) {
    this.pool = pool;
    this.journal = journal;
    this.settings = settings;
  }

  @Override
  public void work(Job<Deed> job, WorkContext context) throws Exception {
    String run = settings.client() + "#" + runs.incrementAndGet();
    Rung rung = job.args().rung();
    journal.note(Kind.BEGAN, run, job.id(), job.attempt(), job.args().key());
    try {
      new DeedRun(pool, journal, run, settings, job, context).play(rung);
    } catch (JobInterruption e) {
      boolean waits = e.reason() == InterruptionReason.SUSPENDED;
      end(
          job,
          run,
          "%s %s: %s"
              .formatted(waits ? Note.SUSPENDED : Note.INTERRUPTED, e.reason(), e.getMessage()));
      throw e;
    } catch (JobSnoozeException e) {
      end(job, run, Note.SUSPENDED + " " + e.getMessage());
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
