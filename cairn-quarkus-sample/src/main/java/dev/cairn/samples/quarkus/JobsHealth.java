package dev.cairn.samples.quarkus;

import dev.cairn.Cairn;
import dev.cairn.ClientStatus;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

// docs: quarkus.md
@Readiness
@Singleton
class JobsHealth implements HealthCheck {
  private static final Duration FAILING_MAX = Duration.ofSeconds(30);

  private final Cairn cairn;

  JobsHealth(Cairn cairn) {
    this.cairn = cairn;
  }

  @Override
  public HealthCheckResponse call() {
    ClientStatus status = cairn.status(); // without a query, so it returns at once
    return HealthCheckResponse.named("jobs")
        .status(isHealthy(status))
        .withData("client", status.clientId())
        .withData("phase", status.phase().name())
        .withData("sinceHeartbeat", String.valueOf(status.sinceHeartbeat()))
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
