package dev.cairn.promise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobKind;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.internal.postgres.PostgresStores;
import dev.cairn.internal.store.AttemptTimes;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimScope;
import dev.cairn.internal.store.FencedClaim;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.Outcome;
import dev.cairn.internal.store.Stores;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Outcomes that could be written only after an outage: their times began before it. */
class SleepsInOutagesTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private static final String CLIENT = "one_client";
  private static final ClaimScope SCOPE = new ClaimScope("default", CLIENT, Set.of());

  private final Stores stores = PostgresStores.of(database.dataSource(), database.schema());

  @JobKind("late")
  record Late() {}

  @BeforeEach
  void live() {
    database.execute(
        "INSERT INTO cairn_client (id, timeout) VALUES (?, '1 day') ON CONFLICT DO NOTHING",
        CLIENT);
  }

  /** Returns for how many minutes the job sleeps from now, rounded. */
  private long minutesAfter(Duration snooze, Duration outage) {
    long id = clients.inserter().insert(new Late()).id();
    Claim claim = stores.jobs().claim(id, SCOPE).orElseThrow().claim();
    var attempt =
        new FinishedAttempt(
            FencedClaim.of(claim),
            1,
            new Outcome.Snoozed(snooze),
            null,
            false,
            List.of(),
            new AttemptTimes(Duration.ZERO, Duration.ZERO, System.nanoTime() - outage.toNanos()));
    assertThat(stores.jobs().finish(CLIENT, List.of(attempt))).containsExactly(claim);
    return database.number(
        """
        SELECT round(extract(epoch FROM scheduled_at - now()) / 60)::bigint
        FROM river_job WHERE id = ?
        """,
        id);
  }

  @Test
  void aSleepIsNotLongerByTheOutageInWhichItBegins() {
    Duration hour = Duration.ofHours(1);

    assertThat(minutesAfter(hour, Duration.ZERO)).isEqualTo(60);
    assertThat(minutesAfter(hour, Duration.ofMinutes(20))).isEqualTo(40);
    assertThat(minutesAfter(hour, Duration.ofDays(1))).isZero();
    assertThat(minutesAfter(Duration.ofNanos(Long.MAX_VALUE), Duration.ofMinutes(20)))
        .isGreaterThan(TimeUnit.DAYS.toMinutes(100_000));
  }
}
