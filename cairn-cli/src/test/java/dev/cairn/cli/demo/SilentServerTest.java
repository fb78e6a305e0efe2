package dev.cairn.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.JsonArgs;
import dev.cairn.cli.Address;
import dev.cairn.cli.CommandProcess;
import dev.cairn.cli.MigratedDatabase;
import dev.cairn.embedded.FreshDatabase;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that accepts connections and then is silent, for example because its disk hangs. */
@Tag("thorough")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class SilentServerTest {
  private static final String AWAY = "The database does not answer.";

  private final FreshDatabase database = MigratedDatabase.fresh();
  private final Cairn client = Cairn.builder(database.dataSource()).build();

  @Test
  void whoWatchesAJobIsToldAndGoesOn() throws Exception {
    long id = client.insert(JsonArgs.of("import_catalog", "{}")).id();
    try (var network = BlackHole.before(database::port);
        var watch =
            CommandProcess.start(
                Map.of("DATABASE_URL", Address.of(network.seen(database))),
                "jobs",
                "watch",
                Long.toString(id))) {
      watch.awaitAfter("import_catalog  available", 1);
      network.swallow();
      watch.awaitAfter(AWAY, 1);
      client.jobs().operator("ada").cancel(id);
      network.restore();

      assertThat(watch.awaitAfter("job %d is ".formatted(id), 1)).startsWith("cancelled");
      assertThat(watch.awaitEnd()).isEqualTo(1);
    }
  }

  @Test
  void whoLooksAtTheStatisticsIsToldAndGoesOn() throws Exception {
    try (var network = BlackHole.before(database::port);
        var stats =
            CommandProcess.start(
                Map.of("DATABASE_URL", Address.of(network.seen(database))), "stats", "--json")) {
      stats.awaitAfter("queues_complete", 1);
      network.swallow();
      stats.awaitAfter(AWAY, 1);
      int looks = stats.lines().size();
      network.restore();

      stats.awaitAfter("queues_complete", looks);
    }
  }
}
