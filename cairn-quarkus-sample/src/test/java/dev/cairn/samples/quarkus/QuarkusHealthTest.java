package dev.cairn.samples.quarkus;

import static dev.cairn.ClientStatus.Phase.NEW;
import static dev.cairn.ClientStatus.Phase.STARTED;
import static dev.cairn.ClientStatus.Phase.STOPPED;
import static dev.cairn.ClientStatus.Phase.STOPPING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.ClientStatus;
import dev.cairn.ClientStatus.Phase;
import dev.cairn.ClientStatus.QueueStatus;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The health of a client. */
class QuarkusHealthTest {
  @Test
  void onlyAStartedClientIsHealthy() {
    assertThat(isHealthy(STARTED, true, null)).isTrue();
    assertThat(isHealthy(NEW, false, null)).isFalse();
    assertThat(isHealthy(STOPPING, true, null)).isFalse();
    assertThat(isHealthy(STOPPED, false, null)).isFalse();
  }

  @Test
  void aClientWhoseHeartbeatsDoNotGetThroughIsNotHealthy() {
    assertThat(isHealthy(STARTED, false, null)).isFalse();
  }

  @Test
  void claimsMayFailForHalfAMinute() {
    assertThat(isHealthy(STARTED, true, Duration.ofSeconds(30))).isTrue();
    assertThat(isHealthy(STARTED, true, Duration.ofSeconds(31))).isFalse();
  }

  private static boolean isHealthy(Phase phase, boolean mayWork, @Nullable Duration failingFor) {
    var queues = Map.of("default", new QueueStatus(10, 0, failingFor));
    return JobsHealth.isHealthy(
        new ClientStatus("me", phase, Duration.ofSeconds(1), mayWork, false, false, queues));
  }
}
