package dev.cairn.resumable;

import dev.cairn.spi.Checkpoint.Progress;
import dev.cairn.spi.MiddlewareContext;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How far a step has come whose parts run at the same time: the sum of theirs (R17, R27). */
final class PartsProgress {
  /** The step of a part that goes through its items. */
  static final String ITEMS = "items";

  /** Who looks at a job does not look more often, and each part's item would cost twice as much. */
  private static final long INTERVAL_NANOS = Duration.ofMillis(100).toNanos();

  private final MiddlewareContext context;
  private final StepEntry around;
  private final SkipCount skips;
  private int unsized;
  private long done;
  private long total;
  private long savedNanos = System.nanoTime() - INTERVAL_NANOS;

  /** Begins with what earlier attempts have left of the parts. */
  PartsProgress(MiddlewareContext context, StepLedger ledger, StepEntry around, int parts) {
    this.context = context;
    this.around = around;
    this.skips = new SkipCount(context, ledger, around.path());
    this.unsized = parts;
    for (int part = 0; part < parts; part++) {
      Progress saved = ledger.savedProgress(around.path() + "/" + name(part) + "/" + ITEMS);
      if (saved.total() != null) {
        size(saved.total());
      }
      done += saved.done() == null ? 0 : saved.done();
    }
  }

  /** The name of a part's branch. */
  static String name(int part) {
    return Steps.name("part", part);
  }

  /** What is skipped in any part counts for all of them together. */
  SkipCount skips() {
    return skips;
  }

  /** How many items of all parts are done, over all attempts. */
  synchronized long done() {
    return done;
  }

  /** A part of which nothing was known has told its size. */
  synchronized void size(long items) {
    unsized--;
    total += items;
  }

  synchronized void add(long finished) {
    done += finished;
    around.meter().set(done, wholeTotal());
    long now = System.nanoTime();
    if (now - savedNanos >= INTERVAL_NANOS) {
      savedNanos = now;
      save();
    }
  }

  /** Has what is known by now seen, unless the step has finished and stays so. */
  synchronized void save() {
    if (!around.isFinished()) {
      context.checkpoints().save(around.at(null));
    }
  }

  private @Nullable Long wholeTotal() {
    return unsized == 0 ? total : null;
  }
}
