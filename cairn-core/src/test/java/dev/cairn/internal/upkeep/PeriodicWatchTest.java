package dev.cairn.internal.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobInsert;
import dev.cairn.StandIn;
import dev.cairn.TestLogs;
import dev.cairn.internal.store.ClientStore;
import dev.cairn.internal.store.LeaderStore;
import dev.cairn.internal.store.PeriodicStore;
import dev.cairn.jobs.ClientRow;
import dev.cairn.schedule.Every;
import dev.cairn.schedule.MissedRuns;
import dev.cairn.schedule.PeriodicJob;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Periodic jobs of a client that does not lead. */
class PeriodicWatchTest {
  private static final String WARNING = "[CAIRN-536]";

  private final PeriodicRegistry registry = new PeriodicRegistry();
  private final StandIn<PeriodicStore> store = StandIn.of(PeriodicStore.class);
  private final StandIn<LeaderStore> leaders = StandIn.of(LeaderStore.class);
  private final StandIn<ClientStore> clients = StandIn.of(ClientStore.class);
  private final AtomicBoolean leads = new AtomicBoolean();
  private final AtomicInteger looks = new AtomicInteger();
  private final Set<String> neglected = new TreeSet<>();
  private @Nullable String leader = "shop-1";
  private long nanos;

  private final PeriodicWatch watch =
      new PeriodicWatch(
          "billing-1",
          registry,
          store.object(),
          leaders.object(),
          clients.object(),
          leads::get,
          () -> nanos);

  @BeforeEach
  void open() {
    TestLogs.forget();
    store.on(
        "neglected",
        call -> {
          looks.incrementAndGet();
          Set<?> asked = call.argument(0, Set.class);
          return neglected.stream().filter(asked::contains).collect(Collectors.toSet());
        });
    leaders.on("current", call -> Optional.ofNullable(leader));
    clients.on(
        "list", call -> List.of(new ClientRow("shop-1", Instant.EPOCH, Instant.EPOCH, true)));
  }

  @AfterEach
  void forget() {
    TestLogs.forget();
  }

  private void add(String id) {
    registry.add(periodic(id).durable(MissedRuns.ONCE));
  }

  private static PeriodicJob periodic(String id) {
    return PeriodicJob.of(id, Every.of(Duration.ofHours(1)), due -> JobInsert.of(id));
  }

  /** As the loop does, which may also be called more often for other reasons. */
  private void turnsIn(Duration time) {
    for (long second = 0; second < time.toSeconds(); second += 10) {
      nanos += Duration.ofSeconds(10).toNanos();
      assertThat(watch.turn()).isBetween(Duration.ofNanos(1), Duration.ofMinutes(1));
    }
  }

  private static List<String> warnings() {
    return TestLogs.warnings(WARNING);
  }

  @Test
  void warnsOfAJobThatTheLeaderDoesNotInsertAndAgainAfterAnHour() {
    add("nightly");
    add("hourly");
    neglected.add("nightly");

    turnsIn(Duration.ofMinutes(5));
    assertThat(warnings()).as("an election may take its time").isEmpty();
    turnsIn(Duration.ofMinutes(2));
    assertThat(warnings())
        .singleElement()
        .asString()
        .contains("shop-1", "'nightly'", "billing-1")
        .doesNotContain("hourly");
    turnsIn(Duration.ofMinutes(58));
    assertThat(warnings()).hasSize(1);
    turnsIn(Duration.ofMinutes(2));
    assertThat(warnings()).hasSize(2);
  }

  @Test
  void looksOnceEachMinuteAndNotAtAllWhileItLeadsOrHasNoDurableJob() {
    registry.add(periodic("fleeting"));
    turnsIn(Duration.ofMinutes(10));
    assertThat(looks).hasValue(0);

    add("nightly");
    turnsIn(Duration.ofMinutes(10));
    assertThat(looks).hasValue(10);

    neglected.add("nightly");
    leads.set(true);
    turnsIn(Duration.ofMinutes(10));
    assertThat(looks).hasValue(10);
    assertThat(warnings()).isEmpty();
  }

  @Test
  void aJobThatIsInsertedInBetweenIsNotWarnedOf() {
    add("nightly");
    for (int i = 0; i < 5; i++) {
      neglected.add("nightly");
      turnsIn(Duration.ofMinutes(4));
      neglected.clear();
      turnsIn(Duration.ofMinutes(1));
    }
    assertThat(warnings()).isEmpty();
  }

  @Test
  void saysWhenNobodyLeads() {
    leader = null;
    add("nightly");
    neglected.add("nightly");

    turnsIn(Duration.ofMinutes(7));

    assertThat(warnings()).singleElement().asString().contains("No client leads", "'nightly'");
  }

  /** It inserts runs without storing when they are due. */
  @Test
  void aLeaderOfRiverIsNotAccused() {
    leader = "river";
    add("nightly");
    neglected.add("nightly");

    turnsIn(Duration.ofMinutes(30));

    assertThat(warnings()).isEmpty();
  }

  /** What was not said counts as not said, although the jobs were looked into. */
  @Test
  void theNextLeaderIsNamedAtOnceIfItNeglectsThemToo() {
    leader = "river";
    add("nightly");
    neglected.add("nightly");
    turnsIn(Duration.ofMinutes(7));
    assertThat(warnings()).isEmpty();

    leader = "billing-1";
    turnsIn(Duration.ofMinutes(2));
    assertThat(warnings()).as("it was elected during the look").isEmpty();

    leader = "shop-1";
    turnsIn(Duration.ofMinutes(2));

    assertThat(warnings()).singleElement().asString().contains("shop-1", "'nightly'");
  }

  @Test
  void manyJobsMakeOneWarning() {
    for (int i = 10; i < 30; i++) {
      add("report:" + i);
      neglected.add("report:" + i);
    }

    turnsIn(Duration.ofMinutes(7));

    assertThat(warnings())
        .singleElement()
        .asString()
        .contains("'report:10'", "'report:14' and 15 others")
        .doesNotContain("report:15");
  }
}
