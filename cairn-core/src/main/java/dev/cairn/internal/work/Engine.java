package dev.cairn.internal.work;

import dev.cairn.Cairn;
import dev.cairn.EventKind;
import dev.cairn.InterruptionReason;
import dev.cairn.QueueEvent;
import dev.cairn.QueueOptions;
import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.Notifications;
import dev.cairn.internal.store.Outcome;
import dev.cairn.internal.store.Stores;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Owns the loops that work a client's queues, and the order in which they start and stop. */
public final class Engine {
  private static final Logger log = LoggerFactory.getLogger(Engine.class);

  /** River records the queues in use every ten minutes. */
  private static final Duration QUEUE_REPORT = Duration.ofMinutes(10);

  /** How long interrupted jobs may take to end before they are given up. */
  private static final Duration INTERRUPTED_MAX = Duration.ofSeconds(5);

  /** How long the last outcomes may take to be written before they are left to a rescuer. */
  private static final Duration LAST_OUTCOMES_MAX = Duration.ofSeconds(10);

  private static final Duration LOOP_END_MAX = Duration.ofSeconds(5);

  private final EngineSettings settings;
  private final Stores stores;
  private final EventBus events;
  private final RunningAttempts running = new RunningAttempts();
  private final Map<String, Fetcher> fetchers = new ConcurrentHashMap<>();
  private final Executor executor;
  private final Deadlines deadlines;
  private final Completer completer;
  private final CheckpointWriter checkpointWriter;
  private final Heartbeat heartbeat;
  private final Lookout lookout;
  private final Strays strays;
  private final Notifier notifier;
  private final FetchReporter fetchReporter;
  private final Loop queueReport;

  private final ReentrantLock lifecycle = new ReentrantLock();
  private final AtomicLong hardStopNanos = new AtomicLong(Long.MAX_VALUE);
  private volatile boolean started;
  private boolean stopped;

  /**
   * An engine that is not started.
   *
   * @param leadership hears what concerns the leader
   */
  public Engine(
      Cairn client,
      EngineSettings settings,
      Handlers handlers,
      Stores stores,
      EventBus events,
      Notifications.Listener leadership) {
    this.events = events;
    this.settings = settings;
    this.stores = stores;
    this.deadlines = new Deadlines(running, settings.interruptDelay(), handlers.stuckJobs());
    this.completer =
        new Completer(
            settings.clientId(),
            stores.jobs(),
            new JobReporter(events, stores.jobList()),
            this::roomAgain);
    this.checkpointWriter =
        new CheckpointWriter(
            settings.clientId(), stores.checkpoints(), stores.jobs(), settings.flushInterval());
    this.heartbeat = new Heartbeat(settings, stores.clients());
    this.strays = new Strays(settings, stores.jobs(), running);
    this.lookout = new Lookout(settings, stores.jobs(), running, deadlines, strays);
    this.notifier =
        new Notifier(stores.notifications(), List.of(new Ears(), leadership), this::wakeAll);
    this.queueReport = new Loop("cairn-queues", this::reportQueues);
    var services =
        new AttemptServices(
            client,
            handlers.codec(),
            stores.jobs(),
            stores.checkpoints(),
            stores.waits(),
            stores.quarantine(),
            stores.transactions(),
            settings.shutdownGrace(),
            checkpointWriter,
            events);
    this.fetchReporter = new FetchReporter(handlers.hooks());
    this.executor = new Executor(settings, handlers, services, running, deadlines, completer);
    settings.queues().forEach((queue, options) -> fetchers.put(queue, fetcher(queue, options)));
  }

  private Fetcher fetcher(String queue, QueueOptions options) {
    executor.addQueue(queue, options);
    return new Fetcher(
        queue, options, settings, stores.jobs(), executor, completer, strays, fetchReporter);
  }

  /** Works another queue, at once if started. */
  public void addQueue(String queue, QueueOptions options) {
    QueueLimits.check(queue, options.maxWorkers());
    lifecycle.lock();
    try {
      if (fetchers.containsKey(queue)) {
        throw new IllegalArgumentException("queue '%s' is added twice".formatted(queue));
      }
      Fetcher fetcher = fetcher(queue, options);
      fetchers.put(queue, fetcher);
      if (started && !stopped) {
        stores.queues().touch(List.of(queue));
        fetcher.start();
      }
    } finally {
      lifecycle.unlock();
    }
  }

  /** Claims no more jobs of a queue; false if it was not worked. */
  public boolean removeQueue(String queue) {
    lifecycle.lock();
    try {
      Fetcher fetcher = fetchers.remove(queue);
      if (fetcher == null) {
        return false;
      }
      fetcher.stop();
      fetcher.join(LOOP_END_MAX);
      return true;
    } finally {
      lifecycle.unlock();
    }
  }

  /** Starts everything; false if it was started before. */
  public boolean start() {
    lifecycle.lock();
    try {
      if (stopped) {
        throw new IllegalStateException("this client was stopped; build another one");
      }
      if (fetchers.isEmpty()) {
        throw new IllegalStateException(
            "this client has no queue to work: add one with queue(name, maxWorkers)");
      }
      if (started) {
        return false;
      }
      stores.schema().verify();
      heartbeat.start();
      started = true;
      queueReport.start();
      completer.start();
      checkpointWriter.start();
      deadlines.start();
      lookout.start();
      if (!settings.pollOnly()) {
        notifier.start();
      }
      fetchers.values().forEach(Fetcher::start);
      log.info("Client {} works the queues {}", settings.clientId(), fetchers.keySet());
      return true;
    } finally {
      lifecycle.unlock();
    }
  }

  /**
   * Claims one job and works it beside those of the queues; false if it cannot be claimed. Claims
   * under the lock, so that a stop cannot miss it.
   */
  public boolean work(long jobId) {
    lifecycle.lock();
    try {
      if (!started || stopped) {
        throw new IllegalStateException(
            "job %d cannot be worked: this client %s"
                .formatted(jobId, stopped ? "was stopped" : "is not started"));
      }
      Optional<ClaimedJob> claimed = claim(jobId);
      claimed.ifPresent(job -> executor.execute(job, new Slot(() -> {})));
      return claimed.isPresent();
    } finally {
      lifecycle.unlock();
    }
  }

  private Optional<ClaimedJob> claim(long jobId) {
    try {
      return stores.jobs().claim(jobId, settings.clientId());
    } catch (RuntimeException e) {
      strays.doubt();
      throw e;
    }
  }

  public boolean isStarted() {
    return started;
  }

  /**
   * Stops everything. A second call while the first one waits can shorten the wait.
   *
   * @param grace how long running jobs may take to end by themselves; without limit if empty
   */
  public void stop(Optional<Duration> grace) {
    long now = System.nanoTime();
    grace.ifPresent(most -> hardStopNanos.accumulateAndGet(now + most.toNanos(), Math::min));
    running.wake();
    lifecycle.lock();
    try {
      if (started && !stopped) {
        stopped = true;
        boolean claimsNoMore = stopClaiming();
        stopJobs();
        stopLoops(claimsNoMore);
      }
    } finally {
      lifecycle.unlock();
    }
  }

  /** False if a claim is still under way, whose jobs would then come too late to be worked. */
  private boolean stopClaiming() {
    notifier.stop();
    queueReport.stop();
    fetchers.values().forEach(Fetcher::stop);
    boolean ended = true;
    for (Fetcher fetcher : fetchers.values()) {
      ended &= fetcher.join(LOOP_END_MAX);
    }
    return ended;
  }

  private void stopJobs() {
    running.close();
    while (!running.isEmpty()) {
      long rest = hardStopNanos.get() - System.nanoTime();
      if (rest <= 0) {
        interruptJobs();
        return;
      }
      running.awaitNone(Duration.ofNanos(rest));
    }
  }

  private void interruptJobs() {
    running.all().forEach(attempt -> attempt.gate().interrupt());
    long end = System.nanoTime() + INTERRUPTED_MAX.toNanos();
    while (!running.isEmpty() && System.nanoTime() < end) {
      running.awaitNone(Duration.ofNanos(end - System.nanoTime()));
    }
    running.all().forEach(this::giveUp);
  }

  /** Frees a job whose code does not react, and keeps that code from writing to it (R5). */
  private void giveUp(Attempt attempt) {
    if (attempt.takeOutcome()) {
      log.warn("{} does not end and is given up", attempt.describe());
      completer.complete(
          Executor.finished(attempt, new Outcome.Interrupted(InterruptionReason.SHUTDOWN)));
      running.remove(attempt);
      attempt.interrupt(InterruptionReason.LEASE_LOST);
    }
  }

  private void stopLoops(boolean claimsNoMore) {
    boolean allWritten =
        completer.awaitIdle(LAST_OUTCOMES_MAX)
            && claimsNoMore
            && running.isEmpty()
            && !strays.mayBeThere();
    completer.stop(LOOP_END_MAX);
    checkpointWriter.stop(LOOP_END_MAX);
    deadlines.stop(LOOP_END_MAX);
    lookout.stop(LOOP_END_MAX);
    heartbeat.stop(LOOP_END_MAX, allWritten);
    notifier.join(LOOP_END_MAX);
    queueReport.join(LOOP_END_MAX);
    if (allWritten) {
      log.info("Client {} has stopped", settings.clientId());
    } else {
      log.warn(
          "Client {} has stopped before all its jobs were handed back: they will be rescued and run"
              + " again",
          settings.clientId());
    }
  }

  private Duration reportQueues() {
    if (!fetchers.isEmpty()) {
      stores.queues().touch(fetchers.keySet());
    }
    return QUEUE_REPORT;
  }

  private void roomAgain() {
    fetchers.values().forEach(Fetcher::roomAgain);
  }

  private void wakeAll() {
    fetchers.values().forEach(Fetcher::wake);
  }

  /** What of the notifications concerns the queues and the running jobs. */
  private final class Ears implements Notifications.Listener {
    @Override
    public void inserted(String queue) {
      Fetcher fetcher = fetchers.get(queue);
      if (fetcher != null) {
        fetcher.wake();
      }
    }

    @Override
    public void queuePaused(String queue) {
      events.publish(new QueueEvent(EventKind.QUEUE_PAUSED, queue));
      executor.interruptPaused(queue);
      deadlines.lookNow();
    }

    @Override
    public void queueResumed(String queue) {
      events.publish(new QueueEvent(EventKind.QUEUE_RESUMED, queue));
      if (queue.equals("*")) {
        wakeAll();
      } else {
        inserted(queue);
      }
    }

    @Override
    public void interruptRequested(long jobId, InterruptionReason reason) {
      if (running.interrupt(jobId, reason)) {
        deadlines.lookNow();
      }
    }
  }
}
