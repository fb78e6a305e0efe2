package dev.cairn.chaos.fleet;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
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
 * @param parameters the other parameters of a user's address, such as certificates
 */
public record Target(
    String host,
    int port,
    String database,
    String user,
    String password,
    Encryption encryption,
    Map<String, String> parameters) {
  private static final Set<String> ENCRYPTED = Set.of("require", "verify-ca", "verify-full");

  /** Parameters that the other components replace, and the name of the application. */
  private static final Set<String> ELSEWHERE =
      Set.of("pghost", "pgport", "pgdbname", "user", "password", "applicationname");

  /** Parameters that a connection through a proxy cannot have, because it is not encrypted. */
  private static final Set<String> OF_ENCRYPTION = Set.of("gssencmode", "channelbinding");

  /** A database without further parameters. */
  public Target(
      String host, int port, String database, String user, String password, Encryption encryption) {
    this(host, port, database, user, password, encryption, Map.of());
  }

  public Target {
    parameters = Collections.unmodifiableMap(new TreeMap<>(parameters));
  }

  /** How long a worker waits for an answer, as the guide recommends. */
  private static final int SOCKET_TIMEOUT_SECONDS = 15;

  /**
   * The database of a JDBC address.
   *
   * @throws IllegalArgumentException if it is not an address of PostgreSQL with one host, a
   *     database and a user
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
        demandsEncryption(source) ? Encryption.ALWAYS : Encryption.IF_OFFERED,
        parameters(url));
  }

  private static boolean demandsEncryption(PGSimpleDataSource source) {
    String mode = source.getSslMode();
    return (mode == null ? source.getSsl() : ENCRYPTED.contains(mode.toLowerCase(Locale.ROOT)))
        || "require".equalsIgnoreCase(source.getChannelBinding())
        || demandsGss(source);
  }

  private static boolean demandsGss(PGSimpleDataSource source) {
    return "require".equalsIgnoreCase(source.getGssEncMode());
  }

  private static Map<String, String> parameters(String url) {
    Properties all = Objects.requireNonNull(Driver.parseURL(url, null), "url");
    return all.stringPropertyNames().stream()
        .filter(name -> !ELSEWHERE.contains(name.toLowerCase(Locale.ROOT)))
        .collect(Collectors.toMap(name -> name, all::getProperty));
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
    return direct("chaos");
  }

  /**
   * The same with another application name.
   *
   * @param application the sessions of a run have the name of its schema
   */
  public DataSource direct(String application) {
    var source = new PGSimpleDataSource();
    source.setUrl(
        "jdbc:postgresql://%s:%d/%s?%sApplicationName=%s%s"
            .formatted(host, port, database, text(parameters), application, encryption.parameters));
    source.setUser(user);
    source.setPassword(password);
    source.setConnectTimeout(5);
    return source;
  }

  /** The same database through a proxy on this port of this machine. */
  public Target through(int proxyPort) {
    return new Target(
        "127.0.0.1", proxyPort, database, user, password, Encryption.NEVER, unencrypted());
  }

  /**
   * The beginning of the application names of the sessions of a run's workers, and of no others:
   * other runs may use the same database.
   *
   * @param schema the schema of the run
   */
  public static String workers(String schema) {
    return schema + "-";
  }

  /** The JDBC address for a worker with this name, through a proxy on this port. */
  String workersUrl(String schema, String name, int proxyPort) {
    String application = workers(schema) + name;
    return encrypted()
        ? "jdbc:postgresql://%s:%d/%s?%sApplicationName=%s"
            .formatted(host, port, database, text(parameters), application)
        : "jdbc:postgresql://127.0.0.1:%d/%s?%ssslmode=disable&gssEncMode=disable"
                .formatted(proxyPort, database, text(unencrypted()))
            + "&ApplicationName="
            + application
            + "&tcpKeepAlive=true&connectTimeout=5&socketTimeout="
            + SOCKET_TIMEOUT_SECONDS;
  }

  private Map<String, String> unencrypted() {
    return parameters.entrySet().stream()
        .filter(each -> !isOfEncryption(each.getKey().toLowerCase(Locale.ROOT)))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private static boolean isOfEncryption(String name) {
    return name.startsWith("ssl") || OF_ENCRYPTION.contains(name);
  }

  /** For an address: further parameters may follow, and have precedence. */
  private static String text(Map<String, String> parameters) {
    return parameters.entrySet().stream()
        .map(each -> "%s=%s&".formatted(each.getKey(), URLEncoder.encode(each.getValue(), UTF_8)))
        .collect(Collectors.joining());
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
    /** Always encrypted, as the parameters of the user's address demand it. */
    ALWAYS("");

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
