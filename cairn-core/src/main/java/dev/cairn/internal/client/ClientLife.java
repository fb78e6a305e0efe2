package dev.cairn.internal.client;

import dev.cairn.Cairn;
import dev.cairn.ClientStatus;
import dev.cairn.ClientStatus.Phase;
import dev.cairn.QueueOptions;
import dev.cairn.internal.claims.Deadline;
import dev.cairn.internal.claims.Lease;
import dev.cairn.internal.concurrent.Nanos;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.JobStore;
import dev.cairn.internal.store.Stores;
import dev.cairn.internal.upkeep.PeriodicInserts;
import dev.cairn.internal.upkeep.PeriodicRegistry;
import dev.cairn.internal.upkeep.Upkeep;
import dev.cairn.internal.upkeep.UpkeepSettings;
import dev.cairn.internal.work.Engine;
import dev.cairn.internal.work.EngineSettings;
import dev.cairn.internal.work.EventBus;
import dev.cairn.internal.work.Handlers;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A client from its start to its stop, under one id. A new start begins another life, so that
 * nothing of an earlier life can be mistaken for a part of the new one. Thread-safe.
 */
public final class ClientLife {
  /** How long everything except the jobs may take to stop. */
  private static final Duration ALLOWANCE = Duration.ofSeconds(10);

  /** How long a client that stops waits until other clients have been notified of its jobs. */
  private static final Duration NOTICES_MAX = Duration.ofSeconds(1);

  /** How often a job that stops its client looks whether the other jobs have ended. */
  private static final Duration OTHERS_LOOK = Duration.ofMillis(50);

  private static final Log log = Log.of(ClientLife.class);

  /** The threads of jobs that stop this life, and wait for the other jobs. */
  private final Set<Thread> stoppingJobs = ConcurrentHashMap.newKeySet();

  private final EngineSettings settings;
  private final JobStore jobs;
  private final Lease lease;
  private final Engine engine;
  private final Upkeep upkeep;
  private final PoolCheck poolCheck;
  private final AtomicReference<@Nullable Deadline> stopBy = new AtomicReference<>();
  private final CompletableFuture<@Nullable Void> stopped = new CompletableFuture<>();

  /** Held while this life begins. */
  private final ReentrantLock beginning = new ReentrantLock();

  /** The parts of a client, which are the same in all its lives. */
  public record Parts(
      Cairn client,
      Handlers handlers,
      Stores stores,
      EventBus events,
      UpkeepSettings upkeep,
      PeriodicRegistry periodicJobs,
      PeriodicInserts inserts) {}

  /** A life that has not begun. */
  public ClientLife(Parts parts, EngineSettings settings) {
    this.settings = settings;
    this.jobs = parts.stores().jobs();
    this.lease = new Lease(settings.heartbeatTimeout());
    this.upkeep =
        new Upkeep(
            parts.client(),
            settings.clientId(),
            parts.upkeep(),
            parts.stores(),
            lease,
            parts.periodicJobs(),
            parts.inserts());
    this.engine =
        new Engine(
            parts.client(),
            settings,
            parts.handlers(),
            parts.stores(),
            parts.events(),
            lease,
            upkeep.listener());
    upkeep.whenDiscarding(engine::reportDiscarded);
    this.poolCheck = new PoolCheck(parts.stores().connections(), settings.pollOnly());
  }

  /** The id of the client in this life. */
  public String clientId() {
    return settings.clientId();
  }

  public Engine engine() {
    return engine;
  }

  /** The queues at the end of this life, with which the next one starts. */
  public Map<String, QueueOptions> queues() {
    return engine.queues();
  }

  /** The state of the client in this life. */
  public ClientStatus status() {
    return new ClientStatus(
        clientId(),
        phase(),
        lease.sinceRenewal().orElse(null),
        lease.isValid(),
        engine.isSuperseded(),
        upkeep.isLeading(),
        engine.statuses());
  }

  private Phase phase() {
    if (isStopping()) {
      return stopped.isDone() ? Phase.STOPPED : Phase.STOPPING;
    }
    return engine.isStarted() ? Phase.STARTED : Phase.NEW;
  }

  /** Begins this life. Does nothing if it has begun. */
  public void start() {
    beginning.lock();
    try {
      if (engine.start(this::succeedFormerLife, this::requireNotStopped)) {
        upkeep.start();
        poolCheck.begin();
      }
    } finally {
      beginning.unlock();
    }
  }

  private Instant succeedFormerLife() {
    Instant life = upkeep.succeed();
    requireNotStopped();
    upkeep.rescueFormerLife();
    requireNotStopped();
    return life;
  }

  private void requireNotStopped() {
    if (isStopping()) {
      throw new IllegalStateException(
          "client %s was stopped while it was starting [CAIRN-115]".formatted(clientId()));
    }
  }

  /** Whether this life has begun to end. */
  public boolean isStopping() {
    return stopBy.get() != null;
  }

  /**
   * Ends this life. A second call while the first one waits can shorten the wait. If a job of this
   * life calls, waits only for the other jobs, and not at all without a limit.
   *
   * @param grace how long jobs may run; without limit if empty
   */
  public void stop(Optional<Duration> grace) {
    if (!beginning.isLocked() && !engine.isStarted()) {
      // Otherwise, clients that poll seldom would start the jobs that this client inserted late.
      jobs.awaitNotices(NOTICES_MAX);
      return;
    }
    Duration most = grace.orElse(Duration.ofNanos(Nanos.FOREVER));
    var fresh = new Deadline(most, ALLOWANCE);
    Deadline deadline = stopBy.compareAndExchange(null, fresh);
    if (deadline == null) {
      deadline = fresh;
    } else {
      deadline.shortenGrace(most);
      engine.hurry();
    }
    if (engine.isCalledByItsJob()) {
      endOnAnotherThread(deadline);
      if (grace.isPresent()) {
        awaitOthers(deadline);
      }
    } else {
      end(deadline);
    }
  }

  /** The end waits for the job that has called, so the job does not wait for the end. */
  private void endOnAnotherThread(Deadline deadline) {
    // Not a daemon: the process has to live until its jobs are handed back.
    Thread thread =
        Thread.ofPlatform()
            .name("cairn-stop")
            .daemon(false)
            .inheritInheritableThreadLocals(false)
            .unstarted(() -> {
              try {
                end(deadline);
              } catch (Throwable e) {
                log.error("Client {} has stopped with a failure [CAIRN-513]", clientId(), e);
              }
            });
    thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
    thread.start();
  }

  /**
   * Whoever calls may close the pool afterwards, which the outcomes of the other jobs need. Jobs
   * that stop the client at the same time do not wait for each other. At the end of the grace
   * period, all jobs are interrupted, also those that wait here.
   */
  private void awaitOthers(Deadline deadline) {
    // Here too, so that no further claim begins behind the first look.
    engine.stopClaiming();
    stoppingJobs.add(Thread.currentThread());
    try {
      while (engine.hasJobsBeside(stoppingJobs) && deadline.rest().isPositive()) {
        if (awaitStopped(OTHERS_LOOK)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      stoppingJobs.remove(Thread.currentThread());
    }
  }

  private void end(Deadline deadline) {
    try {
      if (hasBegun(deadline)) {
        engine.stopClaiming();
        upkeep.stop();
        try {
          engine.stop(deadline);
          upkeep.join(deadline);
        } finally {
          // Afterwards, because a rescue that ends meanwhile has events.
          engine.endTelling(deadline);
        }
        // Before the future completes, because whoever waits for it may close the pool.
        jobs.awaitNotices(deadline.atMost(NOTICES_MAX));
      }
    } finally {
      // The next life may begin, even if an exception was thrown.
      stopped.complete(null);
    }
  }

  /**
   * Whether this life has begun. Waits for a start that is in progress: it soon notices the stop,
   * and fails.
   */
  private boolean hasBegun(Deadline deadline) {
    boolean isBeginning = beginning.isLocked() && !beginning.isHeldByCurrentThread();
    if (isBeginning && awaitBeginning(deadline.rest())) {
      beginning.unlock();
    }
    return engine.isStarted();
  }

  private boolean awaitBeginning(Duration most) {
    boolean interrupted = false;
    long end = System.nanoTime() + Nanos.of(most);
    try {
      while (true) {
        try {
          return beginning.tryLock(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Waits until this life has ended; false if it has not ended within {@code timeout}. */
  public boolean awaitStopped(Duration timeout) throws InterruptedException {
    try {
      stopped.get(Nanos.of(timeout), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("a life ends with nothing but its end", e);
    }
  }

  /**
   * A future that completes when this life has ended. Dependent actions run on a thread of their
   * own, so they do not delay the end.
   */
  public CompletableFuture<@Nullable Void> stopped() {
    return stopped.isDone()
        ? stopped.copy()
        : stopped.<@Nullable Void>thenApplyAsync(
            nothing -> null, Thread.ofVirtual().name("cairn-stopped")::start);
  }
}
