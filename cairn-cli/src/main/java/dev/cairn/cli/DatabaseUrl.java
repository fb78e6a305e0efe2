package dev.cairn.cli;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The address of a database, as libpq and most tools write it or as JDBC does. Its errors never
 * repeat the address, because that may hold a password.
 *
 * @param jdbcUrl without user and password if the address was in libpq's form
 */
record DatabaseUrl(String jdbcUrl, @Nullable String user, @Nullable String password) {
  private static final String JDBC = "jdbc:postgresql:";
  private static final String FORMS =
      "postgres://USER:PASSWORD@HOST:PORT/DATABASE or jdbc:postgresql://HOST:PORT/DATABASE";
  private static final int PORT = 5432;
  private static final String PARAMETER_NAME = "[A-Za-z_]{1,40}";

  private static final String TARGET = "targetServerType";

  /** One host or several, each with a port or without one. */
  private static final Pattern HOSTS =
      Pattern.compile("%1$s(,%1$s)*".formatted("([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(:\\d{1,5})?"));

  /** The parameters of libpq that the driver has as well, by its name for them. */
  private static final Map<String, String> PARAMETERS =
      Map.of(
          "application_name", "ApplicationName",
          "connect_timeout", "connectTimeout",
          "options", "options",
          "sslcert", "sslcert",
          "sslkey", "sslkey",
          "sslmode", "sslmode",
          "sslrootcert", "sslrootcert",
          "target_session_attrs", TARGET);

  /** What libpq calls the kinds of servers, by the driver's names for them. */
  private static final Map<String, String> TARGETS =
      Map.of(
          "any", "any",
          "read-write", "primary",
          "primary", "primary",
          "read-only", "secondary",
          "standby", "secondary",
          "prefer-standby", "preferSecondary");

  /**
   * @throws IllegalArgumentException if it is neither {@code postgres://...} nor {@code
   *     jdbc:postgresql:...}, or has a parameter that the driver does not know
   */
  static DatabaseUrl parse(String address) {
    if (address.startsWith(JDBC)) {
      return new DatabaseUrl(address, null, null);
    }
    int schemeEnd = address.indexOf("://");
    if (schemeEnd < 0) {
      throw new IllegalArgumentException("the database's address has no scheme. Write " + FORMS);
    }
    URI uri = uri(address);
    String scheme = address.substring(0, schemeEnd);
    if (!scheme.equals("postgres") && !scheme.equals("postgresql")) {
      throw new IllegalArgumentException(
          "the database's address has the scheme '%s'. Write %s".formatted(scheme, FORMS));
    }
    String authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
    int loginEnd = authority.lastIndexOf('@');
    String hosts = authority.substring(loginEnd + 1);
    String user = loginEnd < 0 ? "" : authority.substring(0, loginEnd);
    if (!HOSTS.matcher(hosts).matches() || user.indexOf('@') >= 0) {
      throw new IllegalArgumentException(
          "the database's address has no host, or its user or password has a character that"
              + " must be percent-encoded: postgres://USER:PASSWORD@HOST:PORT/DATABASE");
    }
    String[] login = loginEnd < 0 ? new String[0] : split(user);
    return new DatabaseUrl(
        jdbcUrl(uri, hosts),
        login.length > 0 ? decoded(login[0]) : null,
        login.length > 1 ? decoded(login[1]) : null);
  }

  DataSource dataSource() {
    return dataSource(null);
  }

  /**
   * @param timeout how long it may take to connect, and a little less than a statement may take;
   *     null for no limit
   */
  DataSource dataSource(@Nullable Duration timeout) {
    var dataSource = new PGSimpleDataSource();
    try {
      dataSource.setUrl(jdbcUrl);
    } catch (IllegalArgumentException e) {
      // The driver's message repeats the address.
      throw new IllegalArgumentException("JDBC does not understand the database's address");
    }
    if (!jdbcUrl.contains("tcpKeepAlive=")) {
      // So that a host that vanishes is noticed at all.
      dataSource.setTcpKeepAlive(true);
    }
    if (timeout != null) {
      int seconds = Math.toIntExact(timeout.toSeconds());
      dataSource.setConnectTimeout(seconds);
      dataSource.setLoginTimeout(seconds);
      // The server itself ends a statement before, if it is able to.
      dataSource.setSocketTimeout(seconds + 2);
      // Behind a pooler, a prepared statement would stay with a connection that others get next.
      dataSource.setPrepareThreshold(0);
    }
    if (user != null) {
      dataSource.setUser(user);
    }
    if (password != null) {
      dataSource.setPassword(password);
    }
    return dataSource;
  }

  private static URI uri(String address) {
    try {
      return new URI(address);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(
          "the database's address cannot be read at character %d: %s"
              .formatted(e.getIndex() + 1, e.getReason()));
    }
  }

  private static String jdbcUrl(URI uri, String hosts) {
    String places =
        Stream.of(hosts.split(",", -1))
            .map(host -> host.matches(".*:\\d+") ? host : host + ":" + PORT)
            .collect(Collectors.joining(","));
    String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    var query = new StringBuilder();
    parameters(uri.getRawQuery())
        .forEach((name, value) ->
            query.append(query.isEmpty() ? '?' : '&').append(name).append('=').append(value));
    return "%s//%s%s%s".formatted(JDBC, places, path, query);
  }

  private static Map<String, String> parameters(@Nullable String query) {
    var parameters = new LinkedHashMap<String, String>();
    for (String pair : query == null || query.isEmpty() ? new String[0] : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals);
      String known = PARAMETERS.get(name);
      if (known == null) {
        // A password with a question mark would be taken for a part of this name.
        String shown = name.matches(PARAMETER_NAME) ? " '" + name + "'" : "";
        throw new IllegalArgumentException(
            "the database's address has the unknown parameter%s: use only %s"
                .formatted(shown, PARAMETERS.keySet().stream().sorted().toList()));
      }
      String value = equals < 0 ? "" : pair.substring(equals + 1);
      parameters.put(known, known.equals(TARGET) ? target(value) : value);
    }
    return parameters;
  }

  private static String target(String value) {
    String target = TARGETS.get(value);
    if (target == null) {
      throw new IllegalArgumentException(
          "the database's address has an unknown target_session_attrs: use one of %s"
              .formatted(TARGETS.keySet().stream().sorted().toList()));
    }
    return target;
  }

  private static String[] split(String login) {
    return login.split(":", 2);
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** Without the password. */
  @Override
  public String toString() {
    return "DatabaseUrl[user=%s]".formatted(user);
  }
}
