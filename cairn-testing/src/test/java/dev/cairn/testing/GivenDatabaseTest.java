package dev.cairn.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.embedded.EmbeddedDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.RegisterExtension;

class GivenDatabaseTest {
  private static final DataSource OURS = EmbeddedDatabase.shared().newDatabase().dataSource();

  /** Registered first, so it looks when the other has cleaned up. */
  @Order(1)
  @RegisterExtension
  static final AfterAllCallback nothingIsLeft = context -> assertThat(schemas()).isZero();

  @Order(2)
  @RegisterExtension
  static final CairnExtension cairn = CairnExtension.on(OURS);

  @Test
  void itsSchemaIsDroppedAfterTheClass() throws SQLException {
    assertThat(cairn.dataSource()).isSameAs(OURS);
    assertThat(schemas()).isEqualTo(1);
  }

  private static int schemas() throws SQLException {
    try (Connection connection = OURS.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'cairn%'")) {
      rows.next();
      return rows.getInt(1);
    }
  }
}
