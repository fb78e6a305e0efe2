package dev.cairn.internal.client;

import dev.cairn.QueueOptions;
import dev.cairn.ResumePolicy;
import dev.cairn.Retention;
import dev.cairn.RetryPolicy;
import dev.cairn.Workers;
import dev.cairn.internal.options.Option;
import dev.cairn.internal.options.Options;
import dev.cairn.internal.upkeep.NamedTask;
import dev.cairn.internal.upkeep.UpkeepSettings;
import dev.cairn.internal.work.EngineSettings;
import dev.cairn.internal.work.Heartbeat;
import dev.cairn.internal.work.StuckJobs;
import dev.cairn.resumable.ResumableLimits;
import dev.cairn.schedule.Cron;
import dev.cairn.schedule.Schedule;
import dev.cairn.spi.ErrorHandler;
import dev.cairn.spi.TransactionRunner;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a client: their defaults, and the settings that the parts of the client get from
 * them. {@link dev.cairn.CairnBuilder} documents them and checks the values.
 */
public final class ClientSettings {
  public static final Option<@Nullable String> SCHEMA = Option.of("schema");
  public static final Option<Workers> WORKERS = Option.of("workers", Workers.none());
  public static final Option<ResumableLimits> RESUMABLE_LIMITS =
      Option.of("resumableLimits", ResumableLimits.defaults());
  public static final Option<@Nullable String> CLIENT_ID = Option.of("clientId");
  public static final Option<RetryPolicy> RETRY_POLICY =
      Option.of("retryPolicy", RetryPolicy.river());
  public static final Option<ErrorHandler> ERROR_HANDLER =
      Option.of("errorHandler", (job, failure) -> ErrorHandler.Decision.proceed());
  public static final Option<Boolean> ONLY_KNOWN_KINDS = Option.of("onlyKnownKinds", false);
  public static final Option<Boolean> INSERTS_UNKNOWN_KINDS =
      Option.of("insertsUnknownKinds", false);
  public static final Option<Retention> RETENTION = Option.of("retention", Retention.defaults());
  public static final Option<Duration> STUCK_AFTER = Option.of("stuckAfter", Duration.ofHours(1));
  public static final Option<Boolean> LEADS = Option.of("leads", true);
  public static final Option<Schedule> REINDEX = Option.of("reindex", Cron.of("@midnight"));
  public static final Option<Integer> MAX_ATTEMPTS = Option.of("maxAttempts", 25);
  public static final Option<@Nullable Duration> JOB_TIMEOUT = Option.of("jobTimeout");
  public static final Option<Duration> HEARTBEAT_TIMEOUT =
      Option.of("heartbeatTimeout", Duration.ofSeconds(30));
  public static final Option<Duration> FLUSH_INTERVAL =
      Option.of("flushInterval", Duration.ofMillis(500));
  public static final Option<Duration> POLL_INTERVAL =
      Option.of("pollInterval", Duration.ofSeconds(1));
  public static final Option<Boolean> POLL_ONLY = Option.of("pollOnly", false);
  public static final Option<Duration> FETCH_COOLDOWN = Option.of("fetchCooldown", Duration.ZERO);
  public static final Option<Duration> STUCK_THRESHOLD =
      Option.of("stuckThreshold", Duration.ofSeconds(10));
  public static final Option<Duration> INTERRUPT_DELAY =
      Option.of("interruptDelay", Duration.ofSeconds(1));
  public static final Option<Duration> RENEW_AFTER =
      Option.of("renewAfter", Duration.ofMinutes(20));
  public static final Option<Duration> SHUTDOWN_GRACE =
      Option.of("shutdownGrace", Duration.ofSeconds(10));
  public static final Option<ResumePolicy> RESUME_POLICY =
      Option.of("resumePolicy", ResumePolicy.defaults());
  public static final Option<Clock> CLOCK = Option.of("clock", Clock.systemUTC());
  public static final Option<@Nullable TransactionRunner> TRANSACTION_RUNNER =
      Option.of("transactionRunner");

  private final Options options;

  private ClientSettings(Options options) {
    this.options = options;
  }

  /** The default settings. */
  public static ClientSettings defaults() {
    return new ClientSettings(Options.none());
  }

  /** The same settings with one of them set. */
  public <T extends @Nullable Object> ClientSettings with(Option<T> option, T value) {
    return new ClientSettings(options.with(option, value));
  }

  /** The value that was set, or the default. */
  public <T extends @Nullable Object> T get(Option<T> option) {
    return options.get(option);
  }

  /**
   * The settings of the engine.
   *
   * @param queues the queues to work
   */
  public EngineSettings engine(Map<String, QueueOptions> queues) {
    return new EngineSettings(
        idOfNextLife(),
        queues,
        get(ONLY_KNOWN_KINDS) ? get(WORKERS).kinds() : Set.of(),
        get(RETRY_POLICY),
        get(MAX_ATTEMPTS),
        get(JOB_TIMEOUT),
        get(HEARTBEAT_TIMEOUT),
        get(FLUSH_INTERVAL),
        get(POLL_INTERVAL),
        get(FETCH_COOLDOWN),
        get(POLL_ONLY),
        get(INTERRUPT_DELAY),
        get(RENEW_AFTER),
        get(RESUME_POLICY),
        get(SHUTDOWN_GRACE),
        get(CLOCK));
  }

  /**
   * The settings of the upkeep.
   *
   * @param sparedKinds the kinds whose jobs are never rescued for running too long
   * @param leaderTasks the tasks of extensions that the client runs while it leads
   */
  public UpkeepSettings upkeep(Set<String> sparedKinds, List<NamedTask> leaderTasks) {
    return new UpkeepSettings(
        get(LEADS),
        Heartbeat.interval(get(HEARTBEAT_TIMEOUT)),
        get(STUCK_AFTER),
        sparedKinds,
        get(RETENTION),
        get(REINDEX),
        leaderTasks);
  }

  /** The treatment of jobs that do not stop. */
  public StuckJobs stuckJobs() {
    return new StuckJobs(get(STUCK_THRESHOLD), get(ERROR_HANDLER));
  }

  /** The id that was set, or else a new one each time. */
  public String idOfNextLife() {
    String own = get(CLIENT_ID);
    return own == null ? newClientId() : own;
  }

  private static String newClientId() {
    String host = hostName();
    String time = Instant.now().toString().replaceAll("[^0-9TZ]", "_");
    String random = Long.toString(ThreadLocalRandom.current().nextLong(1L << 40), 36);
    return host.substring(0, Math.min(host.length(), 60)) + "_" + time + "_" + random;
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName().replaceAll("[^A-Za-z0-9]", "_");
    } catch (UnknownHostException e) {
      return "unknown_host";
    }
  }
}
