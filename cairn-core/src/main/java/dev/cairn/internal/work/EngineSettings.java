package dev.cairn.internal.work;

import dev.cairn.QueueOptions;
import dev.cairn.ResumePolicy;
import dev.cairn.RetryPolicy;
import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a client, set and checked by {@link dev.cairn.CairnBuilder}.
 *
 * @param queues the queues to work, with their settings
 * @param kinds the only kinds to claim; all if empty
 * @param jobTimeout null if it was not set
 */
public record EngineSettings(
    String clientId,
    Map<String, QueueOptions> queues,
    Set<String> kinds,
    RetryPolicy retryPolicy,
    int maxAttempts,
    @Nullable Duration jobTimeout,
    Duration heartbeatTimeout,
    Duration flushInterval,
    Duration pollInterval,
    Duration fetchCooldown,
    boolean pollOnly,
    Duration interruptDelay,
    Duration renewAfter,
    ResumePolicy resumePolicy,
    Duration shutdownGrace,
    Clock clock) {
  public EngineSettings {
    queues = Collections.unmodifiableMap(new LinkedHashMap<>(queues));
  }

  /** The same settings for the client's next life. */
  public EngineSettings with(String newClientId, Map<String, QueueOptions> newQueues) {
    return new EngineSettings(
        newClientId,
        newQueues,
        kinds,
        retryPolicy,
        maxAttempts,
        jobTimeout,
        heartbeatTimeout,
        flushInterval,
        pollInterval,
        fetchCooldown,
        pollOnly,
        interruptDelay,
        renewAfter,
        resumePolicy,
        shutdownGrace,
        clock);
  }

  /** The interval of the client's heartbeats. */
  public Duration heartbeatInterval() {
    return Heartbeat.interval(heartbeatTimeout);
  }
}
