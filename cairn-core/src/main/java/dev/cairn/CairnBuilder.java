package dev.cairn;

import dev.cairn.event.EventListener;
import dev.cairn.internal.client.ClientSettings;
import dev.cairn.internal.client.KindMiddleware;
import dev.cairn.internal.client.OwnMiddleware;
import dev.cairn.internal.options.Durations;
import dev.cairn.internal.postgres.PostgresStores;
import dev.cairn.internal.store.Stores;
import dev.cairn.internal.upkeep.NamedTask;
import dev.cairn.internal.upkeep.UpkeepSettings;
import dev.cairn.internal.work.EngineSettings;
import dev.cairn.internal.work.Handlers;
import dev.cairn.internal.work.QueueLimits;
import dev.cairn.resumable.ResumableLimits;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.schedule.Schedule;
import dev.cairn.spi.ErrorHandler;
import dev.cairn.spi.JacksonCodec;
import dev.cairn.spi.JsonCodec;
import dev.cairn.spi.LeaderTask;
import dev.cairn.spi.Middleware;
import dev.cairn.spi.Plugin;
import dev.cairn.spi.TransactionRunner;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/*
 * Longer than 500 lines because each setting of a client is a method with its default, its limits
 * and its errors. The values themselves are in ClientSettings, EngineSettings and UpkeepSettings.
 */

/**
 * Describes a {@link Cairn} client. Every default is stated at its method. A duration of more than
 * a hundred years, such as that of {@link java.time.temporal.ChronoUnit#FOREVER}, means no limit,
 * unless the method states a maximum.
 */
public final class CairnBuilder {
  private static final String JOINING_PROXY =
      "org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy";

  private static final Duration DAY = Duration.ofDays(1);

  private final DataSource dataSource;
  private final Map<String, QueueOptions> queues = new LinkedHashMap<>();
  private final List<Middleware> middleware = new ArrayList<>();
  private final List<EventListener> listeners = new ArrayList<>();
  private JsonCodec codec = JacksonCodec.create();
  private final List<PeriodicJob> periodicJobs = new ArrayList<>();
  private final Set<String> sparedKinds = new HashSet<>();
  private final List<NamedTask> leaderTasks = new ArrayList<>();

  private ClientSettings settings = ClientSettings.defaults();

  CairnBuilder(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  /**
   * The PostgreSQL schema that holds the tables; the connection's current schema unless set. That
   * is read once, on a connection of the data source. Name the schema if connections have another
   * {@code search_path}, for example that of a tenant.
   *
   * @throws IllegalArgumentException when the client is built, if the name is not 1 to 46 letters,
   *     digits and underscores, or begins with a digit
   */
  public CairnBuilder schema(String schema) {
    settings = settings.with(ClientSettings.SCHEMA, schema);
    return this;
  }

  /** The workers of this client; none unless set, for a client that only inserts. */
  public CairnBuilder workers(Workers workers) {
    settings = settings.with(ClientSettings.WORKERS, Objects.requireNonNull(workers, "workers"));
    return this;
  }

  /**
   * Adds a queue to work.
   *
   * @param maxWorkers how many of its jobs may run at once in this client, 1 to 10,000
   * @throws IllegalArgumentException if the number is out of range, or the queue was added before
   */
  public CairnBuilder queue(String name, int maxWorkers) {
    return queue(name, QueueOptions.of(maxWorkers));
  }

  /**
   * Adds a queue to work, with settings of its own.
   *
   * @throws IllegalArgumentException if a number is out of range, or the queue was added before
   */
  public CairnBuilder queue(String name, QueueOptions options) {
    QueueLimits.check(name, options.maxWorkers());
    if (queues.putIfAbsent(name, options) != null) {
      throw new IllegalArgumentException("queue '%s' is added twice [CAIRN-105]".formatted(name));
    }
    return this;
  }

  /**
   * Removes the queues that were added before: for a client with the settings of another one that
   * works nothing by itself, as in tests.
   */
  public CairnBuilder withoutQueues() {
    queues.clear();
    return this;
  }

  /** Adds middleware around every attempt and insertion; the first added is the outermost. */
  public CairnBuilder middleware(Middleware middleware) {
    this.middleware.add(middleware);
    return this;
  }

  /**
   * Adds middleware around the attempts and insertions of one type of arguments only. All
   * middleware of a client is called in the order in which it was added. Also applies to clients
   * that only insert.
   *
   * @throws IllegalArgumentException if the type has no valid {@link JobKind}
   */
  public CairnBuilder middleware(Class<?> argsType, Middleware middleware) {
    return middleware(new KindMiddleware(Kinds.of(argsType), middleware));
  }

  /**
   * Adds a listener, which is called for every event of the kinds that it names. {@link
   * EventListener} says on which thread. See also {@link Cairn#subscribe}.
   */
  public CairnBuilder listener(EventListener listener) {
    listeners.add(listener);
    return this;
  }

  /** Installs a plugin, which may add middleware, listeners and other settings. */
  public CairnBuilder plugin(Plugin plugin) {
    plugin.install(this);
    return this;
  }

  /** How values become JSON; {@link JacksonCodec#create()} unless set. */
  public CairnBuilder codec(JsonCodec codec) {
    this.codec = Objects.requireNonNull(codec, "codec");
    return this;
  }

  /**
   * Runs the transactions that Cairn begins for workers: those of {@code stepTx}, {@code
   * advanceInTransaction}, {@code forEachTx} and {@link WorkContext#inTransaction}. Unless set,
   * they use connections of the client's data source; with a runner, they are transactions of
   * Spring, jOOQ or JDBI. A runner costs two more statements in each transaction, which verify that
   * it was committed. Claims, outcomes and buffered checkpoints still use the data source.
   *
   * <p>If the runner knows the transaction of a thread ({@link TransactionRunner#join}), what the
   * thread does with this client without a connection belongs to that transaction: see {@link
   * dev.cairn.jobs.JobClient}.
   *
   * @param runner its transactions must be on the database that holds the jobs
   */
  public CairnBuilder transactions(TransactionRunner runner) {
    settings =
        settings.with(ClientSettings.TRANSACTION_RUNNER, Objects.requireNonNull(runner, "runner"));
    return this;
  }

  /**
   * The id of this client, unique among all clients of the schema that are alive; generated from
   * the host, the time and a random part unless set. At most 127 characters.
   *
   * <p>A restarted process may use its earlier id. If the earlier process died, its jobs are
   * rescued at the start, and this counts as a crash, as for any other client. A client does not
   * start while another client with its id is alive. If the last heartbeat under the id is recent,
   * {@link Cairn#start} waits for up to one and a half heartbeat intervals to find that out.
   *
   * @throws IllegalArgumentException if the id does not have 1 to 127 characters
   */
  public CairnBuilder clientId(String clientId) {
    if (clientId.isEmpty() || clientId.length() > 127) {
      throw new IllegalArgumentException("a client id must have 1 to 127 characters: " + clientId);
    }
    settings = settings.with(ClientSettings.CLIENT_ID, clientId);
    return this;
  }

  /**
   * When failed jobs run again, for example {@link RetryPolicy#fixed} or {@link
   * RetryPolicy#exponential}; unless set, {@link RetryPolicy#river()}: n to the fourth power
   * seconds after the n-th failure, with 10 % jitter.
   */
  public CairnBuilder retryPolicy(RetryPolicy retryPolicy) {
    settings = settings.with(ClientSettings.RETRY_POLICY, retryPolicy);
    return this;
  }

  /**
   * Handles failed attempts and jobs that keep running after their timeout, and may decide what
   * happens next; without one, failed jobs follow the retry policy, and stuck jobs keep their slot
   * until they end.
   */
  public CairnBuilder errorHandler(ErrorHandler errorHandler) {
    settings = settings.with(ClientSettings.ERROR_HANDLER, errorHandler);
    return this;
  }

  /**
   * How long a job may keep running after its timeout or progress deadline before it counts as
   * stuck; 10 seconds unless set.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public CairnBuilder stuckThreshold(Duration time) {
    settings =
        settings.with(
            ClientSettings.STUCK_THRESHOLD, Durations.notNegative("stuckThreshold", time));
    return this;
  }

  /**
   * Claims only jobs whose kind has a worker in this client. Unless set, a job of an unknown kind
   * is claimed and fails, as in River.
   */
  public CairnBuilder onlyKnownKinds() {
    settings = settings.with(ClientSettings.ONLY_KNOWN_KINDS, true);
    return this;
  }

  /**
   * Allows insertions of kinds that have no worker in this client. Unless set, a client with
   * workers refuses them, as in River.
   */
  public CairnBuilder insertUnknownKinds() {
    settings = settings.with(ClientSettings.INSERTS_UNKNOWN_KINDS, true);
    return this;
  }

  /**
   * Adds a periodic job, inserted by the client that leads. The leader inserts only those that it
   * has, so add the same ones to all clients of the schema that may lead.
   *
   * @throws IllegalArgumentException when the client is built, if two periodic jobs have the same
   *     id
   */
  public CairnBuilder periodicJob(PeriodicJob job) {
    periodicJobs.add(job);
    return this;
  }

  /**
   * How long finished jobs stay, while this client leads; unless set, {@link Retention#defaults()}:
   * completed and cancelled jobs a day, discarded jobs a week.
   */
  public CairnBuilder retention(Retention retention) {
    settings = settings.with(ClientSettings.RETENTION, retention);
    return this;
  }

  /**
   * Never becomes leader, as with {@code LeaderElectionDisabled} of River for Go. Another client,
   * of Cairn or of River, has to lead: the leader makes scheduled and failed jobs available when
   * they are due, inserts periodic jobs, rescues stuck jobs, and deletes old ones. This client does
   * none of that, and its settings for it, such as {@link #periodicJob} and {@link #retention},
   * have no effect. It still works jobs, rescues those of clients of Cairn that have died, wakes
   * jobs that wait for another job, and deletes what is left over in Cairn's own tables.
   */
  public CairnBuilder neverLeads() {
    settings = settings.with(ClientSettings.LEADS, false);
    return this;
  }

  /**
   * Adds a task of an extension that the client runs while it leads.
   *
   * @throws IllegalArgumentException if its {@link LeaderTask#name} is null or blank, or throws
   */
  public CairnBuilder leaderTask(LeaderTask task) {
    leaderTasks.add(NamedTask.of(task));
    return this;
  }

  /**
   * How long a job of a client without heartbeat, such as one of River for Go, may run before it is
   * rescued, while this client leads; one hour unless set, as in River. Jobs of Cairn's clients may
   * run for any time. See {@link #neverRescue} for workers in Go without a timeout.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public CairnBuilder rescueStuckJobsAfter(Duration time) {
    settings =
        settings.with(ClientSettings.STUCK_AFTER, Durations.positive("rescueStuckJobsAfter", time));
    return this;
  }

  /**
   * Never rescues jobs of these kinds for running too long, while this client leads. For kinds
   * whose workers in River for Go have no timeout ({@code -1}). River for Go does not rescue such
   * jobs either. But the database does not hold the timeout of a worker, so a leader in Java must
   * be told. If the Go process of such a job dies, the job stays {@code running}, as with River.
   * May be called more than once.
   */
  public CairnBuilder neverRescue(String... kinds) {
    sparedKinds.addAll(List.of(kinds));
    return this;
  }

  /**
   * When the indexes of the jobs are rebuilt, while this client leads; each midnight in UTC unless
   * set, as in River.
   */
  public CairnBuilder reindex(Schedule schedule) {
    settings = settings.with(ClientSettings.REINDEX, schedule);
    return this;
  }

  /**
   * How many attempts a job has unless its options say otherwise; 25 unless set.
   *
   * @throws IllegalArgumentException if it is not 1 to 32,767
   */
  public CairnBuilder maxAttempts(int maxAttempts) {
    if (maxAttempts < 1 || maxAttempts > Short.MAX_VALUE) {
      throw new IllegalArgumentException(
          "maxAttempts must be 1 to %d, not %d".formatted(Short.MAX_VALUE, maxAttempts));
    }
    settings = settings.with(ClientSettings.MAX_ATTEMPTS, maxAttempts);
    return this;
  }

  /**
   * How long an attempt may take unless its worker says otherwise; {@link Duration#ZERO} means
   * without limit. Unless set, it is one minute, as in River, until the job uses {@link
   * dev.cairn.resumable.Steps}; from then on, {@link ResumePolicy#progressDeadline} applies
   * instead. A timeout that is set applies to every job.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public CairnBuilder jobTimeout(Duration jobTimeout) {
    settings =
        settings.with(ClientSettings.JOB_TIMEOUT, Durations.notNegative("jobTimeout", jobTimeout));
    return this;
  }

  /**
   * How long after its last heartbeat a client is considered dead and its jobs are made available
   * again; 30 seconds unless set, between one second and one day. The client sends four heartbeats
   * in that time.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public CairnBuilder heartbeatTimeout(Duration heartbeatTimeout) {
    settings =
        settings.with(
            ClientSettings.HEARTBEAT_TIMEOUT,
            Durations.between(Duration.ofSeconds(1), DAY, "heartbeatTimeout", heartbeatTimeout));
    return this;
  }

  /**
   * How long a buffered checkpoint may wait before it is written: the most work that is lost when
   * the process is killed. 500 ms unless set.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public CairnBuilder flushInterval(Duration flushInterval) {
    settings =
        settings.with(
            ClientSettings.FLUSH_INTERVAL, Durations.positive("flushInterval", flushInterval));
    return this;
  }

  /**
   * How often an idle queue is polled when no notification arrives; one second unless set, at most
   * one day. While jobs of a queue run, and for some seconds afterwards, the queue is polled at
   * least once a second. A longer interval delays only jobs that become due without a notification:
   * jobs that a program inserts with its own SQL, some of the jobs that a leader of River for Go
   * makes available, and jobs that a client postponed by up to five seconds and does not look for
   * when they are due, because it has stopped or has no free slot.
   *
   * @throws IllegalArgumentException if it is not positive, or longer than one day
   */
  public CairnBuilder pollInterval(Duration pollInterval) {
    settings =
        settings.with(
            ClientSettings.POLL_INTERVAL, Durations.positive("pollInterval", DAY, pollInterval));
    return this;
  }

  /**
   * The shortest time between two claims from one queue, at most one day. Zero unless set: a client
   * claims as soon as there are jobs and free slots. River's default is 100 ms.
   *
   * @throws IllegalArgumentException if it is negative, or longer than one day
   */
  public CairnBuilder fetchCooldown(Duration fetchCooldown) {
    settings =
        settings.with(
            ClientSettings.FETCH_COOLDOWN,
            Durations.between(Duration.ZERO, DAY, "fetchCooldown", fetchCooldown));
    return this;
  }

  /**
   * Does not listen for notifications, and needs no connection for them. Use it behind a pooler in
   * transaction mode. New jobs are then found by polling.
   */
  public CairnBuilder pollOnly() {
    settings = settings.with(ClientSettings.POLL_ONLY, true);
    return this;
  }

  /**
   * How long an attempt that timed out or was cancelled may take to stop by itself before its
   * thread is interrupted; one second unless set.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public CairnBuilder interruptDelay(Duration interruptDelay) {
    settings =
        settings.with(
            ClientSettings.INTERRUPT_DELAY,
            Durations.notNegative("interruptDelay", interruptDelay));
    return this;
  }

  /**
   * How often the {@code attempted_at} of a running job is renewed; every 20 minutes unless set. A
   * leader of River for Go rescues jobs whose {@code attempted_at} is older than its own limit, one
   * hour unless set there. Keep this well below that limit.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public CairnBuilder renewClaimsAfter(Duration time) {
    settings =
        settings.with(ClientSettings.RENEW_AFTER, Durations.positive("renewClaimsAfter", time));
    return this;
  }

  /**
   * The clock for what the client itself computes: the periods of unique jobs, and the delay until
   * a retry time that a worker chose. The system clock in UTC unless set; another one is for tests.
   * Claims, schedules and everything that clients compare use the time of the database.
   */
  public CairnBuilder clock(Clock clock) {
    settings = settings.with(ClientSettings.CLOCK, clock);
    return this;
  }

  /**
   * How long jobs may run and how often they may be stopped, unless their worker says otherwise;
   * {@link ResumePolicy#defaults()} unless set.
   */
  public CairnBuilder resumePolicy(ResumePolicy policy) {
    settings = settings.with(ClientSettings.RESUME_POLICY, policy);
    return this;
  }

  /**
   * How long {@link Cairn#close()} waits for running jobs; ten seconds unless set. If the
   * checkpoints of a resumable job are further apart, the job could not stop in time, and the
   * client logs a warning once in each attempt. The same applies to a transaction that stays open
   * for longer.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public CairnBuilder shutdownGrace(Duration grace) {
    settings =
        settings.with(ClientSettings.SHUTDOWN_GRACE, Durations.notNegative("shutdownGrace", grace));
    return this;
  }

  /**
   * How large the state of resumable jobs may grow; {@link ResumableLimits#defaults()} unless set.
   */
  public CairnBuilder resumableLimits(ResumableLimits resumableLimits) {
    settings = settings.with(ClientSettings.RESUMABLE_LIMITS, resumableLimits);
    return this;
  }

  /**
   * Creates the client, without starting it.
   *
   * @throws IllegalArgumentException if the schema's name is invalid, there are queues but no
   *     workers, the data source hands out connections of the caller's transactions, or a worker's
   *     arguments have a {@link Unique} that the codec cannot honour
   */
  public Cairn build() {
    if (dataSource.getClass().getName().equals(JOINING_PROXY)) {
      throw new IllegalArgumentException(
          ("%s joins the caller's transactions, which this client would commit: give it the data "
                  + "source behind the proxy, and insert with insert(connection, ...) [CAIRN-107]")
              .formatted(JOINING_PROXY));
    }
    if (!queues.isEmpty() && settings.get(ClientSettings.WORKERS).kinds().isEmpty()) {
      throw new IllegalArgumentException(
          ("queues %s have no workers: call workers(...), or add no queue to a client that only "
                  + "inserts [CAIRN-106]")
              .formatted(queues.keySet()));
    }
    settings.get(ClientSettings.WORKERS).argsTypes().forEach(codec::requireUnique);
    Handlers handlers = handlers();
    handlers.requireReadableArguments();
    Stores stores =
        PostgresStores.of(dataSource, schema(), settings.get(ClientSettings.TRANSACTION_RUNNER));
    return new Cairn(stores, handlers, this);
  }

  @Nullable String schema() {
    return settings.get(ClientSettings.SCHEMA);
  }

  Handlers handlers() {
    return new Handlers(
        settings.get(ClientSettings.WORKERS),
        OwnMiddleware.inside(middleware, codec, settings.get(ClientSettings.RESUMABLE_LIMITS)),
        codec,
        settings.get(ClientSettings.ERROR_HANDLER),
        settings.stuckJobs());
  }

  boolean insertsUnknownKinds() {
    return settings.get(ClientSettings.INSERTS_UNKNOWN_KINDS);
  }

  ResumableLimits limits() {
    return settings.get(ClientSettings.RESUMABLE_LIMITS);
  }

  List<EventListener> listeners() {
    return List.copyOf(listeners);
  }

  List<PeriodicJob> periodicJobs() {
    return List.copyOf(periodicJobs);
  }

  UpkeepSettings upkeepSettings() {
    return settings.upkeep(sparedKinds, leaderTasks);
  }

  EngineSettings settings() {
    return settings.engine(queues);
  }

  /** Of the settings as they are now: the builder may be used for other clients afterwards. */
  Supplier<String> idsOfLaterLives() {
    return settings::idOfNextLife;
  }
}
