package dev.cairn.observability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import dev.cairn.InsertOptions;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.Workers;
import dev.cairn.jobs.Backlog;
import dev.cairn.jobs.QueueBacklog;
import dev.cairn.testing.CairnExtension;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the leader publishes of the queues. */
class QueueGaugesTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final AtomicLong nanos = new AtomicLong();

  @JobKind("counted")
  record Counted() {}

  private Cairn start() {
    return start(client -> client);
  }

  private Cairn start(UnaryOperator<CairnBuilder> further) {
    return cairn.start(client ->
        further
            .apply(client)
            .plugin(QueueGauges.of(registry).withInterval(Duration.ofSeconds(1)))
            .workers(Workers.builder().register(Counted.class, (job, context) -> {}).build())
            .queue("default", 5));
  }

  /** Otherwise the alert that nobody leads would never end. */
  @Test
  void aClientThatCannotLeadDoesNotSayThatNobodyLeads() {
    try (Cairn inserting =
        Cairn.builder(cairn.dataSource())
            .schema(cairn.schema())
            .plugin(QueueGauges.of(registry))
            .build()) {
      inserting.insert(new Counted());
      assertThat(registry.getMeters()).isEmpty();
    }
    start(CairnBuilder::neverLeads);
    assertThat(registry.getMeters()).isEmpty();

    start();
    assertThat(registry.get(BacklogGauges.LEADER).gauge()).isNotNull();
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
        .atMost(Duration.ofMinutes(1))
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
  void aLeaderThatCannotReadTheBacklogIsTheLeaderAllTheSame() throws Exception {
    try (Connection other = cairn.dataSource().getConnection();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("LOCK TABLE cairn_quarantine IN ACCESS EXCLUSIVE MODE");
      start();
      await()
          .atMost(Duration.ofMinutes(1))
          .untilAsserted(
              () -> assertThat(registry.get(BacklogGauges.LEADER).gauge().value()).isEqualTo(1));
      assertThat(registry.find(BacklogGauges.JOBS).gauges()).isEmpty();
      other.rollback();
    }
    await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() -> assertThat(jobs("default", "available")).isZero());
  }

  private BacklogGauges gauges() {
    var gauges = new BacklogGauges(registry, Tags.empty(), Duration.ofSeconds(10), nanos::get);
    gauges.stand();
    return gauges;
  }

  private static Backlog mail(long available) {
    var mail = new QueueBacklog("mail", true, Map.of(JobState.AVAILABLE, available), Map.of());
    return new Backlog(List.of(mail), 3, 100_000, true);
  }

  private double leaders() {
    return registry.get(BacklogGauges.LEADER).gauge().value();
  }

  @Test
  void whatCouldNotBeReadForAWhileIsNotShown() {
    BacklogGauges gauges = gauges();
    gauges.begin(() -> true);
    gauges.publish(mail(7));
    assertThat(jobs("mail", "available")).isEqualTo(7);
    assertThat(registry.get(BacklogGauges.PAUSED).tag("queue", "mail").gauge().value())
        .isEqualTo(1);
    assertThat(registry.get(BacklogGauges.QUARANTINED).gauge().value()).isEqualTo(3);
    assertThat(registry.get(BacklogGauges.COMPLETE).gauge().value()).isEqualTo(1);

    nanos.set(Duration.ofSeconds(34).toNanos());
    gauges.look();
    assertThat(jobs("mail", "available")).isEqualTo(7);
    nanos.set(Duration.ofSeconds(36).toNanos());
    gauges.look();
    assertThat(registry.getMeters())
        .as("a number that is none would spoil every sum")
        .extracting(meter -> meter.getId().getName())
        .containsExactly(BacklogGauges.LEADER);
    assertThat(leaders()).isEqualTo(1);

    gauges.publish(mail(8));
    assertThat(jobs("mail", "available")).isEqualTo(8);
    gauges.publish(new Backlog(List.of(), 0, 100_000, false));
    assertThat(jobs("mail", "available")).as("a queue that is there no more").isEqualTo(-1);
    assertThat(registry.get(BacklogGauges.QUARANTINED).gauge().value()).isZero();
    assertThat(registry.get(BacklogGauges.COMPLETE).gauge().value()).isZero();
  }

  @Test
  void aLeaderWhoseTermRunsOutShowsNothingThoughNobodyEndsTheTerm() {
    var leads = new AtomicBoolean(true);
    BacklogGauges gauges = gauges();
    gauges.begin(leads::get);
    gauges.publish(mail(7));

    leads.set(false);

    assertThat(leaders()).isZero();
    gauges.look();
    assertThat(registry.find(BacklogGauges.JOBS).gauges()).isEmpty();
    gauges.publish(mail(8));
    assertThat(registry.find(BacklogGauges.JOBS).gauges())
        .as("what it still was about to publish")
        .isEmpty();
  }

  /** While one client withdraws its gauges, another one of the process begins to lead. */
  @Test
  void aClientThatWithdrawsItsGaugesLeavesThoseOfTheNextLeader() throws Exception {
    var next = new AtomicReference<Thread>();
    var shared =
        new SimpleMeterRegistry() {
          @Override
          public List<Meter> getMeters() {
            List<Meter> meters = super.getMeters();
            Thread leader = next.get();
            if (leader != null && leader.getState() == Thread.State.NEW) {
              leader.start();
              try {
                leader.join(Duration.ofMillis(500));
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }
            return meters;
          }
        };
    var first = new BacklogGauges(shared, Tags.empty(), Duration.ofSeconds(10), nanos::get);
    var second = new BacklogGauges(shared, Tags.empty(), Duration.ofSeconds(10), nanos::get);
    first.begin(() -> true);
    first.publish(mail(7));
    second.begin(() -> true);
    next.set(Thread.ofPlatform().unstarted(() -> second.publish(mail(8))));

    first.withdraw();
    next.get().join();

    assertThat(shared.get(BacklogGauges.QUARANTINED).gauge().value()).isEqualTo(3);
    assertThat(shared.get(BacklogGauges.PAUSED).tag("queue", "mail").gauge().value()).isEqualTo(1);
  }

  @Test
  void ofTwoClientsWithOneRegistryTheOneThatLeadsIsShown() {
    BacklogGauges first = gauges();
    BacklogGauges second = gauges();
    assertThat(leaders()).isZero();

    second.begin(() -> true);
    second.publish(mail(2));
    assertThat(leaders()).isEqualTo(1);

    var leads = new AtomicBoolean(true);
    first.begin(leads::get);
    first.publish(mail(1));
    assertThat(jobs("mail", "available")).isEqualTo(1);
    second.withdraw();
    assertThat(jobs("mail", "available")).as("not the second's to remove").isEqualTo(1);
    assertThat(leaders()).isEqualTo(1);

    first.withdraw();
    assertThat(leaders()).isZero();
    assertThat(registry.find(BacklogGauges.JOBS).gauges()).isEmpty();
  }
}
