package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.ResumePolicy;
import dev.cairn.event.Event;
import dev.cairn.event.StepEvent;
import dev.cairn.internal.claims.HeldClaim;
import dev.cairn.internal.claims.Run;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.store.AttemptTimes;
import dev.cairn.internal.store.ClaimStatus.Standing;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.Fenced;
import dev.cairn.internal.store.OpenTransaction;
import java.sql.Connection;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One running attempt of a job. It owns everything that belongs to this attempt alone. Thread-safe:
 * the worker's threads and the threads that watch the attempt call it at the same time.
 */
final class Attempt implements Run {
  private final Assignment assignment;
  private final AttemptServices services;
  private final RunningTime time;
  private final AttemptThreads threads = new AttemptThreads();
  private final AttemptCheckpoints checkpoints;
  private final AttemptMetadata metadata;
  private final StopRequest stopRequest;

  /** Made when the worker waits, or ends as if it had: most jobs never do. */
  private volatile @Nullable AttemptWaits waits;

  private volatile Job<?> job;
  private volatile ResumePolicy policy;
  private volatile boolean prepared;
  private volatile boolean completedByWorker;

  /**
   * An attempt that runs on the calling thread. Until it is prepared, its job has arguments that
   * are not decoded.
   *
   * @param policy applies unless the worker has its own
   */
  Attempt(Assignment assignment, AttemptServices services, ResumePolicy policy) {
    this.assignment = assignment;
    this.job = assignment.job(assignment.claimed().args());
    this.services = services;
    this.policy = policy;
    this.time = new RunningTime(assignment.claimed());
    this.checkpoints = new AttemptCheckpoints(this, services);
    this.metadata =
        new AttemptMetadata(
            assignment.claimed().metadata(), assignment::describe, services.codec());
    this.stopRequest = new StopRequest(this::policy, checkpoints::lastMoveNanos);
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

  /** Sets the job with its decoded arguments. */
  void setJob(Job<?> decoded) {
    job = decoded;
  }

  ResumePolicy policy() {
    return policy;
  }

  /** Sets the policy of the worker. */
  void setPolicy(ResumePolicy ofWorker) {
    policy = ofWorker;
  }

  /** Notes that the arguments were decoded and the worker was asked for its options. */
  void setPrepared() {
    prepared = true;
  }

  /** Whether the worker's {@code work} is about to run, or has run. */
  boolean isPrepared() {
    return prepared;
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
    AttemptWaits made = waits;
    return made == null ? makeWaits() : made;
  }

  private synchronized AttemptWaits makeWaits() {
    AttemptWaits made = waits;
    if (made == null) {
      made = new AttemptWaits(this, services.waits());
      waits = made;
    }
    return made;
  }

  /** The metadata from the time of the claim, and the changes staged since. */
  AttemptMetadata metadata() {
    return metadata;
  }

  /** Whether the attempt has to stop, and why. */
  StopRequest stopRequest() {
    return stopRequest;
  }

  /** The reason to stop; empty while the attempt may continue. */
  Optional<InterruptionReason> interruption() {
    return stopRequest.reason();
  }

  /** Throws if the attempt has to stop, or if a time limit of the calling thread has passed. */
  void yieldIfInterrupted() {
    stopRequest.yieldIfAsked(this::describe);
    threads.checkTime();
  }

  /** Throws if a time limit of the calling thread has passed. */
  void checkTime() {
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

  /**
   * Throws if the job belongs or may belong to another attempt, because nothing more may be started
   * for the job then.
   */
  void yieldIfLeaseLost() {
    if (stopRequest.isLeaseLost()) {
      yieldIfInterrupted();
    }
  }

  /** Notes that the attempt uses steps. */
  void usesSteps() {
    if (stopRequest.watchProgress()) {
      services.deadlines().watch(this);
    }
  }

  StepEvent.Origin origin() {
    return new StepEvent.Origin(job.id(), job.kind(), job.attempt(), job.attemptedAt());
  }

  /** Ends the attempt. The worker's code may not use any of its objects after this. */
  void end() {
    time.end();
    gate().close();
  }

  boolean hasEnded() {
    return time.hasEnded();
  }

  /** The number of attempts that a failure gives back because the job has made progress (R19). */
  int renewal() {
    boolean renews = policy.progressRenewsAttempts() && checkpoints.progress().isMade();
    return renews ? Math.max(job.attempt() - 1, 0) : 0;
  }

  /** Whether the worker failed because of a database outage. */
  boolean isOutage(Throwable failure) {
    return services.transactions().isOutage(failure);
  }

  /**
   * The number of failures of the job if this attempt fails, including those of renewed attempts.
   */
  int failuresInLife() {
    return metadata.counted(MetadataKeys.ATTEMPTS_RENEWED) + job.attempt();
  }

  /** Completes the job in the worker's transaction. */
  void completeTx(Connection connection) {
    requireActive("completeTx");
    OpenTransaction.require(connection, "completeTx", this::describe);
    yieldIfInterrupted();
    // The caller's transaction cannot delete a checkpoint that is still being written.
    checkpoints.flush();
    Standing standing =
        guarded(
            () -> services.jobs().completeTx(connection, checkpoints.fenced(), metadata.json()));
    requireHeld(standing, "its completion");
    completedByWorker = true;
  }

  /** Whether {@link #completeTx} was called, even if its transaction was rolled back. */
  boolean isCompletedByWorker() {
    return completedByWorker;
  }

  /**
   * Ends the attempt if its claim did not hold for a write in the worker's transaction.
   *
   * @throws IllegalStateException if the job is already completed, by this transaction or by an
   *     earlier one
   */
  void requireHeld(Standing standing, String what) {
    switch (standing) {
      case HELD -> {}
      case COMPLETED -> {
        if (!completedByWorker) {
          loseJob();
        }
        throw new IllegalStateException(
            "%s is already completed, by completeTx: %s cannot follow it [CAIRN-312]"
                .formatted(describe(), what));
      }
      case REWOUND -> {
        // The job still belongs to this client: the outcome hands it back.
        interrupt(InterruptionReason.LEASE_LOST);
        yieldIfInterrupted();
      }
      case ENDED, LOST -> loseJob();
    }
  }

  /** Publishes an event on another thread, so that the caller does not wait for listeners. */
  void publishLater(Event event) {
    if (services.events().isHeard(event.kind())) {
      services.dispatcher().dispatch(() -> services.events().publish(event));
    }
  }

  /** Ends the attempt at once. Nothing that it still does is written to the job (R5). */
  void loseJob() {
    lose();
    services.register().suspect();
    yieldIfInterrupted();
  }

  /**
   * The answer of a statement that names the claim. Ends the attempt if the claim no longer holds.
   */
  <T> T held(Fenced<T> answer) {
    T value = answer.value();
    if (value == null) {
      loseJob();
      throw new IllegalStateException("an attempt that has lost its job goes on");
    }
    return value;
  }

  /** Runs a statement on the job's own thread and holds back interrupts until it ends. */
  <T> T guarded(Supplier<T> statement) {
    return threads.guarded(statement);
  }

  /**
   * Notes that code of the user has returned that ran before the worker. Throws if the attempt was
   * asked to stop meanwhile, because the worker has not begun. An interrupt that the code has left
   * behind is cleared.
   */
  void settle() {
    yieldIfInterrupted();
    gate().clear();
  }

  void requireActive(String call) {
    if (time.hasEnded()) {
      throw new IllegalStateException(
          "%s is over: %s was called after its worker had returned [CAIRN-311]"
              .formatted(describe(), call));
    }
  }

  /** The job and the attempt, for messages. */
  String describe() {
    return assignment.describe();
  }
}
