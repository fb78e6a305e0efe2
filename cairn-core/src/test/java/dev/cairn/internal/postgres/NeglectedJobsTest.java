package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.TestDatabase;
import dev.cairn.internal.store.PeriodicStore;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Durable periodic jobs that no leader inserts. */
class NeglectedJobsTest {
  @RegisterExtension static final TestDatabase server = new TestDatabase();

  private final PeriodicStore store =
      PostgresStores.of(server.dataSource(), server.schema()).periodic();

  @Test
  void areThoseWithoutARowAndThoseThatAreOverdue() {
    Instant now = store.now();
    store.nextRun("soon", now.plus(Duration.ofHours(1)));
    store.nextRun("just due", now);
    store.nextRun("overdue", now.minus(Duration.ofMinutes(2)));
    store.nextRun("of others", now.minus(Duration.ofDays(2)));

    assertThat(store.neglected(Set.of("soon", "just due", "overdue", "never met")))
        .containsExactlyInAnyOrder("overdue", "never met");
    assertThat(store.neglected(Set.of())).isEmpty();
  }
}
