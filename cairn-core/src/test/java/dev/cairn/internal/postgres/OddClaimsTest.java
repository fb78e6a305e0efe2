package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.TestDatabase;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.Stores;
import dev.cairn.internal.store.UpkeepStore;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Running jobs whose rows name no claim that anybody can have. */
class OddClaimsTest {
  @RegisterExtension static final TestDatabase server = new TestDatabase();

  private static final Duration HORIZON = Duration.ofHours(1);

  private final Stores stores = PostgresStores.of(server.dataSource(), server.schema());

  @BeforeEach
  void oneAliveClient() {
    server.execute("TRUNCATE river_job, cairn_client RESTART IDENTITY");
    server.execute("INSERT INTO cairn_client (id, timeout) VALUES ('alive', '1 day')");
  }

  private static long running(@Nullable String attemptedAt, @Nullable String attemptedBy) {
    server.execute(
        """
        INSERT INTO river_job (kind, args, max_attempts, state, attempt, attempted_at, attempted_by)
        VALUES ('noop', '{}', 25, 'running', 1, ?::timestamptz, ?::text[])
        """,
        attemptedAt,
        attemptedBy);
    return server.number("SELECT max(id) FROM river_job");
  }

  @Test
  void b2_aRowWithoutATimeKeepsNoOrphanFromBeingFound() {
    running(null, "{alive}");
    long other = running("2026-11-26T12:00:00Z", "{alive}");

    assertThat(stores.jobs().claimsOf("alive")).extracting(Claim::jobId).containsExactly(other);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "null",
      delimiter = ';',
      value = {
        "null; {alive}",
        "null; null",
        "2026-11-26T12:00:00Z; null",
        "2026-11-26T12:00:00Z; {}",
        "2026-11-26T12:00:00Z; {NULL}",
        "2026-11-26T12:00:00Z; {{alive,alive}}",
        "infinity; {unknown}",
        "-infinity; {unknown}",
        "2999-01-01T00:00:00Z; {unknown}",
      })
  void b2_aJobThatNobodyCanWorkIsRescued(
      @Nullable String attemptedAt, @Nullable String attemptedBy) {
    long id = running(attemptedAt, attemptedBy);

    var stuck = stores.upkeep().findStuck(HORIZON, Set.of(), Set.of(), 10);

    assertThat(stuck).hasSize(1);
    Set<Claim> refused = Set.of(stuck.getFirst().claim());
    assertThat(stores.upkeep().findStuck(HORIZON, Set.of(), refused, 10)).isEqualTo(List.of());
    assertThat(stores.upkeep().rescue(stuck.getFirst(), Duration.ZERO)).isTrue();
    assertThat(server.text("SELECT state FROM river_job WHERE id = ?", id)).isEqualTo("retryable");
  }

  @Test
  void oneThatIsLeftOutUnderAClaimIsFoundUnderItsNextOne() {
    long id = running("2026-11-26T12:00:00Z", "{first}");
    running("2026-11-26T12:00:00Z", "{first}");
    Set<Claim> claims =
        stores.upkeep().findStuck(HORIZON, Set.of(), Set.of(), 10).stream()
            .map(UpkeepStore.StuckJob::claim)
            .collect(Collectors.toSet());
    assertThat(stores.upkeep().findStuck(HORIZON, Set.of(), claims, 10)).isEqualTo(List.of());

    for (String change :
        List.of(
            "attempted_by = '{first,second}'",
            "attempted_by = '{first}', attempted_at = '2026-11-26T12:00:00.000001Z'")) {
      server.execute("UPDATE river_job SET %s WHERE id = ?".formatted(change), id);
      assertThat(stores.upkeep().findStuck(HORIZON, Set.of(), claims, 10))
          .extracting(stuck -> stuck.claim().jobId())
          .containsExactly(id);
    }
  }

  @Test
  void butOneThatSomebodyMayWorkIsLeftAlone() {
    String now = server.text("SELECT now()");
    running(now, "{unknown}");
    running("2026-11-26T12:00:00Z", "{alive}");
    running("2999-01-01T00:00:00Z", "{alive}");

    assertThat(stores.upkeep().findStuck(HORIZON, Set.of(), Set.of(), 10)).isEqualTo(List.of());
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.5", "1e30", "-1", "\"x\"", "null", "12345678901234567890"})
  void b2_anOddRenewalKeepsNoOrphanFromBeingFound(String claimedAt) {
    long odd = running("2026-11-26T12:00:00Z", "{alive}");
    server.execute(
        """
        UPDATE river_job SET metadata = jsonb_build_object('cairn:renewed', jsonb_build_array(
          ?::jsonb, (extract(epoch FROM attempted_at) * 1000000)::bigint))
        """,
        claimedAt);
    long other = running("2026-11-26T12:00:00Z", "{alive}");

    assertThat(stores.jobs().claimsOf("alive"))
        .extracting(Claim::jobId)
        .containsExactlyInAnyOrder(odd, other);
  }
}
