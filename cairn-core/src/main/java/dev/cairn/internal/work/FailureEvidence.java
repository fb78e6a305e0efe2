package dev.cairn.internal.work;

import dev.cairn.internal.store.FinishedAttempt.Form;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * Distinguishes an outcome that the database refuses from a database that refuses all outcomes for
 * a while, for example because a trigger, a role or a proxy was changed. A failing outcome is
 * considered the cause only if other outcomes are written by the same statement meanwhile, or if it
 * has failed for an hour. Used by one thread.
 */
final class FailureEvidence {
  /** How long an outcome may fail while no other outcome of its form is written. */
  private static final long UNWITNESSED_NANOS = Duration.ofHours(1).toNanos();

  private final LongSupplier nanoTime;
  private final Map<Form, LongAdder> written = new EnumMap<>(Form.class);

  FailureEvidence(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * How many outcomes had been written at a certain time.
   *
   * @param like the number of outcomes of the same form
   * @param detailed the number of outcomes with details. They count too for a completion with
   *     steps, which is written in the same way if the job has quarantined items
   */
  record Point(Form form, long like, long detailed, long nanos) {}

  Point now(Form form) {
    return new Point(form, count(form), count(Form.DETAILED), nanoTime.getAsLong());
  }

  private long count(Form form) {
    LongAdder count = written.get(form);
    return count == null ? 0 : count.sum();
  }

  /** Records that the database has written these outcomes. */
  void written(List<Ending> endings) {
    endings.forEach(ending ->
        written.computeIfAbsent(ending.attempt().form(), form -> new LongAdder()).increment());
  }

  /** Whether an outcome that has failed since this point is considered the cause. */
  boolean isAgainst(Point since) {
    Point now = now(since.form());
    boolean isWitnessed =
        now.like() > since.like()
            && (since.form() != Form.COMPLETION_OF_STEPS || now.detailed() > since.detailed());
    return isWitnessed || now.nanos() - since.nanos() >= UNWITNESSED_NANOS;
  }
}
