package dev.cairn.embedded;

import java.util.Map;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * An empty database on an embedded server. It exists as long as its server, unless {@link
 * EmbeddedDatabase#drop} drops it. This record gets no further components.
 *
 * <p>Every login needs the password. Neither the URL nor the text of this record contains it, so
 * you may log both. Child processes get the password through their environment, because every user
 * of the machine can read the arguments of a process: start them with {@link #environment()}, and
 * let them call {@link #ofEnvironment()}.
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
   * The database whose {@link #environment()} the parent process has passed to this process.
   *
   * @throws IllegalStateException if a variable is missing in the environment
   */
  public static FreshDatabase ofEnvironment() {
    return new FreshDatabase(
        required(HOST),
        Integer.parseInt(required(PORT)),
        required(NAME),
        required(USER),
        required(PASSWORD));
  }

  /** The JDBC URL of the database, without user and password. */
  public String jdbcUrl() {
    return "jdbc:postgresql://%s:%s/%s".formatted(host, port, name);
  }

  /** A data source without a pool: it opens a new connection each time. */
  public DataSource dataSource() {
    return dataSource(0);
  }

  /**
   * @param socketTimeout after so many seconds without an answer, a connection fails; 0 for never
   */
  DataSource dataSource(int socketTimeout) {
    var dataSource = new PGSimpleDataSource();
    dataSource.setSocketTimeout(socketTimeout);
    dataSource.setUrl(jdbcUrl());
    dataSource.setUser(user);
    dataSource.setPassword(password);
    return dataSource;
  }

  /**
   * The environment variables with which a child process, such as one of PostgreSQL's own tools,
   * finds the database and logs in. They contain the password.
   */
  public Map<String, String> environment() {
    return Map.of(
        HOST, host, PORT, Integer.toString(port), NAME, name, USER, user, PASSWORD, password);
  }

  /** The URL and the user, without the password. */
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
