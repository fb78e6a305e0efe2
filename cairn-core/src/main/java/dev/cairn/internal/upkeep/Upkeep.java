package dev.cairn.internal.upkeep;

import dev.cairn.Cairn;
import dev.cairn.internal.claims.Deadline;
import dev.cairn.internal.claims.Lease;
import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.store.ClientStore;
import dev.cairn.internal.store.Connections;
import dev.cairn.internal.store.LeaderStore;
import dev.cairn.internal.store.Notifications;
import dev.cairn.internal.store.Stores;
import dev.cairn.jobs.ClientRow;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Owns the maintenance loops of a client. Can be started once, like the engine. */
public final class Upkeep {
  private static final Duration END_MAX = Duration.ofSeconds(3);

  /** How long threads are waited for that use no connection: they wait for one, in the pool. */
  private static final Duration POOL_MAX = Duration.ofSeconds(1);

  private static final int CLIENTS_MAX = 1_000;

  private final ClientRescuer rescuer;
  private final Namesake namesake;
  private final Loop clientRescue;
  private final Loop care;
  private final Loop tidy;
  private final Leader leader;
  private final Connections connections;
  private final boolean leads;
  private final List<NamedTask> leaderTasks;
  private final Discards discards = new Discards();

  /** Creates the maintenance of a schema. */
  public Upkeep(
      Cairn client,
      String clientId,
      UpkeepSettings settings,
      Stores stores,
      Lease lease,
      PeriodicRegistry periodicJobs,
      PeriodicInserts inserts) {
    this.connections = stores.connections();
    this.leads = settings.leads();
    this.leaderTasks = settings.leaderTasks();
    this.rescuer =
        new ClientRescuer(clientId, stores.clients(), lease, settings.rescueInterval(), discards);
    this.namesake = new Namesake(clientId, lease.timeout(), stores.clients());
    this.clientRescue = new Loop("cairn-rescue", rescuer::turn);
    var caretaker =
        new Caretaker(
            stores.waits(),
            stores.queues(),
            stores.upkeep(),
            () -> isFirstWithoutLeader(clientId, stores.clients(), stores.leader()));
    this.care = new Loop("cairn-care", caretaker::wake);
    this.leader =
        new Leader(
            clientId,
            stores.leader(),
            lease,
            term -> services(client, settings, stores, periodicJobs, inserts, term));
    var periodicWatch =
        new PeriodicWatch(
            clientId,
            periodicJobs,
            stores.periodic(),
            stores.leader(),
            stores.clients(),
            leader::isLeading,
            System::nanoTime);
    this.tidy = new Loop("cairn-tidy", () -> shorter(caretaker.clean(), periodicWatch.turn()));
    periodicJobs.whenChanged(() -> leader.ring(PeriodicEnqueuer.NAME));
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /**
   * Whether no client of Cairn leads, and this client is the first one of those that are alive.
   * Takes no lock: if two clients believe this for a moment, they only do the same work.
   */
  static boolean isFirstWithoutLeader(String clientId, ClientStore clients, LeaderStore leader) {
    List<String> alive =
        clients.list(CLIENTS_MAX).stream().filter(ClientRow::alive).map(ClientRow::id).toList();
    return !alive.isEmpty()
        && alive.getFirst().equals(clientId)
        && leader.current().filter(alive::contains).isEmpty();
  }

  private List<LeaderService> services(
      Cairn client,
      UpkeepSettings settings,
      Stores stores,
      PeriodicRegistry periodicJobs,
      PeriodicInserts inserts,
      Term term) {
    BooleanSupplier isLeader = term::isValid;
    Stream<LeaderService> own =
        Stream.of(
            new Scheduler(stores.upkeep()),
            new Waker(stores.waits()),
            new StuckJobRescuer(
                stores.upkeep(), settings.stuckAfter(), settings.sparedKinds(), isLeader, discards),
            new Cleaner(stores.upkeep(), settings.retention()),
            new QueueCleaner(stores.queues()),
            new Reindexer(stores.upkeep(), settings.reindex(), isLeader),
            new PeriodicEnqueuer(
                periodicJobs,
                stores.periodic(),
                stores.transactions(),
                inserts,
                isLeader,
                term::isCertainAt));
    return Stream.concat(
            own, settings.leaderTasks().stream().map(task -> new ForeignTask(task, client)))
        .toList();
  }

  /** Sets who reports the jobs that this maintenance discards, by their ids. */
  public void whenDiscarding(Consumer<List<Long>> report) {
    discards.whenNoted(report);
  }

  /**
   * Begins a life of this client, if no other client is alive under its id.
   *
   * @return when it has begun
   * @throws IllegalStateException if another client is alive under the id
   */
  public Instant succeed() {
    return namesake.succeed();
  }

  /**
   * Rescues the jobs of a dead process that had this id, before the new client claims any.
   *
   * @throws dev.cairn.StoreUnavailableException if the database cannot be reached
   */
  public void rescueFormerLife() {
    rescuer.rescueFormerLife();
  }

  /** Whether this client is the leader. */
  public boolean isLeading() {
    return leader.isLeading();
  }

  /**
   * Starts to rescue jobs and to maintain Cairn's tables. Stands for election, unless its settings
   * forbid it.
   */
  public void start() {
    clientRescue.start();
    care.start();
    tidy.start();
    if (leads) {
      leaderTasks.forEach(NamedTask::stand);
      leader.start();
    }
  }

  /** Begins to stop; a leader resigns. Returns at once. */
  public void stop() {
    clientRescue.stop();
    care.stop();
    tidy.stop();
    leader.stop();
  }

  /**
   * Waits until everything has stopped. Connections of threads that do not return from the database
   * are aborted. Threads that wait for a connection are left alone: the pool may have none for a
   * long time. Tasks of the application may compute something, or use connections of their own.
   */
  public void join(Deadline deadline) {
    Duration first = leaderTasks.isEmpty() ? POOL_MAX : END_MAX;
    if (haveEnded(Deadline.in(deadline.atMost(first)))
        || threads().noneMatch(connections::isUsedBy)) {
      return;
    }
    if (!haveEnded(Deadline.in(deadline.atMost(END_MAX)))) {
      threads().forEach(connections::abortOf);
    }
  }

  private boolean haveEnded(Deadline deadline) {
    return leader.join(deadline.rest())
        && clientRescue.join(deadline.rest())
        && care.join(deadline.rest())
        && tidy.join(deadline.rest());
  }

  private Stream<Thread> threads() {
    return Stream.concat(
        leader.threads().stream(),
        Stream.of(clientRescue, care, tidy).flatMap(loop -> loop.thread().stream()));
  }

  /** The listener for notifications to the leader. */
  public Notifications.Listener listener() {
    return leader.listener();
  }
}
