package dev.cairn.cli.stats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.cli.CountedReads;
import dev.cairn.cli.CrowdedDatabase;
import dev.cairn.cli.Reader;
import dev.cairn.embedded.FreshDatabase;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** How the live figures are read from the table of jobs, counted by the server. */
class StatsPlansTest {
  private static final String TABLE = "river_job";

  /**
   * Looks once.
   *
   * @param asksCounted whether the questions of the client are counted too
   */
  private static void look(FreshDatabase database, boolean asksCounted) throws SQLException {
    var reads = new CountedReads(database.dataSource());
    DataSource asked = asksCounted ? reads.dataSource() : database.dataSource();
    Stats stats;
    try (Reader reader = Reader.open(reads.dataSource(), null, Duration.ofSeconds(60))) {
      stats = new StatsReader(Cairn.builder(asked).build(), reader).look();
    }

    assertThat(stats.jobs()).containsEntry("completed", (long) CrowdedDatabase.JOBS);
    assertThat(reads.read()).doesNotContainKey(TABLE).isNotEmpty();
  }

  @Test
  void theJobsAreReadByIndexes() throws SQLException {
    look(CrowdedDatabase.known(), true);
  }

  @Test
  void theRatesAlsoIfTheStatisticsAreOld() throws SQLException {
    look(CrowdedDatabase.changed(), false);
  }
}
