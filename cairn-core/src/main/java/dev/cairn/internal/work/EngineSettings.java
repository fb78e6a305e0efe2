package dev.cairn.internal.work;

import dev.cairn.RetryPolicy;
import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * How a client behaves; stated and checked by {@link dev.cairn.CairnBuilder}.
 *
 * @param queues the queues to work, each with its number of workers
 * @param kinds the only kinds to claim; all if empty
 */
public record EngineSettings(
    String clientId,
    Map<String, Integer> queues,
    Set<String> kinds,
    RetryPolicy retryPolicy,
    int maxAttempts,
    Duration jobTimeout,
    Duration heartbeatTimeout,
    Duration flushInterval,
    Duration pollInterval,
    boolean pollOnly,
    Duration interruptDelay,
    Clock clock) {
  public EngineSettings {
    queues = Collections.unmodifiableMap(new LinkedHashMap<>(queues));
  }

  /** How often a client gives a sign of life. */
  public Duration heartbeatInterval() {
    return heartbeatTimeout.dividedBy(4);
  }
}
