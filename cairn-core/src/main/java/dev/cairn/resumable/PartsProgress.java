package dev.cairn.resumable;

import dev.cairn.spi.Checkpoint.Progress;
import dev.cairn.spi.MiddlewareContext;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The progress of a step whose parts run in parallel: the sum of their progress (R17, R27). */
final class PartsProgress {
  /** The name of the step of a part that processes its items. */
  static final String ITEMS = "items";

  /**
   * People do not look more often, and writing the progress for each item would double the cost of
   * an item.
   */
  private static final long INTERVAL_NANOS = Duration.ofMillis(100).toNanos();

  private final MiddlewareContext context;
  private final StepEntry around;
  private final SkipCount skips;
  private int unsized;
  private long done;
  private long total;
  private long savedNanos = System.nanoTime() - INTERVAL_NANOS;

  /** Starts with the progress that earlier attempts have saved for the parts. */
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

  /** Skipped items count for all parts together. */
  SkipCount skips() {
    return skips;
  }

  /** The number of finished items of all parts, over all attempts. */
  synchronized long done() {
    return done;
  }

  /** Adds the size of a part that was not known before. */
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

  /** Makes the current progress visible, unless the step has finished and stays finished. */
  synchronized void save() {
    if (!around.isFinished()) {
      context.checkpoints().save(around.at(null));
    }
  }

  private @Nullable Long wholeTotal() {
    return unsized == 0 ? total : null;
  }
}
