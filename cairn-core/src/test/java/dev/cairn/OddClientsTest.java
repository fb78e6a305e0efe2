package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.cairn.OddValues.Odd;
import dev.cairn.internal.postgres.PostgresStores;
import dev.cairn.internal.store.ClientStore;
import dev.cairn.internal.store.ClientStore.Beginning;
import dev.cairn.internal.store.ClientStore.Pulse;
import dev.cairn.internal.store.ClientStore.Rescue;
import dev.cairn.internal.store.ClientStore.RescuedJob;
import dev.cairn.internal.store.Rescuers;
import dev.cairn.internal.store.Stores;
import dev.cairn.jobs.ClientRow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** No row of a client stops what is done for all clients, whatever its columns hold. */
class OddClientsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();

  private static final Duration LONG = Duration.ofHours(1);

  private final Stores stores = PostgresStores.of(database.dataSource(), database.schema());
  private final ClientStore clients = stores.clients();

  /** One row for each combination of times, because a sum may be odd where its parts are not. */
  @BeforeEach
  void insertAll() {
    database.execute("DELETE FROM river_job");
    database.execute("DELETE FROM cairn_client");
    database.execute(
        """
        INSERT INTO cairn_client (id, started_at, heartbeat_at, timeout)
        SELECT 'odd ' || row_number() OVER (), started.at, heartbeat.at, timeout.value
        FROM (VALUES %s) AS started (at), (VALUES %s) AS heartbeat (at), (VALUES %s) AS timeout (value)
        """
            .formatted(rows("started_at"), rows("heartbeat_at"), rows("timeout")));
    assertThat(count("true")).isGreaterThan(500);
    database.execute(
        """
        INSERT INTO cairn_client (id, heartbeat_at, timeout)
        VALUES ('me', now(), '1 day'), ('dead', now() - interval '2 hours', '1 s'),
          ('long dead', now() - interval '2 days', '1 s')
        """);
  }

  private static List<String> values(String column) {
    return OddValues.of(database, "cairn_client").stream()
        .filter(odd -> odd.column().equals(column))
        .map(Odd::value)
        .toList();
  }

  private static String rows(String column) {
    return values(column).stream().collect(Collectors.joining("), (", "(", ")"));
  }

  private static long count(String condition) {
    return database.number("SELECT count(*) FROM cairn_client WHERE " + condition);
  }

  /** Seen before: one with a timeout of 300,000 years kept all dead ones for ever. */
  @Test
  void clientsThatDiedLongAgoAreDeleted() {
    stores.upkeep().cleanClients();

    assertThat(count("id = 'long dead'")).isZero();
    assertThat(count("id IN ('me', 'dead')")).isEqualTo(2);
    assertThat(count("timeout > '1000 years'")).as("they count as alive").isPositive();
  }

  @Test
  void theJobsOfADeadClientAreRescued() {
    database.execute(
        """
        INSERT INTO river_job (kind, args, state, attempt, max_attempts, attempted_at, attempted_by)
        SELECT 'any', '{}', 'running', 1, 25, now(), ARRAY[id] FROM cairn_client
        """);

    Rescue rescue = clients.rescueFromDeadClients(Rescuers.of(stores, "me", LONG), 1_000, false);

    assertThat(rescue.jobs()).extracting(RescuedJob::clientId).contains("dead", "long dead");
    assertThat(
            database.number(
                "SELECT count(*) FROM river_job WHERE state = 'running' AND attempted_by = '{dead}'"))
        .isZero();
  }

  /** Seen before: with a heartbeat and a timeout that are both long, the difference overflows. */
  @Test
  void theNextDeathIsKnown() {
    Duration next = clients.untilNextDeath(Rescuers.of(stores, "me", LONG), Duration.ofSeconds(5));

    assertThat(next).isBetween(Duration.ZERO, Duration.ofSeconds(5));
  }

  @Test
  void clientsAreListed() {
    assertThat(clients.list(10_000)).hasSizeGreaterThan(300);
  }

  /**
   * Seen before: if the clock had been more than a day ahead, the next life began before the one
   * whose place it took. A frozen predecessor that came back took the id away again.
   */
  @Test
  void eachNextLifeBeginsLaterThanTheOneBeforeIt() {
    var problems = new ArrayList<String>();
    for (String started :
        Stream.concat(
                values("started_at").stream(),
                Stream.of("now() + interval '2 days'", "now() + interval '90 years'"))
            .toList()) {
      database.execute("DELETE FROM cairn_client");
      database.execute(
          "INSERT INTO cairn_client (id, started_at, heartbeat_at, timeout) VALUES ('pod-1', %s, now() - interval '2 days', '1 s')"
              .formatted(started));
      boolean mayComeBack =
          database.number(
                  "SELECT count(*) FROM cairn_client WHERE isfinite(started_at) AND started_at < '290000-01-01'")
              == 1;
      Optional<Instant> before = life();

      Beginning begun = clients.begin("pod-1", LONG, Optional.empty());

      Instant life = Objects.requireNonNull(begun.life(), started);
      assertThat(life()).as(started).contains(life);
      assertThatCode(() -> beat(life)).as(started).doesNotThrowAnyException();
      if (mayComeBack && !before.orElseThrow().isBefore(life)) {
        problems.add(started);
      }
      // Another one takes its place.
      database.execute("UPDATE cairn_client SET heartbeat_at = now() - interval '2 days'");
      Beginning next = clients.begin("pod-1", LONG, Optional.empty());
      assertThat(Objects.requireNonNull(next.life())).as(started).isAfter(life);
    }

    assertThat(problems).isEmpty();
  }

  private void beat(Instant life) {
    try (Pulse pulse = clients.pulse("pod-1", LONG, life)) {
      assertThat(pulse.beat()).isPresent();
    }
  }

  private Optional<Instant> life() {
    return clients.list(1).stream().map(ClientRow::startedAt).findFirst();
  }
}
