package dev.cairn.migrate;

import dev.cairn.TestDatabase;
import dev.cairn.embedded.FreshDatabase;
import java.util.UUID;
import org.postgresql.ds.PGSimpleDataSource;

/** Connections to a test database by other ways than its pool. */
final class Logins {
  private Logins() {}

  /** As a role that may log in; it gets a password that nobody else knows. */
  static PGSimpleDataSource of(TestDatabase database, String user) {
    String password = UUID.randomUUID().toString();
    database.execute("ALTER ROLE %s PASSWORD '%s'".formatted(user, password));
    PGSimpleDataSource login = local(database);
    login.setUser(user);
    login.setPassword(password);
    return login;
  }

  /** As the superuser of the test, with whatever else is set on it. */
  static PGSimpleDataSource local(TestDatabase database) {
    FreshDatabase fresh = database.fresh();
    var login = new PGSimpleDataSource();
    login.setUrl(fresh.jdbcUrl());
    login.setUser(fresh.user());
    login.setPassword(fresh.password());
    return login;
  }
}
