package dev.cairn.spring.boot;

import dev.cairn.CairnBuilder;
import dev.cairn.QueueOptions;
import dev.cairn.ResumePolicy;
import dev.cairn.Retention;
import dev.cairn.RetryPolicy;
import dev.cairn.resumable.ResumableLimits;
import dev.cairn.schedule.Cron;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties {@code cairn.*}. Properties that are not set have the defaults of {@link
 * CairnBuilder}. May get further components.
 *
 * @param enabled Whether to configure a client.
 * @param work Whether to work jobs. If false, the application only inserts them.
 * @param migrate What to do about the tables when the application starts.
 * @param schema Schema that holds the tables. The current schema of the connections unless set.
 * @param clientId ID of the client, unique among all running clients. Generated unless set.
 * @param maxWorkers Number of jobs that may run at once in each queue that sets no number of its
 *     own.
 * @param queues Queues to work, by name, in addition to those of the workers. If one is named here
 *     that no worker names, queue "default" is worked only if a property or a worker names it.
 * @param onlyKnownKinds Whether to claim only jobs whose kind has a worker in this application.
 * @param insertUnknownKinds Whether to allow insertions of kinds that have no worker here.
 * @param maxAttempts Number of attempts of a job, unless its options set one.
 * @param jobTimeout Longest time of an attempt, unless its worker sets one. Zero for no limit.
 *     Unless set, one minute until the job uses steps, and then only the progress deadline.
 * @param heartbeatTimeout Time after its last heartbeat at which a client is considered dead.
 * @param flushInterval Longest time that a buffered checkpoint waits before it is written.
 * @param pollInterval Interval at which an idle queue is polled.
 * @param fetchCooldown Shortest time between two claims from one queue.
 * @param pollOnly Whether to work without notifications, as behind a pooler in transaction mode.
 * @param interruptDelay Time that a timed-out attempt has to stop before its thread is interrupted.
 * @param stuckThreshold Time after its timeout at which a job that still runs counts as stuck.
 * @param shutdownGrace Time that running jobs have to stop. Unless set, the timeout of a shutdown
 *     phase less five seconds, or half of it if it is below ten seconds.
 * @param leads Whether the client may become the leader.
 * @param reindexCron Cron expression in UTC for rebuilding the indexes. Each midnight unless set.
 * @param rescueStuckJobsAfter Time after which a job of a client without heartbeat, such as one of
 *     River for Go, is rescued.
 * @param neverRescue Kinds that are never rescued for running too long.
 * @param renewClaimsAfter Interval at which the claim of a running job is renewed.
 * @param retry When failed jobs run again.
 * @param retention How long finished jobs stay.
 * @param resume How long jobs may run and how often they may be stopped.
 * @param limits How large the state of resumable jobs may grow.
 */
@ConfigurationProperties("cairn")
public record CairnProperties(
    @DefaultValue("true") boolean enabled,
    @DefaultValue("true") boolean work,
    @DefaultValue("validate") Migrate migrate,
    @Nullable String schema,
    @Nullable String clientId,
    @DefaultValue("10") int maxWorkers,
    @DefaultValue Map<String, Queue> queues,
    @DefaultValue("false") boolean onlyKnownKinds,
    @DefaultValue("false") boolean insertUnknownKinds,
    @Nullable Integer maxAttempts,
    @Nullable Duration jobTimeout,
    @Nullable Duration heartbeatTimeout,
    @Nullable Duration flushInterval,
    @Nullable Duration pollInterval,
    @Nullable Duration fetchCooldown,
    @DefaultValue("false") boolean pollOnly,
    @Nullable Duration interruptDelay,
    @Nullable Duration stuckThreshold,
    @Nullable Duration shutdownGrace,
    @DefaultValue("true") boolean leads,
    @Nullable String reindexCron,
    @Nullable Duration rescueStuckJobsAfter,
    @DefaultValue List<String> neverRescue,
    @Nullable Duration renewClaimsAfter,
    @DefaultValue Retry retry,
    @DefaultValue Kept retention,
    @DefaultValue Resume resume,
    @DefaultValue Limits limits) {
  public CairnProperties {
    schema = unlessBlank(schema);
    clientId = unlessBlank(clientId);
  }

  /** Null for what {@code ${VARIABLE:}} leaves of a variable that is not set. */
  static @Nullable String unlessBlank(@Nullable String value) {
    return value == null || value.isBlank() ? null : value;
  }

  /** What to do about the tables when the application starts. May get further constants. */
  public enum Migrate {
    /** Checks that they are there and new enough, and stops the application otherwise. */
    VALIDATE,
    /** Brings them to the newest version. */
    UP,
    /** Nothing. A client that works jobs still checks them when it starts. */
    NEVER
  }

  /**
   * A queue to work.
   *
   * @param maxWorkers Number of its jobs that may run at once in this application.
   * @param pollInterval Interval at which it is polled while it is idle.
   * @param fetchCooldown Shortest time between two claims from it.
   * @param maxRuntime Longest time that an attempt may hold a slot.
   * @param interruptedByPause Whether a pause of the queue also stops its running jobs.
   */
  public record Queue(
      @Nullable Integer maxWorkers,
      @Nullable Duration pollInterval,
      @Nullable Duration fetchCooldown,
      @Nullable Duration maxRuntime,
      @DefaultValue("false") boolean interruptedByPause) {
    QueueOptions options(int usualWorkers) {
      var options = QueueOptions.of(maxWorkers == null ? usualWorkers : maxWorkers);
      options = with(options, pollInterval, QueueOptions::withPollInterval);
      options = with(options, fetchCooldown, QueueOptions::withFetchCooldown);
      options = with(options, maxRuntime, QueueOptions::withMaxRuntime);
      return interruptedByPause ? options.withInterruptionByPause() : options;
    }
  }

  /**
   * When failed jobs run again. A bean of type {@link RetryPolicy} replaces these properties, so
   * they are refused beside one.
   *
   * @param policy How the delay before a retry grows with the failures of the job.
   * @param delay Delay of policy "fixed", or first delay of policy "exponential".
   * @param factor How many times as long each further delay of policy "exponential" is. 2 unless
   *     set.
   * @param maxDelay Longest delay of policy "exponential". Unless set, one hour, or the first delay
   *     if that is longer.
   */
  public record Retry(
      @DefaultValue("river") Policy policy,
      @Nullable Duration delay,
      @Nullable Double factor,
      @Nullable Duration maxDelay) {
    private static final Duration USUAL_MAX_DELAY = Duration.ofHours(1);

    /** How the delay grows. May get further constants. */
    public enum Policy {
      /** With the fourth power of the number of failures: {@link RetryPolicy#river()}. */
      RIVER,
      /** Not at all: {@link RetryPolicy#fixed}. */
      FIXED,
      /** By a factor: {@link RetryPolicy#exponential}. */
      EXPONENTIAL
    }

    RetryPolicy retryPolicy() {
      refuse("factor", factor, policy != Policy.EXPONENTIAL);
      refuse("max-delay", maxDelay, policy != Policy.EXPONENTIAL);
      refuse("delay", delay, policy == Policy.RIVER);
      if (policy == Policy.RIVER) {
        return RetryPolicy.river();
      }
      if (delay == null) {
        throw new IllegalArgumentException(
            "cairn.retry.policy=%s needs cairn.retry.delay".formatted(name()));
      }
      return policy == Policy.FIXED
          ? RetryPolicy.fixed(delay)
          : RetryPolicy.exponential(delay, factor == null ? 2 : factor, longest(delay));
    }

    /** Requires that the policy is not set, because a bean decides. */
    void requireUnset() {
      if (policy != Policy.RIVER) {
        throw new IllegalArgumentException(
            "cairn.retry.policy=%s has no effect beside a bean of type RetryPolicy: remove one of them"
                .formatted(name()));
      }
    }

    private Duration longest(Duration first) {
      if (maxDelay == null) {
        return first.compareTo(USUAL_MAX_DELAY) > 0 ? first : USUAL_MAX_DELAY;
      }
      if (maxDelay.compareTo(first) < 0) {
        throw new IllegalArgumentException(
            "cairn.retry.max-delay must be at least cairn.retry.delay, %s, not %s"
                .formatted(first, maxDelay));
      }
      return maxDelay;
    }

    private void refuse(String property, @Nullable Object value, boolean isUnused) {
      if (value != null && isUnused) {
        throw new IllegalArgumentException(
            "cairn.retry.policy=%s does not use cairn.retry.%s: leave it out, or name another policy"
                .formatted(name(), property));
      }
    }

    private String name() {
      return policy.name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * How long finished jobs stay.
   *
   * @param completed Time that completed jobs stay.
   * @param cancelled Time that cancelled jobs stay.
   * @param discarded Time that discarded jobs stay.
   */
  public record Kept(
      @Nullable Duration completed, @Nullable Duration cancelled, @Nullable Duration discarded) {
    Retention retention() {
      var retention = Retention.defaults();
      retention = with(retention, completed, Retention::withCompleted);
      retention = with(retention, cancelled, Retention::withCancelled);
      return with(retention, discarded, Retention::withDiscarded);
    }
  }

  /**
   * How long jobs may run and how often they may be stopped.
   *
   * @param maxRuntime Longest time that an attempt may hold its slot. No limit unless set.
   * @param progressDeadline Longest time that an attempt may go without moving a checkpoint. Zero
   *     for no limit. Unless set, ten minutes, or no limit if a timeout is set.
   * @param renewedByProgress Whether attempts that make progress are not counted.
   * @param interruptionsMax Number of interruptions after which a job is discarded.
   * @param totalFailuresMax Number of failed attempts in its whole life after which a job is
   *     discarded. Unless set, 1,000, or its number of attempts if that is more.
   * @param noProgressAfter Number of consecutive attempts without progress after which an event is
   *     published.
   * @param jobRowForGo Whether checkpoints in transactions are written to the job's row too.
   */
  public record Resume(
      @Nullable Duration maxRuntime,
      @Nullable Duration progressDeadline,
      @DefaultValue("false") boolean renewedByProgress,
      @Nullable Integer interruptionsMax,
      @Nullable Integer totalFailuresMax,
      @Nullable Integer noProgressAfter,
      @DefaultValue("false") boolean jobRowForGo) {
    ResumePolicy policy() {
      var policy = ResumePolicy.defaults();
      policy = with(policy, maxRuntime, ResumePolicy::withMaxRuntime);
      policy = with(policy, progressDeadline, Policies::withProgressDeadline);
      policy = renewedByProgress ? policy.renewedByProgress() : policy;
      policy = with(policy, interruptionsMax, ResumePolicy::withInterruptionsMax);
      policy = with(policy, totalFailuresMax, ResumePolicy::withTotalFailuresMax);
      policy = with(policy, noProgressAfter, ResumePolicy::withNoProgressAfter);
      return jobRowForGo ? policy.withJobRowForGo() : policy;
    }
  }

  /**
   * How large the state of resumable jobs may grow.
   *
   * @param cursorBytes Size of a cursor's position, in bytes of its JSON.
   * @param resultBytes Size of a step's result, in bytes of its JSON.
   * @param steps Number of steps of a job.
   */
  public record Limits(
      @Nullable Integer cursorBytes, @Nullable Integer resultBytes, @Nullable Integer steps) {
    ResumableLimits limits() {
      var limits = ResumableLimits.defaults();
      limits = with(limits, cursorBytes, ResumableLimits::withCursorBytes);
      limits = with(limits, resultBytes, ResumableLimits::withResultBytes);
      return with(limits, steps, ResumableLimits::withSteps);
    }
  }

  /** Gives a client these settings, but for its queues. */
  CairnBuilder apply(CairnBuilder client) {
    with(client, schema, CairnBuilder::schema);
    with(client, clientId, CairnBuilder::clientId);
    with(client, maxAttempts, CairnBuilder::maxAttempts);
    with(client, jobTimeout, CairnBuilder::jobTimeout);
    with(client, heartbeatTimeout, CairnBuilder::heartbeatTimeout);
    with(client, flushInterval, CairnBuilder::flushInterval);
    with(client, pollInterval, CairnBuilder::pollInterval);
    with(client, fetchCooldown, CairnBuilder::fetchCooldown);
    with(client, interruptDelay, CairnBuilder::interruptDelay);
    with(client, stuckThreshold, CairnBuilder::stuckThreshold);
    with(client, shutdownGrace, CairnBuilder::shutdownGrace);
    with(client, reindexCron, (it, cron) -> it.reindex(Cron.of(cron)));
    with(client, rescueStuckJobsAfter, CairnBuilder::rescueStuckJobsAfter);
    with(client, renewClaimsAfter, CairnBuilder::renewClaimsAfter);
    client
        .neverRescue(neverRescue.toArray(String[]::new))
        .retryPolicy(retry.retryPolicy())
        .retention(retention.retention())
        .resumePolicy(resume.policy())
        .resumableLimits(limits.limits());
    applySwitches(client);
    return client;
  }

  private void applySwitches(CairnBuilder client) {
    if (onlyKnownKinds) {
      client.onlyKnownKinds();
    }
    if (insertUnknownKinds) {
      client.insertUnknownKinds();
    }
    if (pollOnly) {
      client.pollOnly();
    }
    if (!leads) {
      client.neverLeads();
    }
  }

  private static <O, V> O with(O options, @Nullable V value, BiFunction<O, V, O> setting) {
    return value == null ? options : setting.apply(options, value);
  }
}
