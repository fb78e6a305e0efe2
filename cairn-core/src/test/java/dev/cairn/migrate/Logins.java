package dev.cairn.migrate;

import dev.cairn.TestDatabase;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Connections to a test database by other ways than its pool. */
final class Logins {
  private Logins() {}

  static DataSource of(TestDatabase database, String user) {
    PGSimpleDataSource login = local(database);
    login.setUser(user);
    return login;
  }

  /** As the superuser of the test, with whatever else is set on it. */
  static PGSimpleDataSource local(TestDatabase database) {
    try (var connection = database.dataSource().getConnection()) {
      var login = new PGSimpleDataSource();
      login.setUrl(connection.getMetaData().getURL());
      login.setUser(connection.getMetaData().getUserName());
      return login;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
