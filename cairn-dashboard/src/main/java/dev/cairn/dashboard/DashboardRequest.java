package dev.cairn.dashboard;

import java.io.InputStream;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A request to the dashboard, whatever server received it. An adapter for a server starts with
 * {@link #of} and adds what it knows; each {@code with} method returns a changed copy. Used by one
 * thread at a time.
 */
public final class DashboardRequest {
  private final Line line;
  private final String basePath;
  private final Map<String, List<String>> headers;
  private final User user;
  private final InputStream body;

  private record Line(String method, String scheme, String path, @Nullable String query) {}

  private record User(@Nullable String name, Predicate<String> roles) {}

  private DashboardRequest(
      Line line, String basePath, Map<String, List<String>> headers, User user, InputStream body) {
    this.line = line;
    this.basePath = basePath;
    this.headers = headers;
    this.user = user;
    this.body = body;
  }

  /**
   * A request over {@code http} to a dashboard at the root of its server, without a user and
   * without a body.
   *
   * @param method for example {@code GET}
   * @param path the path below the dashboard, as it was sent: it begins with a slash and is still
   *     percent-encoded
   * @param query what follows the question mark, as it was sent; null for none
   * @param headers by name, in any case
   */
  public static DashboardRequest of(
      String method, String path, @Nullable String query, Map<String, List<String>> headers) {
    Objects.requireNonNull(path, "path");
    var sorted = new TreeMap<String, List<String>>(String.CASE_INSENSITIVE_ORDER);
    headers.forEach((name, values) -> sorted.put(name, List.copyOf(values)));
    return new DashboardRequest(
        new Line(method.toUpperCase(Locale.ROOT), "http", path, query),
        "",
        Collections.unmodifiableMap(sorted),
        new User(null, role -> false),
        InputStream.nullInputStream());
  }

  /**
   * This request to a dashboard that is not at the root of its server.
   *
   * @param prefix where the dashboard is, without a slash at the end; empty for the root
   */
  public DashboardRequest withBasePath(String prefix) {
    return new DashboardRequest(
        line, Objects.requireNonNull(prefix, "prefix"), headers, user, body);
  }

  /** This request over {@code http} or {@code https}, as the browser sent it. */
  public DashboardRequest withScheme(String name) {
    return new DashboardRequest(
        new Line(line.method(), Objects.requireNonNull(name, "name"), line.path(), line.query()),
        basePath,
        headers,
        user,
        body);
  }

  /** This request as a GET. */
  DashboardRequest asGet() {
    return new DashboardRequest(
        new Line("GET", line.scheme(), line.path(), line.query()), basePath, headers, user, body);
  }

  /**
   * This request of a user.
   *
   * @param name the name of the user whom the server has authenticated; null for none
   * @param roles whether that user has a role. A live view asks again later, on another thread
   */
  public DashboardRequest withUser(@Nullable String name, Predicate<String> roles) {
    return new DashboardRequest(
        line, basePath, headers, new User(name, Objects.requireNonNull(roles, "roles")), body);
  }

  /** This request with a body. The dashboard reads at most 256 kB of it, and does not close it. */
  public DashboardRequest withBody(InputStream content) {
    return new DashboardRequest(
        line, basePath, headers, user, Objects.requireNonNull(content, "content"));
  }

  /** The method in upper case, for example {@code GET}. */
  public String method() {
    return line.method();
  }

  /** Where the dashboard is, without a slash at the end; empty if it is at the root. */
  public String basePath() {
    return basePath;
  }

  /** The path below {@link #basePath}: it begins with a slash and is still percent-encoded. */
  public String path() {
    return line.path();
  }

  /** What follows the question mark, as it was sent; null for none. */
  public @Nullable String query() {
    return line.query();
  }

  /** {@code http} or {@code https}, as the browser uses it. */
  public String scheme() {
    return line.scheme();
  }

  /** The headers; their names are found in any case. Unmodifiable. */
  public Map<String, List<String>> headers() {
    return headers;
  }

  /** The name of the user whom the server has authenticated; null for none. */
  public @Nullable String user() {
    return user.name();
  }

  /** The body; empty unless given. */
  public InputStream body() {
    return body;
  }

  /** The first value of a header. */
  public Optional<String> header(String name) {
    List<String> values = headers.get(name);
    return values == null || values.isEmpty() ? Optional.empty() : Optional.of(values.getFirst());
  }

  /** Whether the server has authenticated a user with this role. */
  public boolean isInRole(String role) {
    return user.name() != null && user.roles().test(role);
  }

  /** The value of a cookie. */
  public Optional<String> cookie(String name) {
    List<String> lines = headers.getOrDefault("Cookie", List.of());
    return lines.stream()
        .flatMap(line -> List.of(line.split(";")).stream())
        .map(String::strip)
        .filter(pair -> pair.startsWith(name + "="))
        .map(pair -> pair.substring(name.length() + 1))
        .findFirst();
  }

  /** Without headers, query and body, which may hold secrets. */
  @Override
  public String toString() {
    return "DashboardRequest[%s %s%s]".formatted(line.method(), basePath, line.path());
  }
}
