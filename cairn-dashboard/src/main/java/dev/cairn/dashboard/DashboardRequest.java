package dev.cairn.dashboard;

import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A request to the dashboard, whatever server it came to. May get further components.
 *
 * @param method for example {@code GET}
 * @param basePath where the dashboard is, without a slash at the end; empty if it is at the root of
 *     its server
 * @param path the path behind that, as it was sent: it begins with a slash and is still
 *     percent-encoded
 * @param query what follows the question mark, as it was sent; null for none
 * @param scheme {@code http} or {@code https}, as the browser uses it
 * @param headers by name in any case
 * @param user the name of the user whom the server has authenticated; null for none
 * @param roles whether that user has a role
 * @param body the content; the dashboard reads at most 256 kB of it
 */
public record DashboardRequest(
    String method,
    String basePath,
    String path,
    @Nullable String query,
    String scheme,
    Map<String, List<String>> headers,
    @Nullable String user,
    Predicate<String> roles,
    InputStream body) {
  public DashboardRequest {
    var sorted = new TreeMap<String, List<String>>(String.CASE_INSENSITIVE_ORDER);
    headers.forEach((name, values) -> sorted.put(name, List.copyOf(values)));
    headers = sorted;
    method = method.toUpperCase(Locale.ROOT);
  }

  /** A request without a user and a body. */
  public static DashboardRequest of(
      String method, String path, @Nullable String query, Map<String, List<String>> headers) {
    return new DashboardRequest(
        method,
        "",
        path,
        query,
        "http",
        headers,
        null,
        role -> false,
        InputStream.nullInputStream());
  }

  /** This request with a content. */
  public DashboardRequest withBody(InputStream content) {
    return new DashboardRequest(
        method, basePath, path, query, scheme, headers, user, roles, content);
  }

  /** The first value of a header. */
  public Optional<String> header(String name) {
    List<String> values = headers.get(name);
    return values == null || values.isEmpty() ? Optional.empty() : Optional.of(values.getFirst());
  }

  /** Whether the server has authenticated a user with this role. */
  public boolean isInRole(String role) {
    return user != null && roles.test(role);
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
}
