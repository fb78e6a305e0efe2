package dev.cairn.internal.work;

import dev.cairn.CairnException;
import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.store.ClientStore;
import dev.cairn.internal.store.ClientStore.Pulse;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the client's sign of life, and does nothing else: whatever delays it, other clients take
 * for its death.
 */
final class Heartbeat {
  private static final Logger log = LoggerFactory.getLogger(Heartbeat.class);

  private final EngineSettings settings;
  private final Pulse pulse;
  private final Loop loop = new Loop("cairn-heartbeat", this::turn);

  Heartbeat(EngineSettings settings, ClientStore clients) {
    this.settings = settings;
    this.pulse = clients.pulse(settings.clientId(), settings.heartbeatTimeout());
  }

  /** Gives the first sign at once, so that nothing is claimed by a client nobody knows. */
  void start() {
    pulse.beat();
    loop.start();
  }

  /**
   * Ends the signs.
   *
   * @param leavesNothing whether the client has no running job any more and can be forgotten;
   *     otherwise its jobs are rescued when its time is over
   */
  void stop(Duration timeout, boolean leavesNothing) {
    loop.stop();
    boolean ended = loop.join(timeout);
    try {
      if (ended && leavesNothing) {
        pulse.forget();
      }
    } catch (CairnException e) {
      log.warn("Client {} could not sign off; it will be taken for dead", settings.clientId(), e);
    } finally {
      pulse.close();
    }
  }

  private Duration turn() {
    long start = System.nanoTime();
    pulse.beat();
    Duration rest = settings.heartbeatInterval().minus(Duration.ofNanos(System.nanoTime() - start));
    return rest.isPositive() ? rest : Duration.ofMillis(1);
  }
}
