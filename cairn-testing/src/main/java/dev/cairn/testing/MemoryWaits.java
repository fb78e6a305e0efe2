package dev.cairn.testing;

import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.JobInterruption;
import dev.cairn.JobState;
import dev.cairn.internal.store.SignalName;
import dev.cairn.spi.Waits;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** The waits of one attempt that is worked without a database. Thread-safe. */
final class MemoryWaits implements Waits {
  private final AttemptContext context;
  private final Job<?> job;
  private final Map<String, String> signals;
  private volatile Duration ahead = Duration.ZERO;
  private volatile Duration suspendedFor = Duration.ZERO;

  MemoryWaits(AttemptContext context, Job<?> job, Map<String, String> signals) {
    this.context = context;
    this.job = job;
    this.signals = signals;
  }

  /** The time at which the attempt began: it takes no time here. */
  @Override
  public Instant now() {
    return job.attemptedAt().plus(ahead);
  }

  @Override
  public void shift(Duration time) {
    ahead = time;
  }

  @Override
  public JobInterruption suspend(Duration delay, boolean wakeable) {
    context.requireAlive("suspend");
    context.yieldIfInterrupted();
    suspendedFor = delay.isNegative() ? Duration.ZERO : delay;
    context.interrupt(InterruptionReason.SUSPENDED);
    context.yieldIfInterrupted();
    throw new IllegalStateException("a suspended attempt goes on");
  }

  /** How long the job has asked to wait; empty if it has not. */
  Duration suspendedFor() {
    return suspendedFor;
  }

  @Override
  public Optional<Signal> signal(String step, String name) {
    context.requireAlive("signal");
    String ignored = SignalName.require(name);
    context.memory().requireHeld();
    return Optional.ofNullable(signals.get(name)).map(Signal::new);
  }

  @Override
  public AwaitedJob job(String step, long jobId) {
    context.requireAlive("job");
    context.memory().requireHeld();
    // In the transaction of the test's thread, if there is one: the job may have been inserted in
    // it.
    JobState state = context.client().jobs().find(jobId).map(row -> row.state()).orElse(null);
    return new AwaitedJob(state == null || state.isFinal(), state);
  }

  @Override
  public void forget(String step) {
    context.requireAlive("forget");
    context.memory().requireHeld();
    // Nothing is noted here.
  }

  @Override
  public void forgetAll() {
    // Nothing is noted here.
  }
}
