package dev.cairn.resumable;

import dev.cairn.JobState;
import dev.cairn.internal.text.DurationText;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Waits;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Steps that wait without a thread, a slot or a transaction (R24). */
final class WaitingSteps {
  /** Longer than any database will exist. */
  private static final Duration FOR_EVER = Duration.ofDays(36_500);

  private final StepRunner runner;
  private final StepScope scope;
  private final StepOptions options;
  private final Waits waits;

  WaitingSteps(StepRunner runner, StepScope scope, StepOptions options) {
    this.runner = runner;
    this.scope = scope;
    this.options = options;
    this.waits = runner.context().waits();
  }

  void sleepUntil(StepEntry entry, Instant until) throws Exception {
    StepEntry ignored =
        run(
            entry,
            () -> {
              Instant end = savedTime(entry).orElse(earlier(until, waits.now().plus(FOR_EVER)));
              if (waits.now().isBefore(end)) {
                saveTime(entry, end);
                throw scope.suspend(new BranchGroup.Wait(end, List.of()));
              }
              return null;
            });
  }

  void sleep(StepEntry entry, Duration time) throws Exception {
    sleepUntil(entry, after(waits.now(), time));
  }

  /** Waits for a signal. Finishes with its payload, or without a value when the time is over. */
  StepEntry signal(StepEntry entry, String name, @Nullable Duration timeout) throws Exception {
    return run(
        entry,
        () -> {
          Instant end = timeout == null ? null : end(entry, timeout);
          Optional<Waits.Signal> signal = waits.signal(entry.path(), name);
          if (signal.isPresent()) {
            String payload = signal.get().payload();
            return payload == null ? "null" : payload;
          }
          waitOn(entry, end);
          return null;
        });
  }

  /**
   * The end of a wait. It is saved before the first check, which may fail or be cut off: the next
   * try or attempt keeps it (R36).
   */
  private Instant end(StepEntry entry, Duration timeout) {
    Optional<Instant> saved = savedTime(entry);
    if (saved.isPresent()) {
      return saved.get();
    }
    Instant end = after(waits.now(), timeout);
    saveTime(entry, end);
    return end;
  }

  /** Waits for a job. Finishes with its final state, or without a value if the job was deleted. */
  StepEntry job(StepEntry entry, long jobId) throws Exception {
    if (jobId == runner.context().job().id()) {
      throw new IllegalArgumentException(
          "%s would wait for itself".formatted(runner.values().job()));
    }
    return run(
        entry,
        () -> {
          Waits.AwaitedJob job = waits.job(entry.path(), jobId);
          if (!job.ended()) {
            waitOn(entry, null);
          }
          JobState state = job.state();
          return state == null ? null : runner.values().encodeResult(entry, state, JobState.class);
        });
  }

  /** Suspends the attempt, or returns if the time is over. */
  private void waitOn(StepEntry entry, @Nullable Instant end) {
    List<String> steps = List.of(entry.path());
    Instant now = waits.now();
    if (end == null) {
      runner.context().checkpoints().save(entry.at(null));
      throw scope.suspend(new BranchGroup.Wait(now.plus(FOR_EVER), steps));
    }
    if (now.isBefore(end)) {
      saveTime(entry, end);
      throw scope.suspend(new BranchGroup.Wait(end, steps));
    }
    waits.forget(entry.path());
  }

  /** The time after a duration, which may be negative or unlimited. */
  private static Instant after(Instant now, Duration time) {
    if (time.isNegative()) {
      return now;
    }
    return now.plus(time.compareTo(FOR_EVER) < 0 ? time : FOR_EVER);
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }

  private Optional<Instant> savedTime(StepEntry entry) {
    // Not that of the entry: an earlier try may have saved it in this attempt.
    String json = runner.ledger().savedValue(entry.path());
    return json == null
        ? Optional.empty()
        : Optional.ofNullable(runner.values().<Instant>cursor(entry, json, Instant.class));
  }

  /** Saves the time now, because an enclosing step may be tried again in this attempt. */
  private void saveTime(StepEntry entry, Instant time) {
    Checkpoint until = entry.at(runner.values().encodeCursor(entry, time));
    runner.context().checkpoints().save(until);
    runner.ledger().noteProgress(until);
  }

  /** Returns the finished step, which an earlier attempt may have finished. */
  private StepEntry run(StepEntry entry, Callable<@Nullable String> body) throws Exception {
    requireNoTimeout(entry);
    if (entry.isFinished()) {
      return entry;
    }
    var result = new @Nullable String[1];
    runner.run(scope, options, entry, () -> result[0] = body.call());
    runner.ledger().finish(entry, result[0]);
    return entry.finishedWith(result[0]);
  }

  /** A timeout would limit only the check, which is never what was meant. */
  private void requireNoTimeout(StepEntry entry) {
    Duration timeout = options.timeout();
    if (timeout != null) {
      throw new IllegalStateException(
          ("step '%s' of %s waits and has a timeout of %s: no time limit includes waiting. Give "
                  + "awaitSignal(...) its own timeout, or leave timeout(...) out [CAIRN-329]")
              .formatted(entry.path(), runner.values().job(), DurationText.of(timeout)));
    }
  }
}
