package dev.cairn;

import dev.cairn.internal.postgres.PostgresStores;
import dev.cairn.internal.store.NewJob;
import dev.cairn.internal.store.StorableJson;
import dev.cairn.internal.store.Stores;
import dev.cairn.internal.upkeep.Upkeep;
import dev.cairn.internal.work.Engine;
import dev.cairn.internal.work.EngineSettings;
import dev.cairn.internal.work.Handlers;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * A client: inserts jobs, and works those of its queues once it is started. Thread-safe. One per
 * process and schema is the rule.
 *
 * <pre>{@code
 * Cairn cairn = Cairn.builder(dataSource).workers(workers).queue("default", 100).build();
 * cairn.start();
 * cairn.insert(new SendEmail("ada@example.org", "Hello"));
 * }</pre>
 */
public final class Cairn implements AutoCloseable {
  private final EngineSettings settings;
  private final Handlers handlers;
  private final Stores stores;
  private final Engine engine;
  private final Upkeep upkeep;

  Cairn(DataSource dataSource, CairnBuilder builder) {
    this.settings = builder.settings();
    this.handlers = new Handlers(builder.workers(), builder.allMiddleware(), builder.codec());
    this.stores = PostgresStores.of(dataSource, builder.schema());
    this.upkeep = new Upkeep(settings.clientId(), settings.heartbeatInterval(), stores);
    this.engine = new Engine(this, settings, handlers, stores, upkeep.ears());
  }

  /**
   * Begins to describe a client.
   *
   * @param dataSource the database that holds the jobs; a pool such as HikariCP with room for five
   *     connections beside those that workers use
   */
  public static CairnBuilder builder(DataSource dataSource) {
    return new CairnBuilder(dataSource);
  }

  /** The id of this client, as it stands in {@code attempted_by} of the jobs it works. */
  public String id() {
    return settings.clientId();
  }

  /**
   * Checks the schema, registers this client and begins to work its queues. Does nothing if it is
   * started already.
   *
   * @throws SchemaException if the tables are missing or of another version
   * @throws StoreUnavailableException if the database cannot be reached
   * @throws IllegalStateException if this client was stopped before, or has queues but no workers
   */
  public void start() {
    if (engine.start()) {
      upkeep.start();
    }
  }

  /**
   * Stops: claims no more jobs, asks resumable jobs to stop at their next checkpoint, and waits,
   * however long that takes, until all running jobs have ended. Does nothing if it never started.
   */
  public void stop() {
    stop(Optional.empty());
  }

  /**
   * Stops like {@link #stop()}, but waits at most {@code grace} before it goes on as {@link
   * #stopNow()}.
   */
  public void stop(Duration grace) {
    stop(Optional.of(grace));
  }

  /**
   * Stops at once: interrupts the threads of the running jobs and waits a few seconds for them to
   * end. Interrupted jobs become available at once and use up no attempt (R18), also those whose
   * code did not react: what such code still does is no longer written to its job.
   */
  public void stopNow() {
    stop(Optional.of(Duration.ZERO));
  }

  /** Stops with a grace period of ten seconds. */
  @Override
  public void close() {
    stop(Duration.ofSeconds(10));
  }

  private void stop(Optional<Duration> grace) {
    if (engine.isStarted()) {
      upkeep.stop();
      engine.stop(grace);
    }
  }

  /** Inserts a job with the default options. */
  public JobRow insert(Object args) {
    return insert(args, InsertOptions.defaults());
  }

  /**
   * Inserts a job.
   *
   * @param args an object whose type has a {@link JobKind}
   * @return the job as it was stored
   * @throws UnknownKindException if this client has workers, but none for this kind
   * @throws IllegalArgumentException if the arguments cannot be encoded, or metadata is not a JSON
   *     object
   */
  public JobRow insert(Object args, InsertOptions options) {
    return insertMany(List.of(new JobInsert(args, options))).getFirst();
  }

  /** Inserts a job with the default options in the caller's transaction. */
  public JobRow insert(Connection connection, Object args) {
    return insert(connection, args, InsertOptions.defaults());
  }

  /**
   * Inserts a job in the caller's transaction: it exists, and is worked, only once that has
   * committed.
   */
  public JobRow insert(Connection connection, Object args, InsertOptions options) {
    return insertMany(connection, List.of(new JobInsert(args, options))).getFirst();
  }

  /**
   * Inserts many jobs in one statement: all or none.
   *
   * @return the jobs as they were stored, in the order of {@code inserts}
   */
  public List<JobRow> insertMany(List<JobInsert> inserts) {
    return stores.jobs().insert(newJobs(inserts));
  }

  /** Inserts many jobs in one statement of the caller's transaction. */
  public List<JobRow> insertMany(Connection connection, List<JobInsert> inserts) {
    return stores.jobs().insert(connection, newJobs(inserts));
  }

  /** A job as it stands now. */
  public Optional<JobRow> job(long id) {
    return stores.jobs().find(id);
  }

  /**
   * Cancels a job. One that is not running ends at once; one that is running is asked to stop and
   * ends as cancelled unless it completes first. A job in a final state is left as it is.
   *
   * @return the job after the change; empty if there is none
   */
  public Optional<JobRow> cancel(long id) {
    return stores.jobs().cancel(id);
  }

  private List<NewJob> newJobs(List<JobInsert> inserts) {
    return inserts.stream().map(this::newJob).toList();
  }

  private NewJob newJob(JobInsert insert) {
    String kind = Kinds.of(insert.args().getClass());
    Workers workers = handlers.workers();
    if (!workers.kinds().isEmpty() && workers.find(kind).isEmpty()) {
      throw new UnknownKindException(
          ("kind '%s' has no worker in this client, which has workers for %s: register one, or "
                  + "insert through a client without workers")
              .formatted(kind, workers.kinds().stream().sorted().toList()));
    }
    InsertOptions options = insert.options();
    return new NewJob(
        kind,
        encodedArgs(kind, insert.args()),
        metadata(kind, options.metadata()),
        options.maxAttempts() == null ? settings.maxAttempts() : options.maxAttempts(),
        options.priority(),
        options.queue(),
        options.scheduledAt(),
        options.pending(),
        options.tags());
  }

  private String encodedArgs(String kind, Object args) {
    String what = "the arguments of kind '%s'".formatted(kind);
    try {
      return StorableJson.require(what, handlers.codec().encode(args));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s cannot be stored: %s".formatted(what, e.getMessage()), e);
    }
  }

  private static String metadata(String kind, String metadata) {
    if (metadata.equals("{}")) {
      return metadata;
    }
    String what = "the metadata of a job of kind '%s'".formatted(kind);
    StorableJson.require(what, metadata);
    try {
      if (JsonMapper.shared().readTree(metadata).isObject()) {
        return metadata;
      }
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "%s is not JSON: %s".formatted(what, e.getOriginalMessage()), e);
    }
    throw new IllegalArgumentException(
        "%s must be a JSON object such as {\"customer\": 7}, not %s".formatted(what, metadata));
  }
}
