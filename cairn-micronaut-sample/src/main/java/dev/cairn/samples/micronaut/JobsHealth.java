package dev.cairn.samples.micronaut;

import dev.cairn.Cairn;
import dev.cairn.ClientStatus;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.health.HealthStatus;
import io.micronaut.management.health.indicator.HealthIndicator;
import io.micronaut.management.health.indicator.HealthResult;
import io.micronaut.management.health.indicator.annotation.Readiness;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import org.reactivestreams.Publisher;

// docs: micronaut.md
@Readiness
@Singleton
final class JobsHealth implements HealthIndicator {
  private static final Duration FAILING_MAX = Duration.ofSeconds(30);

  private final Cairn cairn;

  JobsHealth(Cairn cairn) {
    this.cairn = cairn;
  }

  @Override
  public Publisher<HealthResult> getResult() {
    return Publishers.just(result());
  }

  HealthResult result() {
    ClientStatus status = cairn.status(); // without a query, so it returns at once
    return HealthResult.builder("jobs", isHealthy(status) ? HealthStatus.UP : HealthStatus.DOWN)
        .details(
            Map.of(
                "client", status.clientId(),
                "phase", status.phase().name(),
                "sinceHeartbeat", String.valueOf(status.sinceHeartbeat())))
        .build();
  }

  static boolean isHealthy(ClientStatus status) {
    return status.phase() == ClientStatus.Phase.STARTED
        && status.mayWork() // its heartbeats reach the database
        && status.queues().values().stream().noneMatch(JobsHealth::cannotClaim);
  }

  private static boolean cannotClaim(ClientStatus.QueueStatus queue) {
    Duration failing = queue.failingFor();
    return failing != null && failing.compareTo(FAILING_MAX) > 0;
  }
}
// end docs
