package dev.cairn.chaos.fleet;

import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The database under attack.
 *
 * @param host the host of the server
 * @param port the port of the server
 * @param database the name of the database
 * @param user the user for logins
 * @param password the password of the user
 * @param encryption the encryption of direct connections, which no proxy has to read
 */
public record Target(
    String host, int port, String database, String user, String password, Encryption encryption) {
  private static final Set<String> ENCRYPTED = Set.of("require", "verify-ca", "verify-full");

  /** How long a worker waits for an answer, as the guide recommends. */
  private static final int SOCKET_TIMEOUT_SECONDS = 15;

  /**
   * The database of a JDBC address.
   *
   * @throws IllegalArgumentException if it is not an address of PostgreSQL with one host, a user
   *     and a password
   */
  public static Target of(String url) {
    var source = new PGSimpleDataSource();
    try {
      source.setUrl(url);
    } catch (IllegalArgumentException e) {
      // The driver's message repeats the address, which may contain a password.
      throw new IllegalArgumentException("--url is not a jdbc:postgresql: address");
    }
    String[] hosts = source.getServerNames();
    if (hosts.length != 1) {
      throw new IllegalArgumentException("--url must name one host, not " + hosts.length);
    }
    return new Target(
        hosts[0],
        port(source.getPortNumbers()[0]),
        required("database", source.getDatabaseName()),
        required("user", source.getUser()),
        source.getPassword() == null ? "" : source.getPassword(),
        source.getSslMode() != null
                && ENCRYPTED.contains(source.getSslMode().toLowerCase(Locale.ROOT))
            ? Encryption.ALWAYS
            : Encryption.IF_OFFERED);
  }

  /** Whether the server accepts only encrypted connections, which a proxy cannot read. */
  public boolean encrypted() {
    return encryption == Encryption.ALWAYS;
  }

  /** The address of the server. */
  public InetSocketAddress address() {
    return new InetSocketAddress(host, port);
  }

  /** A data source with undisturbed connections. */
  public DataSource direct() {
    var source = new PGSimpleDataSource();
    source.setUrl(
        "jdbc:postgresql://%s:%d/%s?ApplicationName=chaos%s"
            .formatted(host, port, database, encryption.parameters));
    source.setUser(user);
    source.setPassword(password);
    source.setConnectTimeout(5);
    return source;
  }

  /** The same database through a proxy on this port of this machine. */
  public Target through(int proxyPort) {
    return new Target("127.0.0.1", proxyPort, database, user, password, Encryption.NEVER);
  }

  /** The beginning of the application names of the workers' sessions, and of no others. */
  public static final String WORKERS = "chaos-worker";

  /** The JDBC address for a worker with this name, through a proxy on this port. */
  String workersUrl(String name, int proxyPort) {
    String application = WORKERS + "-" + name;
    return encrypted()
        ? "jdbc:postgresql://%s:%d/%s?sslmode=require&ApplicationName=%s"
            .formatted(host, port, database, application)
        : "jdbc:postgresql://127.0.0.1:%d/%s?sslmode=disable&gssEncMode=disable"
                .formatted(proxyPort, database)
            + "&ApplicationName="
            + application
            + "&tcpKeepAlive=true&connectTimeout=5&socketTimeout="
            + SOCKET_TIMEOUT_SECONDS;
  }

  private static int port(int given) {
    return given == 0 ? 5432 : given;
  }

  private static String required(String what, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      throw new IllegalArgumentException("--url lacks the " + what);
    }
    return value;
  }

  /** Whether connections are encrypted. */
  public enum Encryption {
    /** Never encrypted, so that a proxy can read the connection. */
    NEVER("&sslmode=disable&gssEncMode=disable"),
    /** Encrypted if the server offers it, the driver's default. */
    IF_OFFERED(""),
    /** Always encrypted, because the server demands it. */
    ALWAYS("&sslmode=require");

    private final String parameters;

    Encryption(String parameters) {
      this.parameters = parameters;
    }
  }

  /** A text without the password. */
  @Override
  public String toString() {
    return "%s:%d/%s".formatted(host, port, database);
  }
}
