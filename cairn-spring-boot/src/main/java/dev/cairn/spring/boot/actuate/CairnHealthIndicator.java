package dev.cairn.spring.boot.actuate;

import dev.cairn.Cairn;
import dev.cairn.ClientStatus;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Whether this application can work jobs: its heartbeats get through and its claims do not fail.
 * Failing jobs do not make it unhealthy, nor does a short time without a leader.
 */
public final class CairnHealthIndicator extends AbstractHealthIndicator {
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Cairn client;
  private final boolean works;
  private final Duration failingMax;

  /**
   * The health of this client.
   *
   * @param works whether the application starts the client, see {@code cairn.work}
   * @param failingMax for how long claims may fail before it counts as down
   */
  public CairnHealthIndicator(Cairn client, boolean works, Duration failingMax) {
    super("Could not determine the health of Cairn [CAIRN-533]");
    this.client = client;
    this.works = works;
    this.failingMax = failingMax;
  }

  @Override
  protected void doHealthCheck(Health.Builder health) {
    ClientStatus status = client.status();
    if (status == null) { // the mock of a test
      health.unknown();
      return;
    }
    health.withDetail("client", status.clientId()).withDetail("phase", status.phase().name());
    boolean isLeftAlone = !works && status.phase() == ClientStatus.Phase.NEW;
    if (isLeftAlone || status.queues().isEmpty()) {
      health.up().withDetail("works", false);
      return;
    }
    Map<String, String> failing = failing(status);
    switch (status.phase()) {
      case STARTED -> {
        if (status.mayWork() && failing.isEmpty()) {
          health.up();
        } else {
          health.down();
        }
      }
      case NEW, STOPPING, STOPPED -> health.outOfService();
    }
    if (status.superseded()) {
      health.withDetail("superseded", true);
    }
    if (status.sinceHeartbeat() != null) {
      health.withDetail("sinceHeartbeat", status.sinceHeartbeat().toString());
    }
    if (!failing.isEmpty()) {
      health.withDetail("claimsFailingFor", failing);
    }
    health.withDetail("leader", leader(status));
  }

  private Map<String, String> failing(ClientStatus status) {
    var failing = new TreeMap<String, String>();
    status
        .queues()
        .forEach((name, queue) -> {
          Duration time = queue.failingFor();
          if (time != null && time.compareTo(failingMax) > 0) {
            failing.put(name, time.toString());
          }
        });
    return failing;
  }

  /** Asked only of a database that answers, since a health check must not hang. */
  private String leader(ClientStatus status) {
    if (status.leads()) {
      return status.clientId();
    }
    if (!status.mayWork()) {
      return "unknown";
    }
    var answer = new FutureTask<>(() -> client.leader().orElse("none"));
    Thread.ofVirtual().name("cairn-health").start(answer);
    try {
      return answer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "unknown";
    } catch (ExecutionException | TimeoutException e) {
      return "unknown";
    }
  }
}
