package dev.cairn.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.cli.CountedReads;
import dev.cairn.cli.CrowdedDatabase;
import dev.cairn.doctor.Doctor;
import dev.cairn.doctor.Finding;
import dev.cairn.embedded.FreshDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How the doctor reads the table of jobs, counted by the server. */
class DoctorPlansTest {
  private static final String TABLE = "river_job";

  private static void examine(FreshDatabase database) {
    var reads = new CountedReads(database.dataSource());
    List<Finding> findings =
        Doctor.of(reads.dataSource()).withTimeout(Duration.ofSeconds(60)).examine().findings();

    assertThat(findings)
        .extracting(Finding::check)
        .contains("orphans", "queues", "kinds", "schedule");
    assertThat(findings).noneMatch(it -> it.what().contains("the check failed"));
    assertThat(reads.read()).doesNotContainKey(TABLE).isNotEmpty();
  }

  @Test
  void theJobsAreReadByIndexes() throws SQLException {
    examine(CrowdedDatabase.known());
  }

  @Test
  void alsoIfTheStatisticsAreOld() throws SQLException {
    examine(CrowdedDatabase.changed());
  }
}
