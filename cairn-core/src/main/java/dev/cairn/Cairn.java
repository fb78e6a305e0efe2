package dev.cairn;

import dev.cairn.event.EventKind;
import dev.cairn.event.EventSubscription;
import dev.cairn.event.LeaderEvent;
import dev.cairn.internal.client.ClientInserts;
import dev.cairn.internal.client.ClientLife;
import dev.cairn.internal.client.ClientOperations;
import dev.cairn.internal.client.Inserting;
import dev.cairn.internal.client.KeptEvents;
import dev.cairn.internal.client.NewJobs;
import dev.cairn.internal.client.RegisteredPeriodicJobs;
import dev.cairn.internal.client.StoredJobs;
import dev.cairn.internal.client.StoredQueues;
import dev.cairn.internal.options.Durations;
import dev.cairn.internal.store.CurrentTransaction;
import dev.cairn.internal.store.Stores;
import dev.cairn.internal.upkeep.PeriodicInserts;
import dev.cairn.internal.upkeep.PeriodicRegistry;
import dev.cairn.internal.work.EngineSettings;
import dev.cairn.internal.work.EventBus;
import dev.cairn.internal.work.Handlers;
import dev.cairn.jobs.ClientRow;
import dev.cairn.jobs.JobClient;
import dev.cairn.jobs.Jobs;
import dev.cairn.jobs.Queues;
import dev.cairn.resumable.ResumableLimits;
import dev.cairn.schedule.PeriodicJobs;
import dev.cairn.spi.JsonCodec;
import java.sql.Connection;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A client of the job queue. It inserts jobs and, once started, works the jobs of its queues.
 * Thread-safe. A process usually has one per schema.
 *
 * <pre>{@code
 * Cairn cairn = Cairn.builder(dataSource).workers(workers).queue("default", 100).build();
 * cairn.start();
 * cairn.insert(new SendEmail("ada@example.org", "Hello"));
 * }</pre>
 */
public final class Cairn implements JobClient, AutoCloseable {
  private static final int SUBSCRIPTION_CAPACITY = 1_000;
  private static final int CLIENTS_MAX = 1_000;

  private final EngineSettings settings;
  private final Stores stores;
  private final Inserting inserting;
  private final CurrentTransaction currentTransaction;
  private final ClientOperations joined;
  private final ClientOperations outside;
  private final ClientLife.Parts parts;
  private final Supplier<String> newId;
  private final ReentrantLock lifecycle = new ReentrantLock();

  /** The present life, or the last one. */
  private volatile ClientLife life;

  /**
   * The class loader of the thread that built this client; users' code runs with it in every life.
   */
  private final @Nullable ClassLoader loader = Thread.currentThread().getContextClassLoader();

  private final PeriodicJobs periodicJobs;
  private final EventBus events = new EventBus();

  Cairn(Stores stores, Handlers handlers, CairnBuilder builder) {
    this.settings = builder.settings();
    this.stores = stores;
    this.inserting =
        new Inserting(
            handlers.middleware(),
            new NewJobs(
                builder.insertsUnknownKinds() ? Workers.none() : handlers.workers(),
                handlers.codec(),
                settings.maxAttempts(),
                settings.clock()));
    this.currentTransaction = stores.workersTransactions().current();
    builder.listeners().forEach(events::add);
    var registry = new PeriodicRegistry();
    builder.periodicJobs().forEach(registry::add);
    this.periodicJobs = new RegisteredPeriodicJobs(registry);
    registry.whenTermBegins(() -> events.publish(new LeaderEvent(id(), periodicJobs)));
    this.newId = builder.idsOfLaterLives();
    this.parts =
        new ClientLife.Parts(
            this, handlers, stores, events, builder.upkeepSettings(), registry, periodicInserts());
    this.life = new ClientLife(parts, settings);
    this.joined = operations(handlers.codec(), builder.limits(), currentTransaction);
    this.outside = operations(handlers.codec(), builder.limits(), CurrentTransaction.NONE);
  }

  private ClientOperations operations(
      JsonCodec codec, ResumableLimits limits, CurrentTransaction current) {
    return new ClientOperations(
        new ClientInserts(inserting, stores, codec, limits, current),
        new StoredJobs(stores, codec, limits, current),
        new StoredQueues(stores.queues(), () -> life.engine(), current));
  }

  /**
   * The state of this client, for health checks. Does not ask the database, so it returns at once.
   */
  public ClientStatus status() {
    return life.status();
  }

  /**
   * The id of the leader of this schema, which is a client of Cairn or of River; empty if there is
   * no leader at the moment. Runs one short statement.
   */
  public Optional<String> leader() {
    return stores.leader().current();
  }

  /**
   * The clients of Cairn on this schema, sorted by id, at most 1,000. Clients that have signed off
   * stay in the list for a while and are not alive. Clients of River have no heartbeat and are not
   * in the list.
   */
  public List<ClientRow> clients() {
    return stores.clients().list(CLIENTS_MAX);
  }

  /**
   * Starts to configure a client.
   *
   * @param dataSource the database that holds the jobs; usually a pool, such as HikariCP, with five
   *     connections more than the workers use
   */
  public static CairnBuilder builder(DataSource dataSource) {
    return new CairnBuilder(Objects.requireNonNull(dataSource, "dataSource"));
  }

  /**
   * The id of this client, as recorded in {@code attempted_by} of the jobs it works. A client that
   * is started again gets a new id, unless one was set.
   */
  public String id() {
    return life.clientId();
  }

  /**
   * Checks the schema, registers this client and starts to work its queues. Does nothing if the
   * client is already started. A client that was stopped can be started again.
   *
   * @throws SchemaException if the tables are missing or of another version
   * @throws StoreUnavailableException if the database cannot be reached
   * @throws IllegalStateException if this client is being stopped, has no queue to work, or has the
   *     id of another client that is alive
   */
  public void start() {
    lifecycle.lock();
    try {
      if (life.isStopping()) {
        if (!life.stopped().isDone()) {
          throw new IllegalStateException(
              "client %s is being stopped: start it when stopped() has completed [CAIRN-114]"
                  .formatted(life.clientId()));
        }
        life = nextLife();
      }
      life.start();
    } finally {
      lifecycle.unlock();
    }
  }

  private ClientLife nextLife() {
    Thread thread = Thread.currentThread();
    ClassLoader own = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    try {
      return new ClientLife(parts, settings.with(newId.get(), life.queues()));
    } finally {
      thread.setContextClassLoader(own);
    }
  }

  /**
   * Stops this client: claims no more jobs, asks resumable jobs to stop at their next checkpoint,
   * and waits without limit until all running jobs have ended. If the client was never started,
   * waits at most a second until other clients are told of the jobs that it has inserted.
   *
   * <p>If one of its own jobs calls this or another method that stops, for example in its worker or
   * its error handler, the stop begins and the call returns at once, because the stop waits for the
   * job. With a grace period, as in {@link #close()}, the call waits only for the other jobs. Close
   * the data source only when {@link #stopped} has completed.
   */
  public void stop() {
    stop(Optional.empty());
  }

  /**
   * Stops like {@link #stop()}, but waits at most {@code grace}. Then it stops like {@link
   * #stopNow()}.
   *
   * @throws IllegalArgumentException if {@code grace} is negative
   */
  public void stop(Duration grace) {
    stop(Optional.of(Objects.requireNonNull(grace, "grace")));
  }

  /**
   * Stops at once: interrupts the threads of the running jobs, and waits a few seconds for them to
   * end. Interrupted jobs become available at once and use up no attempt, even if their code does
   * not react. Nothing that such code does afterwards is written to its job.
   */
  public void stopNow() {
    stop(Optional.of(Duration.ZERO));
  }

  /** Stops with the grace period of {@link CairnBuilder#shutdownGrace}. */
  @Override
  public void close() {
    stop(settings.shutdownGrace());
  }

  /** How long {@link #close()} waits for running jobs. */
  public Duration shutdownGrace() {
    return settings.shutdownGrace();
  }

  /** The policy of jobs whose worker has none of its own. */
  public ResumePolicy resumePolicy() {
    return settings.resumePolicy();
  }

  private void stop(Optional<Duration> grace) {
    if (grace.isPresent() && grace.get().isNegative()) {
      throw new IllegalArgumentException("the grace must not be negative: " + grace.get());
    }
    life.stop(grace);
  }

  /**
   * A future that completes when this client has stopped. Each start creates a new one. Dependent
   * actions run on a thread of their own.
   */
  public CompletableFuture<@Nullable Void> stopped() {
    return life.stopped();
  }

  /**
   * Waits until this client has been stopped by any thread. For a program that only works jobs. If
   * the client was never started, or was started again, waits for its next stop.
   *
   * @return false if the client has not stopped within {@code timeout}
   * @throws IllegalArgumentException if {@code timeout} is negative
   */
  public boolean awaitStopped(Duration timeout) throws InterruptedException {
    return life.awaitStopped(Durations.notNegative("timeout", timeout));
  }

  /** Inserts a job with the default options in the caller's transaction. */
  public InsertResult insert(Connection connection, Object args) {
    return insert(connection, args, InsertOptions.defaults());
  }

  /**
   * Inserts a job in the caller's transaction. The job exists, and can be worked, only after the
   * commit.
   */
  public InsertResult insert(Connection connection, Object args, InsertOptions options) {
    return insertMany(connection, List.of(JobInsert.of(args, options))).getFirst();
  }

  @Override
  public List<InsertResult> insertMany(List<JobInsert> jobInserts) {
    return joined.insertMany(jobInserts);
  }

  /** Inserts many jobs in one statement of the caller's transaction. */
  public List<InsertResult> insertMany(Connection connection, List<JobInsert> jobInserts) {
    return joined.inserts().insertMany(connection, jobInserts);
  }

  @Override
  public long insertManyFast(List<JobInsert> jobInserts) {
    return joined.insertManyFast(jobInserts);
  }

  /**
   * Inserts many jobs with COPY in the caller's transaction, all or none. If the connection commits
   * each statement by itself, they are one transaction of their own.
   */
  public long insertManyFast(Connection connection, List<JobInsert> jobInserts) {
    return joined.inserts().insertManyFast(connection, jobInserts);
  }

  @Override
  public int signal(String name, @Nullable Object payload) {
    return joined.signal(name, payload);
  }

  /**
   * Sends a signal in the caller's transaction. It takes effect with the commit, or at once if the
   * connection commits each statement by itself.
   */
  public int signal(Connection connection, String name, @Nullable Object payload) {
    return joined.inserts().signal(connection, name, payload);
  }

  /**
   * The same client, but with transactions of its own, even if the calling thread is in a
   * transaction that this client would join. Use it for what must happen even if that transaction
   * is rolled back, and to see what is committed, as in a loop that waits for a job.
   *
   * <p>It takes a connection beside that of the transaction. If a call needs what the transaction
   * holds, it waits for the transaction, which waits for the call, and both wait for ever. So while
   * the thread is in a transaction, do not do the following here:
   *
   * <ul>
   *   <li>change a job or a queue that the transaction has changed;
   *   <li>insert a job whose unique key the transaction has taken or freed, as by a cancellation of
   *       the job that holds it;
   *   <li>send a signal that the transaction has sent, or that wakes a job that it has changed.
   * </ul>
   */
  public JobClient outside() {
    return outside;
  }

  /**
   * Calls {@code body} with the connection of the transaction that the calling thread is in, as the
   * runner of {@link CairnBuilder#transactions} knows it. For code that needs the connection, or
   * must fail where there is no transaction: {@link #jobs}, {@link #queues} and insertions join it
   * without a connection.
   *
   * @throws IllegalStateException if there is no runner, or the thread is in no transaction on the
   *     database that holds the jobs
   */
  public <T extends @Nullable Object> T inCurrentTransaction(TransactionBody<T> body)
      throws Exception {
    return currentTransaction.require("inCurrentTransaction", body);
  }

  /**
   * Claims one job and starts it now, ignoring its schedule, a pause of its queue, and the limit of
   * workers. A pause of its queue does not interrupt it either. For tests and consoles.
   *
   * <p>Does not join the transaction of the calling thread: a job that the transaction has inserted
   * or changed cannot be claimed before the commit.
   *
   * @return whether the job was claimed; false if there is no such job, or if it is running,
   *     pending or has ended
   * @throws IllegalStateException if this client is not started, or was stopped, or if another job
   *     holds the unique key of this job
   */
  public boolean work(long jobId) {
    return life.engine().work(jobId);
  }

  /** Subscribes to events of this client, with a buffer of 1,000 events. */
  public EventSubscription subscribe(EventKind... kinds) {
    return subscribe(SUBSCRIPTION_CAPACITY, kinds);
  }

  /**
   * Subscribes to events of this client.
   *
   * @param capacity how many events the subscription holds until they are taken, at least 1
   * @param kinds the kinds of events; if empty, all events of jobs and queues. Events of steps and
   *     claims may be very frequent, so they must be named
   * @throws IllegalArgumentException if {@code capacity} is less than 1
   */
  public EventSubscription subscribe(int capacity, EventKind... kinds) {
    var subscription =
        new KeptEvents(
            capacity, kinds.length == 0 ? ofJobsAndQueues() : Set.copyOf(List.of(kinds)));
    subscription.whenClosed(events.add(subscription));
    return subscription;
  }

  private static Set<EventKind> ofJobsAndQueues() {
    Set<EventKind> kinds = EnumSet.allOf(EventKind.class);
    kinds.removeIf(kind -> !kind.isOfJobs());
    return kinds;
  }

  private PeriodicInserts periodicInserts() {
    return new PeriodicInserts() {
      @Override
      public JobInsert withDefaults(JobInsert job) {
        return NewJobs.withDefaults(job);
      }

      @Override
      public void insert(List<JobInsert> periodic) {
        inserting.insert(periodic, ready -> stores.jobs().tryInsert(uninterrupted(ready)));
      }

      @Override
      public void insert(Connection connection, List<JobInsert> periodic) {
        inserting.insert(periodic, ready -> stores.jobs().insert(connection, uninterrupted(ready)));
      }

      /* Cairn never interrupts the leader's thread: middleware or the codec left the flag set. */
      private <T> T uninterrupted(T ready) {
        boolean ignored = Thread.interrupted();
        return ready;
      }
    };
  }

  /** The periodic jobs that this client inserts while it leads. */
  public PeriodicJobs periodicJobs() {
    return periodicJobs;
  }

  @Override
  public Jobs jobs() {
    return joined.jobs();
  }

  @Override
  public Queues queues() {
    return joined.queues();
  }
}
