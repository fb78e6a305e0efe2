package dev.cairn.internal.work;

import dev.cairn.Cairn;
import dev.cairn.ClientStatus.QueueStatus;
import dev.cairn.QueueOptions;
import dev.cairn.internal.claims.ClaimRegister;
import dev.cairn.internal.claims.Deadline;
import dev.cairn.internal.claims.Lease;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.Notifications;
import dev.cairn.internal.store.Stores;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** Owns the loops that work a client's queues, and the order in which they start and stop. */
public final class Engine {
  private static final Log log = Log.of(Engine.class);

  /** How long a claim in progress may take before the jobs are asked to stop. */
  private static final Duration LAST_CLAIM_MAX = Duration.ofSeconds(1);

  private final EngineSettings settings;
  private final Stores stores;
  private final ClaimRegister register;
  private final Lease lease;
  private final WorkedQueues queues;
  private final OneClaim oneClaim;
  private final Heartbeat heartbeat;
  private final EngineLoops loops;
  private final Drain drain;
  private final ReentrantLock lifecycle = new ReentrantLock();

  /**
   * Held during a stop, so that a second stop waits for the first. A stop does not hold {@link
   * #lifecycle}, because running jobs may need that lock.
   */
  private final ReentrantLock stopping = new ReentrantLock();

  private volatile State state = State.NEW;

  private enum State {
    NEW,
    STARTED,
    STOPPED
  }

  /**
   * Creates an engine that is not started. An engine can be started only once: a restart of the
   * client uses a new one.
   *
   * @param lease the client's right to claim and to rescue, and how long it is valid
   * @param leadership receives the notifications for the leader
   */
  public Engine(
      Cairn client,
      EngineSettings settings,
      Handlers handlers,
      Stores stores,
      EventBus events,
      Lease lease,
      Notifications.Listener leadership) {
    this.settings = settings;
    this.stores = stores;
    this.lease = lease;
    this.register = new ClaimRegister(settings.heartbeatTimeout().multipliedBy(2));
    var dispatcher = new EventDispatcher();
    var reporter = new JobReporter(events, stores.jobList(), dispatcher);
    var deadlines =
        new Deadlines(
            new Attempts(register), lease, settings.interruptDelay(), handlers.stuckJobs());
    var completer =
        new Completer(settings.clientId(), stores.jobs(), register, reporter, this::roomAgain);
    var checkpointWriter =
        new CheckpointWriter(
            settings.clientId(), stores.checkpoints(), stores.jobs(), settings.flushInterval());
    var services =
        new AttemptServices(
            client,
            handlers.codec(),
            stores.jobs(),
            stores.checkpoints(),
            stores.waits(),
            stores.quarantine(),
            stores.workersTransactions(),
            settings.shutdownGrace(),
            register,
            deadlines,
            checkpointWriter,
            events,
            dispatcher);
    var executor = new Executor(settings, handlers, services, register, deadlines, completer);
    var watcher =
        new RunningJobsWatcher(
            settings, stores.jobs(), stores.queues(), register, lease, executor, deadlines);
    watcher.whenHandedBack(reporter::handedBack);
    this.queues =
        new WorkedQueues(
            settings,
            stores,
            new Fetcher.Claiming(register, lease),
            executor,
            completer,
            new FetchReporter(events, dispatcher, reporter));
    this.oneClaim = new OneClaim(settings.clientId(), stores.jobs(), register, lease, executor);
    this.heartbeat =
        new Heartbeat(
            settings, stores.clients(), lease, new LeaseObedience(register, deadlines, queues));
    var notifier =
        new Notifier(
            stores.notifications(),
            List.of(new NotificationRouter(queues, watcher, events, dispatcher), leadership),
            queues::wakeAll);
    this.loops =
        new EngineLoops(completer, checkpointWriter, deadlines, watcher, notifier, dispatcher);
    var signs = new SignsOfLife(heartbeat, stores.connections(), stores.upkeep()::now);
    this.drain = new Drain(register, completer, signs, stores.connections());
  }

  /** Reports jobs that the maintenance has discarded. */
  public void reportDiscarded(List<Long> ids) {
    loops.completer().reporter().discardedByMaintenance(ids);
  }

  private void roomAgain() {
    queues.roomAgain();
  }

  /** Adds a queue. It is worked at once if the engine is started. */
  public void addQueue(String queue, QueueOptions options) {
    QueueLimits.check(queue, options.maxWorkers());
    lifecycle.lock();
    try {
      queues.add(queue, options);
      if (state != State.STARTED) {
        return;
      }
      queues.start(queue);
    } finally {
      lifecycle.unlock();
    }
    queues.announce(queue);
  }

  /** Stops claiming from a queue; false if the queue was not worked. */
  public boolean removeQueue(String queue) {
    lifecycle.lock();
    try {
      return queues.remove(queue, LAST_CLAIM_MAX);
    } finally {
      lifecycle.unlock();
    }
  }

  /**
   * Starts everything; false if the engine is already started.
   *
   * @param beginning runs after the database has been checked, and returns the time at which this
   *     life of the client began
   * @param check runs after the first heartbeat, which may take long; throws if the client must not
   *     start
   */
  public boolean start(Supplier<Instant> beginning, Runnable check) {
    lifecycle.lock();
    try {
      if (state == State.STOPPED) {
        throw new IllegalStateException("this engine was stopped [CAIRN-114]");
      }
      if (state == State.STARTED) {
        return false;
      }
      if (queues.isEmpty()) {
        throw new IllegalStateException(
            "this client has no queue to work: add one with queue(name, maxWorkers) [CAIRN-106]");
      }
      stores.schema().verify();
      heartbeat.start(beginning.get(), check);
      state = State.STARTED;
      loops.start();
      if (!settings.pollOnly()) {
        loops.notifier().start();
      }
      queues.start();
      log.info("Client {} works the queues {}", settings.clientId(), queues.names());
      return true;
    } finally {
      lifecycle.unlock();
    }
  }

  /**
   * Claims one job and works it without a slot; false if it cannot be claimed. A stop that begins
   * meanwhile waits a moment for the claim's answer.
   */
  public boolean work(long jobId) {
    int leased = lease.number();
    try (ClaimRegister.Sending sending = sendToWork(jobId)) {
      return oneClaim.work(jobId, sending, leased);
    }
  }

  private ClaimRegister.Sending sendToWork(long jobId) {
    lifecycle.lock();
    try {
      if (state != State.STARTED) {
        throw new IllegalStateException(
            "job %d cannot be worked: this client %s [CAIRN-114]"
                .formatted(jobId, state == State.STOPPED ? "was stopped" : "is not started"));
      }
      return oneClaim.send(jobId);
    } finally {
      lifecycle.unlock();
    }
  }

  /** Whether this engine was ever started. */
  public boolean isStarted() {
    return state != State.NEW;
  }

  /**
   * Whether another client has started under this client's id, so that this client works no more
   * jobs.
   */
  public boolean isSuperseded() {
    return heartbeat.isSuperseded();
  }

  /** The queues that are worked. */
  public Map<String, QueueOptions> queues() {
    return queues.options();
  }

  /** The status of each queue, by its name. */
  public Map<String, QueueStatus> statuses() {
    return queues.statuses();
  }

  /** Stops claiming. Returns at once. */
  public void stopClaiming() {
    loops.notifier().stop();
    queues.stop();
  }

  /** Makes a stop that waits for jobs read its deadline again, because it was shortened. */
  public void hurry() {
    drain.hurry();
  }

  /**
   * Stops everything except the calls of listeners, by the deadline at the latest. {@link
   * #endTelling} has to follow.
   */
  public void stop(Deadline deadline) {
    stopping.lock();
    try {
      if (isNowStopped()) {
        stopClaiming();
        // Waits for claims in progress first, because jobs that are claimed after the drain has
        // begun are only handed back.
        var lastClaims = Deadline.in(deadline.graceAtMost(LAST_CLAIM_MAX));
        queues.awaitLastClaims(lastClaims);
        register.awaitAnswers(lastClaims.rest());
        drain.run(deadline);
        drain.stopAsking();
        boolean allWritten = loops.stop(queues.loops(), deadline, stores.connections());
        boolean signedOff = heartbeat.stop(deadline, allWritten && register.isEmpty());
        loops.endListening(deadline);
        report(signedOff);
      }
    } finally {
      stopping.unlock();
    }
  }

  /** Delivers the last events. Comes after the maintenance has stopped, which has events, too. */
  public void endTelling(Deadline deadline) {
    loops.endTelling(deadline, stores.connections());
  }

  /** Whether the calling thread runs the code of a job, for which a stop would wait. */
  public boolean isCalledByItsJob() {
    return new Attempts(register).haveThread(Thread.currentThread());
  }

  /**
   * Whether there is a job besides those of these threads, or a claim on its way, or an outcome
   * that is not written.
   */
  public boolean hasJobsBeside(Set<Thread> threads) {
    return !register.sendings().isEmpty() || new Attempts(register).areBeside(threads);
  }

  /** Marks this engine as stopped. Returns whether it was running. */
  private boolean isNowStopped() {
    lifecycle.lock();
    try {
      boolean first = state == State.STARTED;
      if (first) {
        state = State.STOPPED;
      }
      return first;
    } finally {
      lifecycle.unlock();
    }
  }

  private void report(boolean signedOff) {
    if (signedOff) {
      log.info("Client {} has stopped", settings.clientId());
    } else {
      log.warn(
          "Client {} has stopped without signing off: jobs that it could not hand back will be"
              + " rescued and run again [CAIRN-513]",
          settings.clientId());
    }
  }
}
