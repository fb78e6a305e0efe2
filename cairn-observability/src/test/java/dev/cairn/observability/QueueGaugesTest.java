package dev.cairn.observability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.Workers;
import dev.cairn.jobs.Backlog;
import dev.cairn.jobs.QueueBacklog;
import dev.cairn.testing.CairnExtension;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the leader publishes of the queues (J13). */
class QueueGaugesTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  @JobKind("counted")
  record Counted() {}

  private Cairn start() {
    return cairn.start(client ->
        client
            .plugin(QueueGauges.of(registry).withInterval(Duration.ofSeconds(1)))
            .workers(Workers.builder().register(Counted.class, (job, context) -> {}).build())
            .queue("default", 5));
  }

  private double jobs(String queue, String state) {
    Gauge gauge = registry.find(BacklogGauges.JOBS).tag("queue", queue).tag("state", state).gauge();
    return gauge == null ? -1 : gauge.value();
  }

  @Test
  void theLeaderPublishesWhatWaitsAndWithdrawsItWhenItLeadsNoMore() {
    Cairn client = start();
    for (int i = 0; i < 3; i++) {
      client.insert(new Counted(), InsertOptions.defaults().withQueue("idle"));
    }
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(jobs("idle", "available")).isEqualTo(3));
    assertThat(jobs("default", "available")).isZero();
    assertThat(registry.get(BacklogGauges.LEADER).gauge().value()).isEqualTo(1);
    assertThat(
            registry
                .get(BacklogGauges.OLDEST)
                .tag("queue", "idle")
                .tag("state", "available")
                .gauge()
                .value())
        .isBetween(0.0, 60.0);

    client.stop();

    assertThat(registry.find(BacklogGauges.JOBS).gauges()).isEmpty();
    assertThat(registry.get(BacklogGauges.LEADER).gauge().value()).isZero();
  }

  @Test
  void whatCouldNotBeReadForAWhileIsNotShown() {
    var nanos = new AtomicLong();
    var gauges = new BacklogGauges(registry, Tags.empty(), Duration.ofSeconds(10), nanos::get);
    var mail = new QueueBacklog("mail", true, Map.of(JobState.AVAILABLE, 7L), Map.of());
    gauges.publish(new Backlog(List.of(mail), 3, 100_000));
    assertThat(jobs("mail", "available")).isEqualTo(7);
    assertThat(registry.get(BacklogGauges.PAUSED).tag("queue", "mail").gauge().value())
        .isEqualTo(1);
    assertThat(registry.get(BacklogGauges.QUARANTINED).gauge().value()).isEqualTo(3);

    nanos.set(Duration.ofSeconds(36).toNanos());
    assertThat(jobs("mail", "available")).isNaN();

    gauges.publish(new Backlog(List.of(), 0, 100_000));
    assertThat(jobs("mail", "available")).as("a queue that is there no more").isEqualTo(-1);
    assertThat(registry.get(BacklogGauges.QUARANTINED).gauge().value()).isZero();
  }
}
