package dev.cairn.internal.work;

import dev.cairn.ClientStatus.QueueStatus;
import dev.cairn.QueueOptions;
import dev.cairn.StoreUnavailableException;
import dev.cairn.internal.claims.Deadline;
import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.Stores;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The queues that a client works. Each has one fetcher, from when the queue is added until its last
 * claim has been answered. Thread-safe, but only one thread at a time may add and remove.
 */
final class WorkedQueues {
  private static final Log log = Log.of(WorkedQueues.class);

  /** River records the queues in use every ten minutes. */
  private static final Duration REPORT_INTERVAL = Duration.ofMinutes(10);

  /** When queues are recorded that another transaction was changing, or the leader deleting. */
  private static final Duration NEXT_TRY = Duration.ofSeconds(5);

  private final EngineSettings settings;
  private final Stores stores;
  private final Fetcher.Claiming claiming;
  private final Fetcher.Shared shared;
  private final Loop report = new Loop("cairn-queues", this::report);
  private final @Nullable ClassLoader loader = Thread.currentThread().getContextClassLoader();
  private final Map<String, Worked> worked = new ConcurrentHashMap<>();

  /** The fetchers of removed queues, while their last claim is in progress. */
  private final List<Removed> removed = new CopyOnWriteArrayList<>();

  /**
   * The slots of all queues, including removed ones. If a removed queue is added again, its running
   * jobs still count, because the queue's limit may protect a resource that they use.
   */
  private final Map<String, Slots> slots = new ConcurrentHashMap<>();

  private record Removed(String queue, Fetcher fetcher) {}

  private record Worked(QueueOptions options, Fetcher fetcher) {}

  /** Creates the queues of the settings. No jobs are claimed yet. */
  WorkedQueues(
      EngineSettings settings,
      Stores stores,
      Fetcher.Claiming claiming,
      Executor executor,
      Completer completer,
      FetchReporter reporter) {
    this.settings = settings;
    this.stores = stores;
    this.claiming = claiming;
    var looks = new SharedLook(stores.jobs(), settings.kinds(), worked::size, System::nanoTime);
    this.shared = new Fetcher.Shared(executor, completer, looks, reporter);
    settings.queues().forEach(this::add);
  }

  /**
   * Adds a queue. No jobs are claimed from it yet.
   *
   * @throws IllegalArgumentException if the queue is already worked, or there are no workers
   */
  void add(String queue, QueueOptions options) {
    if (worked.containsKey(queue)) {
      throw new IllegalArgumentException("queue '%s' is added twice [CAIRN-105]".formatted(queue));
    }
    shared.executor().requireWorkers(queue);
    forgetRemoved();
    shared.executor().addQueue(queue, options);
    worked.put(queue, new Worked(options, fetcher(queue, options)));
  }

  /**
   * Creates a fetcher. Its loop has the class loader of the thread that built the client, even if
   * another thread adds the queue.
   */
  private Fetcher fetcher(String queue, QueueOptions options) {
    Thread thread = Thread.currentThread();
    ClassLoader own = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    try {
      return new Fetcher(
          queue,
          options,
          slots(queue, options.maxWorkers()),
          settings,
          stores.jobs(),
          claiming,
          shared);
    } finally {
      thread.setContextClassLoader(own);
    }
  }

  private Slots slots(String queue, int size) {
    Slots all = slots.computeIfAbsent(queue, name -> new Slots(size));
    all.resize(size);
    return all;
  }

  /** Starts to claim from an added queue. */
  void start(String queue) {
    Worked added = worked.get(queue);
    if (added != null) {
      added.fetcher().start();
    }
  }

  /**
   * Makes an added queue visible to River's tools. If that fails, or another transaction is
   * changing the queue, the next try follows soon.
   */
  void announce(String queue) {
    try {
      if (!stores.queues().touch(List.of(queue))) {
        report.ring();
      }
    } catch (StoreUnavailableException e) {
      log.warn("Could not register queue {}; will retry soon [CAIRN-526]", queue, e);
      report.ring();
    }
  }

  /**
   * Stops claiming from a queue. If a claim is not answered within {@code patience}, the stop of
   * the client waits for it again.
   *
   * @return false if the queue was not worked
   */
  boolean remove(String queue, Duration patience) {
    Worked gone = worked.remove(queue);
    if (gone == null) {
      return false;
    }
    gone.fetcher().stop();
    removed.add(new Removed(queue, gone.fetcher()));
    boolean ignored = gone.fetcher().join(patience);
    forgetRemoved();
    return true;
  }

  /**
   * Forgets removed queues once their last job has ended, because a program may keep adding and
   * removing queues with new names.
   */
  private void forgetRemoved() {
    removed.removeIf(each -> each.fetcher().join(Duration.ZERO));
    Set<String> stillClaimed = removed.stream().map(Removed::queue).collect(Collectors.toSet());
    for (String queue : Set.copyOf(slots.keySet())) {
      Slots left = slots.get(queue);
      boolean isOver = !worked.containsKey(queue) && !stillClaimed.contains(queue);
      if (isOver && left != null && left.areAllFree()) {
        slots.remove(queue);
        shared.executor().forgetQueue(queue);
      }
    }
  }

  /** For tests: the queues that are not forgotten. */
  Set<String> remembered() {
    return Set.copyOf(slots.keySet());
  }

  boolean isEmpty() {
    return worked.isEmpty();
  }

  Set<String> names() {
    return Set.copyOf(worked.keySet());
  }

  Map<String, QueueOptions> options() {
    return worked.entrySet().stream()
        .collect(
            Collectors.toUnmodifiableMap(Map.Entry::getKey, each -> each.getValue().options()));
  }

  Map<String, QueueStatus> statuses() {
    return worked.entrySet().stream()
        .collect(
            Collectors.toUnmodifiableMap(
                Map.Entry::getKey, each -> each.getValue().fetcher().status()));
  }

  /** Starts to claim from all queues. */
  void start() {
    report.start();
    worked.values().forEach(each -> each.fetcher().start());
  }

  /** Stops claiming. Returns at once. */
  void stop() {
    report.stop();
    worked.values().forEach(each -> each.fetcher().stop());
  }

  /** Waits for the claims in progress. */
  void awaitLastClaims(Deadline deadline) {
    worked.values().forEach(each -> each.fetcher().join(deadline.rest()));
  }

  /** The loops that end some time after {@link #stop}. */
  List<StoppedLoop> loops() {
    var loops = new ArrayList<StoppedLoop>();
    worked.values().stream()
        .map(Worked::fetcher)
        .forEach(each -> loops.add(new StoppedLoop(each::join, each::thread)));
    removed.stream()
        .map(Removed::fetcher)
        .forEach(each -> loops.add(new StoppedLoop(each::join, each::thread)));
    loops.add(new StoppedLoop(report::join, report::thread));
    return loops;
  }

  /** Notes that there may be new jobs in a queue. */
  void wake(String queue) {
    Worked named = worked.get(queue);
    if (named != null) {
      named.fetcher().wake();
    }
  }

  /** Notes that there may be new jobs in any queue. */
  void wakeAll() {
    worked.values().forEach(each -> each.fetcher().wake());
  }

  /** Notes that outcomes were written, so that more jobs may be claimed. */
  void roomAgain() {
    worked.values().forEach(each -> each.fetcher().roomAgain());
  }

  private Duration report() {
    Set<String> names = names();
    return names.isEmpty() || stores.queues().touch(names) ? REPORT_INTERVAL : NEXT_TRY;
  }
}
