package dev.cairn.dashboard;

import dev.cairn.dashboard.internal.page.SignIn;
import dev.cairn.dashboard.internal.server.HttpAdapter;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Shows a dashboard on a port of its own, with the server of the JDK and a virtual thread for each
 * request. It speaks HTTP without encryption: from other machines, reach it through a proxy or a
 * tunnel. Thread-safe.
 */
public final class DashboardServer implements AutoCloseable {
  /** An address of IPv6 has colons, and stands in brackets. */
  private static final Pattern HOST_NAME = Pattern.compile("[^\\s:/]+|\\[[0-9a-fA-F:.]+\\]");

  /** What no browser or proxy writes in another way. */
  private static final Pattern BASE_PATH = Pattern.compile("(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+/?");

  private final Dashboard dashboard;
  private final HttpAdapter adapter;
  private final boolean ownsDashboard;

  private DashboardServer(Dashboard dashboard, HttpAdapter adapter, boolean ownsDashboard) {
    this.dashboard = dashboard;
    this.adapter = adapter;
    this.ownsDashboard = ownsDashboard;
  }

  /**
   * Shows a dashboard to this machine only. If no {@link DashboardBuilder#access} was set, whoever
   * opens {@link #link()} first may do everything.
   *
   * @param port 0 for any free one
   * @throws IOException if the port is taken
   */
  public static DashboardServer local(DashboardBuilder description, int port) throws IOException {
    Dashboard dashboard = description.buildWithLink();
    try {
      return start(
          dashboard,
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
          "",
          Set.of(),
          true);
    } catch (IOException e) {
      dashboard.close();
      throw e;
    }
  }

  /**
   * Shows a dashboard on any address of this machine, to everyone whom its {@link Access} admits.
   *
   * @param hostNames by which browsers, or the proxy in front of it, call this machine, without a
   *     port. Other names are refused, because they may be those of somebody else that lead to this
   *     machine. Its addresses in digits and {@code localhost} need not be given; on a loopback
   *     address, only {@code localhost}, {@code 127.0.0.1} and {@code [::1]}
   * @throws IllegalArgumentException if a name is blank, or has a port, a scheme or a path
   * @throws IOException if the address cannot be used
   */
  public static DashboardServer on(
      InetSocketAddress address, Dashboard dashboard, String... hostNames) throws IOException {
    return start(dashboard, address, "", checked(hostNames), false);
  }

  /**
   * Shows a dashboard below a path, for a proxy that has other pages beside it. Otherwise like
   * {@link #on}. The proxy passes the path on as it is: in nginx, {@code location /jobs/ {
   * proxy_pass http://127.0.0.1:7070; proxy_set_header Host $http_host; }}, without a path behind
   * the port. The {@code Host} has to be the one that the browser has sent, with its port: by it,
   * changes are told from those of other pages. Requests for other paths are answered with status
   * 404. No header changes the path.
   *
   * <p>The other pages are of the same origin, so browsers do not protect the dashboard from their
   * scripts. Where not all of them are trusted, give the dashboard a host name of its own, with
   * {@link #on}.
   *
   * @param basePath for example {@code /jobs}, with or without a slash at its end
   * @param hostNames as for {@link #on}
   * @throws IllegalArgumentException if the path does not begin with a slash, has no name, or has
   *     other characters than letters, digits and {@code -._~}, or if a name is blank, or has a
   *     port, a scheme or a path
   * @throws IOException if the address cannot be used
   */
  public static DashboardServer below(
      String basePath, InetSocketAddress address, Dashboard dashboard, String... hostNames)
      throws IOException {
    if (!BASE_PATH.matcher(basePath).matches()) {
      throw new IllegalArgumentException(
          "'%s' is no path of a dashboard: it has the form /jobs or /tools/jobs, of letters, digits and -._~"
              .formatted(basePath));
    }
    String path = basePath.endsWith("/") ? basePath.substring(0, basePath.length() - 1) : basePath;
    return start(dashboard, address, path, checked(hostNames), false);
  }

  private static Set<String> checked(String... hostNames) {
    return Arrays.stream(hostNames)
        .map(name -> checkedName(name).toLowerCase(Locale.ROOT))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Otherwise, a name that no request can have would be refused at each request. */
  private static String checkedName(String hostName) {
    if (!HOST_NAME.matcher(hostName).matches()) {
      throw new IllegalArgumentException(
          "'%s' is no host name: leave out the scheme, the port and the path".formatted(hostName));
    }
    return hostName;
  }

  private static DashboardServer start(
      Dashboard dashboard,
      InetSocketAddress address,
      String basePath,
      Set<String> names,
      boolean ownsDashboard)
      throws IOException {
    return new DashboardServer(
        dashboard, HttpAdapter.start(address, basePath, names, dashboard::answer), ownsDashboard);
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return adapter.address();
  }

  /**
   * The address to open in a browser. Without an {@link DashboardBuilder#access}, it contains a
   * secret that works once. Each call creates a new secret, which replaces an unused one.
   */
  public URI link() {
    Optional<String> token = dashboard.signIn().map(SignIn::newToken);
    return URI.create(
        "http://%s:%d%s/%s"
            .formatted(
                host(address().getAddress()),
                address().getPort(),
                adapter.basePath(),
                token.map(secret -> "login?token=" + secret).orElse("")));
  }

  /**
   * As an address of the web names it: a browser cannot open a wildcard, or name an interface.
   *
   * <p>A loopback address is named as it is. {@code localhost} is the other one as well, on which
   * somebody else may listen and wait for the secret of the link.
   */
  static String host(InetAddress address) {
    if (address.isAnyLocalAddress()) {
      return "localhost";
    }
    if (address.isLoopbackAddress() && address instanceof Inet6Address) {
      return "[::1]";
    }
    String text = address.getHostAddress();
    int scope = text.indexOf('%');
    String host = scope < 0 ? text : text.substring(0, scope);
    return address instanceof Inet6Address ? "[" + host + "]" : host;
  }

  /** Ends all live views and stops listening. Running requests have two seconds to end. */
  @Override
  public void close() {
    if (ownsDashboard) {
      dashboard.close();
    }
    adapter.close();
  }
}
