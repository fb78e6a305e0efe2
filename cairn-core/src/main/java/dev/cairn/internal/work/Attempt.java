package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.ResumePolicy;
import dev.cairn.event.Event;
import dev.cairn.event.StepEvent;
import dev.cairn.internal.claims.HeldClaim;
import dev.cairn.internal.claims.Run;
import dev.cairn.internal.store.AttemptTimes;
import dev.cairn.internal.store.ClaimStatus.Standing;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.Fenced;
import dev.cairn.internal.store.MetadataKeys;
import java.sql.Connection;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * One running attempt of a job: the owner of everything that belongs to it alone. Thread-safe: the
 * worker's threads, and those that watch over it, meet here.
 */
final class Attempt implements Run {
  private final Assignment assignment;
  private final Job<?> job;
  private final AttemptServices services;
  private final ResumePolicy policy;
  private final RunningTime time;
  private final AttemptThreads threads = new AttemptThreads();
  private final AttemptCheckpoints checkpoints;
  private final AttemptWaits waits;
  private final AttemptMetadata metadata;
  private final StopRequest stopRequest;

  private volatile boolean completedByWorker;

  /** An attempt of the calling thread. */
  Attempt(Assignment assignment, Job<?> job, AttemptServices services, ResumePolicy policy) {
    this.assignment = assignment;
    this.job = job;
    this.services = services;
    this.policy = policy;
    this.time = new RunningTime(assignment.claimed());
    this.checkpoints = new AttemptCheckpoints(this, services);
    this.waits = new AttemptWaits(this, services.waits());
    this.metadata =
        new AttemptMetadata(
            assignment.claimed().metadata(), assignment.describe(), services.codec());
    this.stopRequest = new StopRequest(policy, checkpoints::lastMoveNanos);
  }

  HeldClaim held() {
    return assignment.held();
  }

  ClaimedJob claimed() {
    return assignment.claimed();
  }

  Slot slot() {
    return assignment.slot();
  }

  Job<?> job() {
    return job;
  }

  ResumePolicy policy() {
    return policy;
  }

  RunningTime time() {
    return time;
  }

  AttemptTimes times() {
    return time.times();
  }

  AttemptThreads threads() {
    return threads;
  }

  InterruptGate gate() {
    return threads.gate();
  }

  AttemptCheckpoints checkpoints() {
    return checkpoints;
  }

  AttemptWaits waits() {
    return waits;
  }

  /** The metadata as they were at the claim, and what is added to them. */
  AttemptMetadata metadata() {
    return metadata;
  }

  /** Whether and why it has to stop. */
  StopRequest stopRequest() {
    return stopRequest;
  }

  /** Empty while it may go on. */
  Optional<InterruptionReason> interruption() {
    return stopRequest.reason();
  }

  /** Throws if it has to stop, or the time of the calling thread is over. */
  void yieldIfInterrupted() {
    stopRequest.yieldIfAsked(describe());
    threads.checkTime();
  }

  @Override
  public void interrupt(InterruptionReason reason) {
    stopRequest.ask(reason);
  }

  @Override
  public void lose() {
    stopRequest.loseJob();
  }

  /** Throws if the job is somebody else's, or may be: nothing more should be begun for it. */
  void yieldIfLeaseLost() {
    if (stopRequest.isLeaseLost()) {
      yieldIfInterrupted();
    }
  }

  /** The attempt uses steps for the first time. */
  void usesSteps() {
    if (stopRequest.watchProgress()) {
      services.deadlines().watch(this);
    }
  }

  StepEvent.Origin origin() {
    return new StepEvent.Origin(job.id(), job.kind(), job.attempt());
  }

  /** Nothing of this attempt is valid any more. */
  void end() {
    time.end();
    gate().close();
  }

  boolean hasEnded() {
    return time.hasEnded();
  }

  /** How many attempts a failure gives back because the job has come further (R19). */
  int renewal() {
    boolean renews = policy.progressRenewsAttempts() && checkpoints.hasProgressed();
    return renews ? Math.max(job.attempt() - 1, 0) : 0;
  }

  /** Whether the worker has failed because the database was taken away from it. */
  boolean isOutage(Throwable failure) {
    return services.transactions().isOutage(failure);
  }

  /** How often the job has failed if this attempt fails, the renewed attempts included. */
  int failuresInLife() {
    return metadata.counted(MetadataKeys.ATTEMPTS_RENEWED) + job.attempt();
  }

  /** Completes the job in a transaction of the worker. */
  void completeTx(Connection connection) {
    requireActive("completeTx");
    yieldIfInterrupted();
    // What is still on its way could not be deleted by the caller's transaction.
    checkpoints.flush();
    Standing standing =
        guarded(
            () -> services.jobs().completeTx(connection, checkpoints.fenced(), metadata.json()));
    requireHeld(standing, "its completion");
    completedByWorker = true;
  }

  /** Whether {@link #completeTx} was called, in whatever became of its transaction. */
  boolean isCompletedByWorker() {
    return completedByWorker;
  }

  /**
   * Ends the attempt if its claim did not hold for a write in a transaction of the worker.
   *
   * @throws IllegalStateException if the job is completed already: by this very transaction, or by
   *     an earlier one
   */
  void requireHeld(Standing standing, String what) {
    switch (standing) {
      case HELD -> {}
      case COMPLETED -> {
        if (!completedByWorker) {
          loseJob();
        }
        throw new IllegalStateException(
            "%s is completed already, by completeTx: %s cannot follow it [CAIRN-312]"
                .formatted(describe(), what));
      }
      case REWOUND -> {
        // The job is still ours: the outcome hands it back.
        interrupt(InterruptionReason.LEASE_LOST);
        yieldIfInterrupted();
      }
      case ENDED, LOST -> loseJob();
    }
  }

  /** Tells on another thread, so that nobody who is here waits for a listener. */
  void publishLater(Event event) {
    if (services.events().isHeard(event.kind())) {
      services.teller().tell(() -> services.events().publish(event));
    }
  }

  /** Ends the attempt at once: what it still does is not written to the job (R5). */
  void loseJob() {
    lose();
    services.register().suspect();
    yieldIfInterrupted();
  }

  /** What a statement has answered that names the claim; ends the attempt if that is over. */
  <T> T held(Fenced<T> answer) {
    T value = answer.value();
    if (value == null) {
      loseJob();
      throw new IllegalStateException("an attempt that has lost its job goes on");
    }
    return value;
  }

  /** Runs a statement on the job's own thread, with interrupts kept away. */
  <T> T guarded(Supplier<T> statement) {
    return threads.guarded(statement);
  }

  void requireActive(String call) {
    if (time.hasEnded()) {
      throw new IllegalStateException(
          "%s is over: %s was called after its worker had returned [CAIRN-311]"
              .formatted(describe(), call));
    }
  }

  /** Names the job and the attempt in messages. */
  String describe() {
    return assignment.describe();
  }
}
