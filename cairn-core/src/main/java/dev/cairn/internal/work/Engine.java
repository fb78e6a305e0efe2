package dev.cairn.internal.work;

import dev.cairn.Cairn;
import dev.cairn.InterruptionReason;
import dev.cairn.QueueOptions;
import dev.cairn.StoreUnavailableException;
import dev.cairn.event.EventKind;
import dev.cairn.event.QueueEvent;
import dev.cairn.internal.claims.ClaimRegister;
import dev.cairn.internal.claims.Deadline;
import dev.cairn.internal.claims.HeldClaim;
import dev.cairn.internal.claims.Lease;
import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.Notifications;
import dev.cairn.internal.store.Stores;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Owns the loops that work a client's queues, and the order in which they start and stop. */
public final class Engine {
  private static final Log log = Log.of(Engine.class);

  /** River records the queues in use every ten minutes. */
  private static final Duration QUEUE_REPORT = Duration.ofMinutes(10);

  /** How long interrupted jobs may take to end before they are given up. */
  private static final Duration INTERRUPTED_MAX = Duration.ofSeconds(5);

  /** How long a claim that is under way may take before the jobs are asked to stop. */
  private static final Duration LAST_CLAIM_MAX = Duration.ofSeconds(1);

  /** How often a stop that waits for jobs looks whether one of them waits for the stop. */
  private static final Duration EXIT_LOOK = Duration.ofMillis(500);

  /** What does not end by itself has its connection broken off, and gets this much more time. */
  private static final Duration ABORTED_MAX = Duration.ofMillis(200);

  /** How long outcomes wait at most where a stop has no deadline, and the database is away. */
  private static final Duration OUTCOMES_MAX = Duration.ofSeconds(10);

  /** A database that has not answered for so long is taken for away by a stop. */
  private static final Duration ANSWER_MAX = Duration.ofMillis(500);

  /** How long a stop goes on after that: there is nothing to wait for. */
  private static final Duration AWAY_MAX = Duration.ofMillis(100);

  private final EngineSettings settings;
  private final Stores stores;
  private final EventBus events;
  private final ClaimRegister register;
  private final Lease lease;
  private final Map<String, QueueOptions> worked = new ConcurrentHashMap<>();
  private final Map<String, Fetcher> fetchers = new ConcurrentHashMap<>();

  /** Those of queues that are worked no more, while a claim of theirs is under way. */
  private final List<Fetcher> removed = new CopyOnWriteArrayList<>();

  private final Executor executor;
  private final Deadlines deadlines;
  private final Completer completer;
  private final LastJobs lastJobs;
  private final CheckpointWriter checkpointWriter;
  private final Heartbeat heartbeat;
  private final Lookout lookout;
  private final Notifier notifier;
  private final Teller teller = new Teller();
  private final SharedLook looks;
  private final FetchReporter fetchReporter;
  private final Loop queueReport;

  private final @Nullable ClassLoader loader = Thread.currentThread().getContextClassLoader();
  private final ReentrantLock lifecycle = new ReentrantLock();

  /**
   * Held as long as it stops, so that whoever stops it too waits for the end. Another one than that
   * of its life, which jobs that still run may ask for.
   */
  private final ReentrantLock stopping = new ReentrantLock();

  private volatile boolean started;
  private boolean stopped;

  /**
   * An engine that is not started. It works once: after its stop another one takes its place.
   *
   * @param lease what the client may do in its own name, and for how long
   * @param leadership hears what concerns the leader
   */
  public Engine(
      Cairn client,
      EngineSettings settings,
      Handlers handlers,
      Stores stores,
      EventBus events,
      Lease lease,
      Notifications.Listener leadership) {
    this.events = events;
    this.settings = settings;
    this.stores = stores;
    this.lease = lease;
    this.register = new ClaimRegister(settings.heartbeatTimeout().multipliedBy(2));
    this.deadlines =
        new Deadlines(new Attempts(register), settings.interruptDelay(), handlers.stuckJobs());
    this.completer =
        new Completer(
            settings.clientId(),
            stores.jobs(),
            register,
            new JobReporter(events, stores.jobList(), teller),
            this::roomAgain);
    this.lastJobs = new LastJobs(register, completer);
    this.checkpointWriter =
        new CheckpointWriter(
            settings.clientId(), stores.checkpoints(), stores.jobs(), settings.flushInterval());
    this.heartbeat = new Heartbeat(settings, stores.clients(), lease, new LeaseListener());
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
            stores.workersTransactions(),
            settings.shutdownGrace(),
            register,
            deadlines,
            checkpointWriter,
            events,
            teller);
    this.fetchReporter = new FetchReporter(events, teller);
    this.executor = new Executor(settings, handlers, services, register, deadlines, completer);
    this.lookout =
        new Lookout(settings, stores.jobs(), stores.queues(), register, lease, executor, deadlines);
    this.looks = new SharedLook(stores.jobs(), settings.kinds(), fetchers::size, System::nanoTime);
    worked.putAll(settings.queues());
    worked.forEach((queue, options) -> fetchers.put(queue, fetcher(queue, options)));
  }

  /** Its loop has the class loader of whoever built the client, whoever adds the queue. */
  private Fetcher fetcher(String queue, QueueOptions options) {
    Thread thread = Thread.currentThread();
    ClassLoader own = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    try {
      return newFetcher(queue, options);
    } finally {
      thread.setContextClassLoader(own);
    }
  }

  private Fetcher newFetcher(String queue, QueueOptions options) {
    executor.addQueue(queue, options);
    return new Fetcher(
        queue,
        options,
        settings,
        stores.jobs(),
        new Fetcher.Claiming(register, lease),
        executor,
        completer,
        looks,
        fetchReporter);
  }

  /** Works another queue, at once if started. */
  public void addQueue(String queue, QueueOptions options) {
    QueueLimits.check(queue, options.maxWorkers());
    lifecycle.lock();
    try {
      if (fetchers.containsKey(queue)) {
        throw new IllegalArgumentException(
            "queue '%s' is added twice [CAIRN-105]".formatted(queue));
      }
      Fetcher fetcher = fetcher(queue, options);
      fetchers.put(queue, fetcher);
      worked.put(queue, options);
      if (!started || stopped) {
        return;
      }
      fetcher.start();
    } finally {
      lifecycle.unlock();
    }
    try {
      stores.queues().touch(List.of(queue));
    } catch (StoreUnavailableException e) {
      log.warn("Could not register queue {}; it is tried again soon [CAIRN-526]", queue, e);
      queueReport.ring();
    }
  }

  /** Claims no more jobs of a queue; false if it was not worked. */
  public boolean removeQueue(String queue) {
    lifecycle.lock();
    try {
      Fetcher fetcher = fetchers.remove(queue);
      worked.remove(queue);
      if (fetcher == null) {
        return false;
      }
      fetcher.stop();
      // One that does not come back from the database is waited for again when the client stops.
      if (!fetcher.join(LAST_CLAIM_MAX)) {
        removed.add(fetcher);
      }
      return true;
    } finally {
      lifecycle.unlock();
    }
  }

  /**
   * Starts everything; false if it was started before.
   *
   * @param beforeFirstSign is run when the database is known to be as it should, and nobody knows
   *     yet that the client lives
   */
  public boolean start(Runnable beforeFirstSign) {
    lifecycle.lock();
    try {
      if (stopped) {
        throw new IllegalStateException("this engine was stopped [CAIRN-114]");
      }
      if (fetchers.isEmpty()) {
        throw new IllegalStateException(
            "this client has no queue to work: add one with queue(name, maxWorkers) [CAIRN-106]");
      }
      if (started) {
        return false;
      }
      stores.schema().verify();
      beforeFirstSign.run();
      heartbeat.start();
      started = true;
      teller.start();
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
   * Claims one job and works it beside those of the queues; false if it cannot be claimed. A stop
   * that begins meanwhile waits for the answer for a moment.
   */
  public boolean work(long jobId) {
    int leased = lease.number();
    try (ClaimRegister.Sending sending = sendToWork(jobId)) {
      List<ClaimedJob> claimed = stores.jobs().claim(jobId, settings.clientId()).stream().toList();
      List<HeldClaim> held = sending.answered(claimed.stream().map(ClaimedJob::claim).toList());
      if (!lease.isStill(leased)) {
        held.forEach(each -> each.interrupt(InterruptionReason.LEASE_LOST));
      }
      executor.executeAll(held, claimed, () -> {});
      return !claimed.isEmpty();
    }
  }

  private ClaimRegister.Sending sendToWork(long jobId) {
    lifecycle.lock();
    try {
      if (!started || stopped) {
        throw new IllegalStateException(
            "job %d cannot be worked: this client %s [CAIRN-114]"
                .formatted(jobId, stopped ? "was stopped" : "is not started"));
      }
      if (!lease.isValid()) {
        throw new StoreUnavailableException(
            "job %d cannot be worked now: client %s could not send its heartbeat [CAIRN-505]"
                .formatted(jobId, settings.clientId()),
            null);
      }
      return register.send();
    } finally {
      lifecycle.unlock();
    }
  }

  public boolean isStarted() {
    return started;
  }

  /** The queues that are worked. */
  public Map<String, QueueOptions> queues() {
    return Map.copyOf(worked);
  }

  /** Claims no more. Returns at once. */
  public void stopClaiming() {
    notifier.stop();
    queueReport.stop();
    fetchers.values().forEach(Fetcher::stop);
  }

  /** The jobs may go on no longer than the deadline says by now. */
  public void hurry() {
    register.wake();
  }

  /** Stops everything, by the deadline at the latest. */
  public void stop(Deadline deadline) {
    stopping.lock();
    try {
      if (isNowStopped()) {
        stopClaiming();
        // Its jobs would come late, and go back at once.
        var lastClaims = Deadline.in(deadline.atMost(LAST_CLAIM_MAX));
        fetchers.values().forEach(fetcher -> fetcher.join(lastClaims.rest()));
        register.awaitAnswers(lastClaims.rest());
        stopJobs(deadline);
        stopLoops(deadline);
      }
    } finally {
      stopping.unlock();
    }
  }

  /** Whether it was started, and not stopped before. */
  private boolean isNowStopped() {
    lifecycle.lock();
    try {
      boolean first = started && !stopped;
      stopped |= first;
      return first;
    } finally {
      lifecycle.unlock();
    }
  }

  private void stopJobs(Deadline deadline) {
    register.close();
    while (register.hasRunning()) {
      lastJobs.endThoseThatExit();
      Duration grace = deadline.grace();
      if (!grace.isPositive()) {
        interruptJobs(deadline);
        return;
      }
      register.awaitNoneRunning(grace.compareTo(EXIT_LOOK) < 0 ? grace : EXIT_LOOK);
    }
    awaitDatabase(deadline);
    // The rest has its time from now on, whatever was left of the jobs' time.
    deadline.shortenGrace(Duration.ZERO);
    shortenIfAway(deadline);
  }

  /** Outcomes wait for a database that is away as long as jobs could have gone on. */
  private void awaitDatabase(Deadline deadline) {
    Duration grace = deadline.grace();
    var patience = Deadline.in(grace.compareTo(OUTCOMES_MAX) < 0 ? grace : OUTCOMES_MAX);
    while (patience.rest().isPositive()
        && !completer.awaitIdle(Deadline.in(patience.atMost(ANSWER_MAX)))
        && isAway(patience)) {
      // The next look comes after the time that the outcomes were waited for.
    }
  }

  private boolean isAway(Deadline deadline) {
    long asked = System.nanoTime();
    return !heartbeat.isAnswered(deadline.atMost(ANSWER_MAX)) && !completer.hasWrittenSince(asked);
  }

  /** If the database is away nothing can be written: whoever stops gets no more by waiting. */
  private void shortenIfAway(Deadline deadline) {
    if (isAway(deadline)) {
      deadline.shorten(AWAY_MAX);
    }
  }

  private void interruptJobs(Deadline deadline) {
    lastJobs.interrupt();
    shortenIfAway(deadline);
    var interrupted = Deadline.in(deadline.atMost(INTERRUPTED_MAX));
    while (register.hasRunning() && interrupted.rest().isPositive()) {
      register.awaitNoneRunning(interrupted.rest());
    }
    lastJobs.giveUp();
  }

  private void stopLoops(Deadline deadline) {
    boolean allWritten = completer.awaitIdle(deadline);
    completer.stop();
    checkpointWriter.stop();
    deadlines.stop();
    lookout.stop();
    teller.stop();
    var loops = new ArrayList<StoppedLoop>();
    fetchers.values().forEach(it -> loops.add(new StoppedLoop(it::join, it::thread)));
    removed.forEach(it -> loops.add(new StoppedLoop(it::join, it::thread)));
    loops.add(new StoppedLoop(completer::join, completer::thread));
    loops.add(new StoppedLoop(checkpointWriter::join, checkpointWriter::thread));
    loops.add(new StoppedLoop(lookout::join, lookout::thread));
    loops.add(new StoppedLoop(queueReport::join, queueReport::thread));
    endInTime(deadline, loops);
    if (!notifier.join(deadline.rest())) {
      notifier.abort();
    }
    deadlines.join(deadline.atMost(ABORTED_MAX));
    boolean signedOff = heartbeat.stop(deadline, allWritten && register.isEmpty());
    // At the end: a listener that does not return holds up nothing but itself.
    endInTime(deadline, List.of(new StoppedLoop(teller::join, teller::thread)));
    if (signedOff) {
      log.info("Client {} has stopped", settings.clientId());
    } else {
      log.warn(
          "Client {} has stopped before all its jobs were handed back: they will be rescued and run"
              + " again [CAIRN-513]",
          settings.clientId());
    }
  }

  /**
   * Waits for loops to end; those that do not come back from the database are broken off, and get a
   * moment together.
   */
  private void endInTime(Deadline deadline, List<StoppedLoop> loops) {
    List<StoppedLoop> late =
        loops.stream().filter(loop -> !loop.join().test(deadline.rest())).toList();
    late.forEach(loop -> loop.thread().get().ifPresent(stores.connections()::abortOf));
    var aborted = Deadline.in(ABORTED_MAX);
    late.forEach(loop -> {
      boolean ignored = loop.join().test(aborted.rest());
    });
  }

  /** A loop that ends. */
  private record StoppedLoop(Predicate<Duration> join, Supplier<Optional<Thread>> thread) {}

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
      teller.tell(() -> events.publish(new QueueEvent(EventKind.QUEUE_PAUSED, queue)));
      lookout.queueIsSaidToBePaused(queue);
    }

    @Override
    public void queueResumed(String queue) {
      teller.tell(() -> events.publish(new QueueEvent(EventKind.QUEUE_RESUMED, queue)));
      if (queue.equals("*")) {
        wakeAll();
      } else {
        inserted(queue);
      }
    }

    @Override
    public void interruptRequested(long jobId, InterruptionReason reason) {
      lookout.jobIsSaidToStop(jobId);
    }
  }

  /** Past its lease a client is as good as dead to the others: it must not act as if it lived. */
  private final class LeaseListener implements Heartbeat.Listener {
    @Override
    public void leaseLapsed() {
      register.interruptAll(InterruptionReason.LEASE_LOST);
      deadlines.lookNow();
    }

    @Override
    public void leaseRegained() {
      wakeAll();
    }
  }
}
