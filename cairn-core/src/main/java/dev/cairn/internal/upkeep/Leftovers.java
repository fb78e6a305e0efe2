package dev.cairn.internal.upkeep;

import dev.cairn.internal.store.UpkeepStore;
import dev.cairn.internal.store.UpkeepStore.Passed;
import dev.cairn.internal.store.UpkeepStore.PassedSignals;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Deletes rows of Cairn's own tables that are no longer needed: rows of jobs that were deleted by a
 * program that does not know these tables, such as River for Go; waits of jobs that have ended; and
 * old signals. Looks at all rows, some at a time, so that even millions of them put little load on
 * the server. Used by one thread.
 */
final class Leftovers {
  /** The pause between two turns while there is much to delete. */
  static final Duration SOON = Duration.ofMillis(100);

  /** For each table and turn. */
  private static final Duration TIME_MAX = Duration.ofMillis(300);

  private static final int JOBS = 2_000;
  private static final int ROWS = 10_000;

  /** Fewer than jobs: a signal's row is read, and may have a large payload. */
  private static final int SIGNALS = 1_000;

  /**
   * The pause of a part that failed. Without it, each turn would repeat the failure and log a stack
   * trace.
   */
  private static final Duration REST_OF_FAILED = Duration.ofMinutes(5);

  private final List<Part> parts;

  Leftovers(UpkeepStore store) {
    this(store, TIME_MAX);
  }

  /**
   * As the other constructor says.
   *
   * @param timeMax the time for each table in a turn, without that of the last stretch
   */
  Leftovers(UpkeepStore store, Duration timeMax) {
    this.parts =
        Stream.concat(
                Stream.of(
                        ofJobs(store::cleanCheckpoints),
                        ofJobs(store::cleanQuarantine),
                        ofJobs(store::cleanWaits),
                        new Table<>("", after -> stretch(store.cleanSignals(after, SIGNALS))))
                    .map(table -> new Part(() -> table.clean(timeMax))),
                Stream.of(
                    new Part(() -> {
                      store.cleanClients();
                      return false;
                    })))
            .toList();
  }

  /**
   * Continues in each table for a moment, or to its end; after the end, the next turn starts from
   * the beginning of the table. Returns whether there is so much to delete that the next turn
   * should come soon. Otherwise, rows that are added faster than a turn deletes them would
   * accumulate.
   *
   * <p>A part that fails, for example because a privilege is missing, does not stop the other
   * parts, and is skipped for some minutes. The failure is thrown at the end. If the database is
   * not available, the other parts are not tried now. The part that noticed it is skipped, too: its
   * own statement may break the connection each time.
   */
  boolean clean() {
    boolean muchIsLeft = false;
    var failures = new Failures();
    for (Part part : parts) {
      muchIsLeft |= failures.catching(part::clean);
    }
    failures.throwFirst();
    return muchIsLeft;
  }

  /** One of the duties. Fails at most once in {@link #REST_OF_FAILED}. */
  private static final class Part {
    private final BooleanSupplier duty;
    private long dueNanos = System.nanoTime();

    Part(BooleanSupplier duty) {
      this.duty = duty;
    }

    boolean clean() {
      long now = System.nanoTime();
      if (now - dueNanos < 0) {
        return false;
      }
      dueNanos = now + REST_OF_FAILED.toNanos();
      boolean muchIsLeft = duty.getAsBoolean();
      dueNanos = now;
      return muchIsLeft;
    }
  }

  private interface PassOfJobs {
    Passed pass(long after, int jobs, int rows);
  }

  private static Table<Long> ofJobs(PassOfJobs pass) {
    return new Table<>(Long.MIN_VALUE, after -> stretch(after, pass.pass(after, JOBS, ROWS)));
  }

  private static Stretch<Long> stretch(long after, Passed passed) {
    // Rows that other sessions hold are no reason to come back soon.
    int over = passed.rows() > 0 ? passed.over() : 0;
    if (passed.rows() >= ROWS) {
      // There may be more of the same jobs. The look ended at the limit of rows, so nothing was
      // read in vain.
      return new Stretch<>(over, over, after);
    }
    boolean atEnd = passed.jobs() < JOBS;
    return new Stretch<>(passed.jobs(), over, atEnd ? null : passed.last());
  }

  private static Stretch<String> stretch(PassedSignals passed) {
    boolean atEnd = passed.looked() < SIGNALS;
    return new Stretch<>(passed.looked(), passed.deleted(), atEnd ? null : passed.last());
  }

  /**
   * A part of a table.
   *
   * @param <P> a place in the table
   * @param looked how many jobs or signals were looked at
   * @param over how many of these had rows to be deleted
   * @param next where the next part begins; null at the end
   */
  private record Stretch<P>(int looked, int over, @Nullable P next) {}

  private interface Pass<P> {
    Stretch<P> pass(P after);
  }

  /** A table, and the place up to which it was looked at. */
  private static final class Table<P> {
    private final P begin;
    private final Pass<P> pass;
    private P after;

    Table(P begin, Pass<P> pass) {
      this.begin = begin;
      this.pass = pass;
      this.after = begin;
    }

    /**
     * Returns whether there is more, and at least half of the jobs or signals that were looked at
     * had rows to be deleted.
     */
    boolean clean(Duration timeMax) {
      long began = System.nanoTime();
      long looked = 0;
      long over = 0;
      P next;
      do {
        Stretch<P> stretch = pass.pass(after);
        looked += stretch.looked();
        over += stretch.over();
        next = stretch.next();
        after = next == null ? begin : next;
      } while (next != null && System.nanoTime() - began < timeMax.toNanos());
      return next != null && over * 2 >= looked;
    }
  }
}
