package dev.cairn.promise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.TestDatabase;
import dev.cairn.internal.postgres.PostgresStores;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.Rescuers;
import dev.cairn.internal.store.Stores;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A job whose unique key counts while it waits and not while it runs, as only somebody inserts it
 * who wants to do harm: another one may have the key when the first is to wait again. That must not
 * keep the jobs of dead clients from being rescued.
 */
class OrphanedKeysTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();

  private final Stores stores = PostgresStores.of(database.dataSource(), database.schema());

  @BeforeEach
  void prepare() {
    database.execute("DELETE FROM river_job");
    database.execute("DELETE FROM cairn_client");
    database.execute(
        """
        INSERT INTO cairn_client (id, heartbeat_at, timeout) VALUES
          ('dead', now() - interval '1 hour', '10 minutes'), ('living', now(), '1 day')
        """);
  }

  private static long running(String client) {
    return database.number(
        """
        INSERT INTO river_job (kind, args, state, attempt, max_attempts, attempted_at, attempted_by)
        VALUES ('any', '{}', 'running', 1, 25, now(), ARRAY[?])
        RETURNING id
        """,
        client);
  }

  /** The key counts for {@code available} alone: the lowest bit. */
  private static long runningWithTakenKey(String client) {
    long id = running(client);
    database.execute(
        "UPDATE river_job SET unique_key = 'k', unique_states = B'00000001' WHERE id = ?", id);
    database.execute(
        """
        INSERT INTO river_job (kind, args, max_attempts, queue, unique_key, unique_states)
        VALUES ('any', '{}', 25, 'nowhere', 'k', B'00000001')
        """);
    return id;
  }

  private static String state(long id) {
    return String.valueOf(database.text("SELECT state::text FROM river_job WHERE id = " + id));
  }

  @Test
  void b2_aTakenKeyStopsNoRescue() {
    long odd = runningWithTakenKey("dead");
    long healthy = running("dead");

    stores
        .clients()
        .rescueFromDeadClients(Rescuers.of(stores, "living", Duration.ofDays(1)), 10, false);

    assertThat(state(healthy)).isEqualTo("available");
    assertThat(state(odd)).isEqualTo("discarded");
    assertThat(database.text("SELECT errors[1]->>'error' FROM river_job WHERE id = " + odd))
        .contains("unique key");
  }

  @Test
  void b2_norTheReturnOfOrphans() {
    long odd = runningWithTakenKey("living");
    long healthy = running("living");
    Set<Claim> claims = stores.jobs().claimsOf("living");

    Set<Claim> freed = stores.jobs().handBack("living", List.copyOf(claims));

    assertThat(freed).hasSize(2);
    assertThat(state(healthy)).isEqualTo("available");
    assertThat(state(odd)).isEqualTo("discarded");
  }
}
