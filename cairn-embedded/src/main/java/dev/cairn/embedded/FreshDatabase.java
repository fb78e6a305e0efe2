package dev.cairn.embedded;

import java.util.Map;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * An empty database on an embedded server. It lives as long as its server. Gets no further
 * components.
 *
 * <p>Only who knows the password gets in. It is in no URL and no text of this class, so both may be
 * logged. Child processes get it through their environment, because everybody on the machine can
 * read the arguments of a process: start them with {@link #environment()}, and let them call {@link
 * #ofEnvironment()}.
 *
 * @param host the loopback address
 * @param name unique within its server
 * @param user a superuser
 * @param password random for each server
 */
public record FreshDatabase(String host, int port, String name, String user, String password) {
  private static final String HOST = "PGHOST";
  private static final String PORT = "PGPORT";
  private static final String NAME = "PGDATABASE";
  private static final String USER = "PGUSER";
  private static final String PASSWORD = "PGPASSWORD";

  /**
   * The database that a parent process has handed on by {@link #environment()}.
   *
   * @throws IllegalStateException if it has not
   */
  public static FreshDatabase ofEnvironment() {
    return new FreshDatabase(
        required(HOST),
        Integer.parseInt(required(PORT)),
        required(NAME),
        required(USER),
        required(PASSWORD));
  }

  /** Leads to the database, but not in: without user and password. */
  public String jdbcUrl() {
    return "jdbc:postgresql://%s:%s/%s".formatted(host, port, name);
  }

  /** A data source without a pool: each connection is a new one. */
  public DataSource dataSource() {
    var dataSource = new PGSimpleDataSource();
    dataSource.setUrl(jdbcUrl());
    dataSource.setUser(user);
    dataSource.setPassword(password);
    return dataSource;
  }

  /**
   * The variables by which PostgreSQL's own tools find a database and log in, for the environment
   * of a child process. They hold the password.
   */
  public Map<String, String> environment() {
    return Map.of(
        HOST, host, PORT, Integer.toString(port), NAME, name, USER, user, PASSWORD, password);
  }

  /** Without the password. */
  @Override
  public String toString() {
    return "FreshDatabase[%s, user %s]".formatted(jdbcUrl(), user);
  }

  private static String required(String variable) {
    String value = System.getenv(variable);
    if (value == null) {
      throw new IllegalStateException(
          "the environment has no %s: start this process with FreshDatabase.environment() [CAIRN-806]"
              .formatted(variable));
    }
    return value;
  }
}
