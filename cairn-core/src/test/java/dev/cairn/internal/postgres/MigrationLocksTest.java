package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cairn.InterceptedCalls;
import dev.cairn.SchemaException;
import dev.cairn.TestDatabase;
import dev.cairn.internal.postgres.SchemaMigrations.Patience;
import dev.cairn.migrate.MigrationDirection;
import dev.cairn.migrate.MigrationLine;
import dev.cairn.migrate.Migrator;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A migration does not stop a whole fleet because one transaction holds a table. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MigrationLocksTest {
  @RegisterExtension static final TestDatabase server = new TestDatabase();

  private static final String SCHEMA = "held";
  private static final MigrationScript STEP = MigrationScript.of(MigrationLine.CAIRN, 3);
  private static final Patience SHORT =
      new Patience(Duration.ofMillis(100), Duration.ofMillis(1), 3);

  @BeforeEach
  void migrate() {
    Migrator.of(server.dataSource()).inSchema(SCHEMA).up();
  }

  @AfterEach
  void drop() {
    server.execute("DROP SCHEMA " + SCHEMA + " CASCADE");
  }

  private static boolean revert(DataSource dataSource) {
    return new SchemaMigrations(dataSource, SCHEMA, null, SHORT)
        .step(MigrationDirection.DOWN, state -> Optional.of(STEP))
        .isPresent();
  }

  private static void read(Connection holder) throws SQLException {
    holder.setAutoCommit(false);
    try (var statement = holder.createStatement()) {
      statement.execute("SELECT FROM %s.cairn_job_progress".formatted(SCHEMA));
    }
  }

  /** Seen before: it waited without limit, and all other statements with the table behind it. */
  @Test
  void aTableThatATransactionHoldsIsNotWaitedForWithoutEnd() throws SQLException {
    try (Connection holder = server.dataSource().getConnection()) {
      read(holder);

      assertThatExceptionOfType(SchemaException.class)
          .isThrownBy(() -> revert(server.dataSource()))
          .withMessageContaining("CAIRN-604")
          .withMessageContaining("A transaction holds one of its tables");

      holder.rollback();
    }
    assertThat(revert(server.dataSource())).isTrue();
  }

  @Test
  void itIsTriedAgainWhenTheTransactionHasEnded() throws SQLException {
    try (Connection holder = server.dataSource().getConnection()) {
      read(holder);
      var tries = new AtomicInteger();
      DataSource ending =
          InterceptedCalls.of(
              DataSource.class,
              server.dataSource(),
              (method, call) -> {
                if (method.equals("getConnection") && tries.incrementAndGet() == 2) {
                  holder.rollback();
                }
                return call.proceed();
              });

      assertThat(revert(ending)).isTrue();

      assertThat(tries).hasValue(2);
    }
  }
}
