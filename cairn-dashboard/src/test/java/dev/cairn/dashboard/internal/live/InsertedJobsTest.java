package dev.cairn.dashboard.internal.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.dashboard.internal.read.RateSample;
import dev.cairn.dashboard.internal.read.Reader;
import dev.cairn.migrate.Migrator;
import dev.cairn.migrate.Privileges;
import dev.cairn.testing.CairnExtension;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

/** Seen before: the rate was that of the ids, ten times that of the jobs if most were unique. */
class InsertedJobsTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final Reader reader = new Reader(cairn.dataSource(), cairn.schema());
  private final InsertedJobs inserted = new InsertedJobs();

  @BeforeEach
  void someJobsAreThere() throws SQLException {
    execute("DELETE FROM {schema}.river_job WHERE id > 1000000000");
    insert(50);
    assertThat(sample()).as("nothing is known before the first sample").isZero();
  }

  private @Nullable Long sample() {
    return inserted.add(taken());
  }

  private RateSample taken() {
    return taken(inserted, reader);
  }

  private static RateSample taken(InsertedJobs inserted, Reader reader) {
    RateSample.Since since = inserted.since();
    return reader.read(snapshot -> RateSample.of(snapshot, since));
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql.replace("{schema}", '"' + cairn.schema() + '"'));
    }
  }

  private static void execute(String sql) throws SQLException {
    try (Connection connection = cairn.dataSource().getConnection()) {
      execute(connection, sql);
    }
  }

  private static String insertion(int number) {
    return """
    INSERT INTO {schema}.river_job (kind, args, state, max_attempts)
    SELECT 'bill', '{}', 'available', 25 FROM generate_series(1, %d)
    """
        .formatted(number);
  }

  private static void insert(int number) throws SQLException {
    execute(insertion(number));
  }

  @Test
  void idsWithoutARowDoNotCount() throws Exception {
    insert(3);
    execute("SELECT nextval('{schema}.river_job_id_seq') FROM generate_series(1, 900)");
    insert(4);

    assertThat(sample()).isEqualTo(7);
    assertThat(sample()).isZero();
  }

  /** Others have shown higher ids before, in several samples. */
  @Test
  void jobsOfATransactionThatTakesLongCountOnceItHasCommitted() throws Exception {
    try (Connection connection = cairn.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      execute(connection, insertion(20));
      insert(5);
      assertThat(sample()).isEqualTo(5);
      insert(6);
      assertThat(sample()).isEqualTo(6);
      insert(1);
      connection.commit();
    }

    assertThat(sample()).isEqualTo(21);
    insert(2);
    assertThat(sample()).isEqualTo(2);
    assertThat(sample()).isZero();
  }

  /** A client may delete completed jobs after some seconds. */
  @Test
  void jobsThatAreDeletedSoonHaveBeenInserted() throws Exception {
    insert(30);
    assertThat(sample()).isEqualTo(30);
    for (int round = 0; round < 3; round++) {
      execute("DELETE FROM {schema}.river_job");
      insert(10);
      assertThat(sample()).isEqualTo(10);
    }
    execute("DELETE FROM {schema}.river_job");
    assertThat(sample()).isZero();
    insert(4);
    assertThat(sample()).isEqualTo(4);
  }

  /** Longer than the samples go back, and with so many jobs that only the last of them are seen. */
  @Test
  void itIsRightForLong() throws Exception {
    for (int round = 1; round <= 20; round++) {
      int number = round % 4 == 0 ? 15_000 : round;
      insert(number);
      assertThat(sample()).as("round %d", round).isEqualTo(number);
    }
  }

  @Test
  void idsMayStartAnew() throws Exception {
    insert(30);
    assertThat(sample()).isEqualTo(30);
    execute("TRUNCATE {schema}.river_job RESTART IDENTITY CASCADE");
    insert(3);
    sample();
    insert(5);

    assertThat(sample()).isEqualTo(5);
  }

  private static void insertWithId(long id) throws SQLException {
    execute(
        """
        INSERT INTO {schema}.river_job (id, kind, args, state, max_attempts)
        VALUES (%d, 'bill', '{}', 'available', 25)
        """
            .formatted(id));
  }

  /** All others were below it, so that the rate was 0 until that row was deleted. */
  @Test
  void aRowThatGotItsIdByHandHidesNoOthers() throws Exception {
    insertWithId(9_000_000_000_000_000_000L);
    insert(3);
    assertThat(sample()).isEqualTo(3);
    insert(4);
    assertThat(sample()).isEqualTo(4);
    try (Connection connection = cairn.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      execute(connection, insertion(20));
      insert(5);
      assertThat(sample()).isEqualTo(5);
      connection.commit();
    }
    assertThat(sample()).isEqualTo(20);
  }

  /** A role that may only read does not see what the sequence has given. */
  @Test
  void withoutTheSequenceSuchARowMakesTheRateUnknown() throws Exception {
    String role = "looks_" + UUID.randomUUID().toString().replace("-", "").substring(0, 12);
    execute("CREATE ROLE %s LOGIN PASSWORD '%s'".formatted(role, role));
    Migrator.of(cairn.dataSource()).inSchema(cairn.schema()).grant(Privileges.READER, role);
    var readOnly = new PGSimpleDataSource();
    try (Connection connection = cairn.dataSource().getConnection()) {
      readOnly.setUrl(connection.getMetaData().getURL());
    }
    readOnly.setUser(role);
    readOnly.setPassword(role);
    var its = new Reader(readOnly, cairn.schema());
    var counted = new InsertedJobs();
    counted.add(taken(counted, its));

    insert(3);
    assertThat(counted.add(taken(counted, its))).isEqualTo(3);
    insertWithId(9_000_000_000_000_000_000L);
    insert(4);
    assertThat(counted.add(taken(counted, its))).isNull();
    insert(4);
    assertThat(counted.add(taken(counted, its))).isNull();
  }

  /** More than the dashboard counts between two looks: it says so. */
  @Test
  void whatIsLookedAtIsBounded() throws Exception {
    insert(125_000);

    RateSample cut = taken();
    assertThat(cut.freshAtLeast()).isTrue();
    assertThat(inserted.add(cut)).isEqualTo(120_000);
    insert(2);
    RateSample whole = taken();
    assertThat(whole.freshAtLeast()).isFalse();
    assertThat(inserted.add(whole)).isEqualTo(2);
    insert(70_000);
    assertThat(sample()).isEqualTo(70_000);
    insert(70_000);
    assertThat(sample()).as("those before leave no room for others").isEqualTo(70_000);
  }
}
