package dev.cairn.internal.work;

import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.QueueOptions;
import dev.cairn.ResumePolicy;
import dev.cairn.RetryPolicy;
import dev.cairn.StandIn;
import dev.cairn.Workers;
import dev.cairn.internal.claims.ClaimRegister;
import dev.cairn.internal.claims.ClaimRegister.Sending;
import dev.cairn.internal.claims.HeldClaim;
import dev.cairn.internal.claims.Lease;
import dev.cairn.internal.store.AttemptTimes;
import dev.cairn.internal.store.CheckpointStore;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimStatus;
import dev.cairn.internal.store.ClaimStatus.Standing;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.FencedClaim;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.JobListStore;
import dev.cairn.internal.store.JobStore;
import dev.cairn.internal.store.Outcome;
import dev.cairn.internal.store.QuarantineStore;
import dev.cairn.internal.store.Transactions;
import dev.cairn.internal.store.WaitStore;
import dev.cairn.spi.ErrorHandler.Decision;
import dev.cairn.spi.JacksonCodec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** What a service of this room works with, so that each of them can be tried alone. */
final class Workshop {
  static final String CLIENT = "client";

  /** Times that no test waits for the end of. */
  static final Duration LONG = Duration.ofDays(1);

  static final Duration PATIENCE = Duration.ofMinutes(1);

  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  final StandIn<JobStore> jobs = StandIn.of(JobStore.class);
  final StandIn<CheckpointStore> checkpoints = StandIn.of(CheckpointStore.class);
  final StandIn<JobListStore> jobList = StandIn.of(JobListStore.class);
  final StandIn<Transactions> transactions =
      StandIn.of(Transactions.class).on("isOutage", call -> false);
  final ClaimRegister register = new ClaimRegister(LONG);
  final EventBus events = new EventBus();
  final EventDispatcher dispatcher = new EventDispatcher();
  final AtomicInteger room = new AtomicInteger();
  final JobReporter reporter = new JobReporter(events, jobList.object(), dispatcher);
  final Completer completer =
      new Completer(CLIENT, jobs.object(), register, reporter, room::incrementAndGet);
  final CheckpointWriter writer;
  final AttemptServices services;

  Workshop() {
    this(Duration.ofMillis(1));
  }

  Workshop(Duration flushInterval) {
    this(flushInterval, LONG);
  }

  /**
   * @param lockedMax how long an attempt may wait for a row that it holds itself
   */
  Workshop(Duration flushInterval, Duration lockedMax) {
    writer =
        new CheckpointWriter(CLIENT, checkpoints.object(), jobs.object(), flushInterval, lockedMax);
    services =
        new AttemptServices(
            Cairn.builder(StandIn.of(DataSource.class).object()).schema("nowhere").build(),
            JacksonCodec.create(),
            jobs.object(),
            checkpoints.object(),
            StandIn.of(WaitStore.class).object(),
            StandIn.of(QuarantineStore.class).object(),
            transactions.object(),
            LONG,
            register,
            new Deadlines(
                new Attempts(register),
                validLease(),
                LONG,
                new StuckJobs(LONG, (job, failure) -> Decision.proceed())),
            writer,
            events,
            dispatcher);
  }

  /** Runs the jobs of these workers. */
  Executor executor(Workers workers) {
    return executor(workers, Thread.ofVirtual().factory());
  }

  /** Runs the jobs of these workers on threads of this factory. */
  Executor executor(Workers workers, ThreadFactory threads) {
    var handlers =
        new Handlers(
            workers,
            List.of(),
            services.codec(),
            (job, failure) -> Decision.proceed(),
            new StuckJobs(LONG, (job, failure) -> Decision.proceed()));
    var deadlines = new Deadlines(new Attempts(register), validLease(), LONG, handlers.stuckJobs());
    return new Executor(
        settings(LONG), handlers, services, register, deadlines, completer, threads);
  }

  /** Ends every loop that a test may have started. */
  void close() {
    completer.stop();
    writer.stop();
    dispatcher.stop();
    awaitTrue(() -> completer.join(Duration.ZERO));
    awaitTrue(() -> writer.join(Duration.ZERO));
    awaitTrue(() -> dispatcher.join(Duration.ZERO));
  }

  /** A lease that no test waits for the end of. */
  static Lease validLease() {
    var lease = new Lease(LONG);
    lease.renew(System.nanoTime());
    return lease;
  }

  static void awaitTrue(BooleanSupplier condition) {
    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(2)).until(condition::getAsBoolean);
  }

  static EngineSettings settings(Duration heartbeatTimeout) {
    return settings(heartbeatTimeout, Set.of());
  }

  static EngineSettings settings(Duration heartbeatTimeout, Set<String> kinds) {
    return new EngineSettings(
        CLIENT,
        Map.of("default", QueueOptions.of(1)),
        kinds,
        RetryPolicy.river(),
        25,
        LONG,
        heartbeatTimeout,
        Duration.ofMillis(1),
        LONG,
        Duration.ZERO,
        true,
        Duration.ofMillis(1),
        LONG,
        ResumePolicy.defaults(),
        LONG,
        Clock.systemUTC());
  }

  static Claim claim(long jobId) {
    return new Claim(jobId, NOON, CLIENT);
  }

  HeldClaim hold(long jobId) {
    return hold(claim(jobId));
  }

  HeldClaim hold(Claim claim) {
    try (Sending sending = register.send()) {
      return sending.answered(List.of(claim)).getFirst();
    }
  }

  static ClaimedJob job(Claim claim) {
    return job(claim, "{}", "{}");
  }

  static ClaimedJob job(Claim claim, String args, String metadata) {
    return new ClaimedJob(
        claim, "kind", args, 1, 25, 0, 1, 1, "default", List.of(), metadata, NOON, NOON, null);
  }

  /** The attempt that the calling thread makes under a claim. */
  Attempt attempt(HeldClaim held) {
    return attempt(held, job(held.claim()), ResumePolicy.defaults());
  }

  Attempt attempt(HeldClaim held, ClaimedJob claimed, ResumePolicy policy) {
    var assignment = new Assignment(held, claimed, new Slot(() -> {}));
    var attempt = new Attempt(assignment, services, policy);
    attempt.setPrepared();
    held.begin(attempt);
    return attempt;
  }

  static FinishedAttempt finished(Claim claim, Outcome outcome, @Nullable String metadata) {
    return finished(claim, outcome, metadata, false);
  }

  static FinishedAttempt finished(
      Claim claim, Outcome outcome, @Nullable String metadata, boolean resumable) {
    return new FinishedAttempt(
        FencedClaim.of(claim),
        1,
        outcome,
        metadata,
        resumable,
        List.of(),
        new AttemptTimes(Duration.ZERO, Duration.ZERO, System.nanoTime()));
  }

  static FinishedAttempt completed(Claim claim) {
    return finished(claim, new Outcome.Completed(), null);
  }

  /** What {@link JobStore#inspect} gives if all claims stand so. */
  static List<ClaimStatus> all(StandIn.Call inspection, Standing standing) {
    return inspection.list(1, FencedClaim.class).stream()
        .map(fenced -> new ClaimStatus(fenced.claim(), standing, null))
        .toList();
  }
}
