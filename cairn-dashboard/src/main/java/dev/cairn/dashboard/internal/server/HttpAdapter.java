package dev.cairn.dashboard.internal.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.cairn.dashboard.DashboardRequest;
import dev.cairn.dashboard.DashboardResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets the server of the JDK show a dashboard. */
public final class HttpAdapter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HttpAdapter.class);

  private static final int REQUESTS_MAX = 200;
  private static final int BACKLOG = 50;
  private static final int STOP_SECONDS = 2;

  private static final Pattern OWN_NAMES =
      Pattern.compile(
          "(localhost|127(\\.\\d{1,3}){3}|\\[::1])(:\\d{1,5})?", Pattern.CASE_INSENSITIVE);

  /** Nobody else's name leads to this machine under an address in digits. */
  private static final Pattern ADDRESSES =
      Pattern.compile("(\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-fA-F:.]+\\])(:\\d{1,5})?");

  private static final Pattern PORT = Pattern.compile(":\\d{1,5}$");

  private static final String REFUSED =
      "This dashboard answers to localhost, 127.0.0.1 and [::1] only.\n";
  private static final String UNKNOWN_NAME =
      "This dashboard does not know this name: open it by its address in digits, or give the name"
          + " to DashboardServer.\n";

  /** Of the answers that are not the dashboard's. */
  private static final Map<String, String> ALWAYS =
      Map.of(
          "Cache-Control", "no-store",
          "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'",
          "Cross-Origin-Resource-Policy", "same-origin",
          "Referrer-Policy", "no-referrer",
          "X-Content-Type-Options", "nosniff");

  private final HttpServer server;
  private final String basePath;
  private final Set<String> names;
  private final ExecutorService threads;
  private final Semaphore slots = new Semaphore(REQUESTS_MAX);
  private final Function<DashboardRequest, DashboardResponse> dashboard;

  private HttpAdapter(
      HttpServer server,
      String basePath,
      Set<String> names,
      ExecutorService threads,
      Function<DashboardRequest, DashboardResponse> dashboard) {
    this.server = server;
    this.basePath = basePath;
    this.names = names;
    this.threads = threads;
    this.dashboard = dashboard;
  }

  /**
   * Starts to answer requests.
   *
   * @param basePath below which the dashboard is, without a slash at its end; empty for the root
   * @param names by which browsers may call this server, in lower case, besides its addresses
   */
  public static HttpAdapter start(
      InetSocketAddress address,
      String basePath,
      Set<String> names,
      Function<DashboardRequest, DashboardResponse> dashboard)
      throws IOException {
    HttpServer server = HttpServer.create(address, BACKLOG);
    ExecutorService threads =
        Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("cairn-dashboard-", 0).factory());
    var adapter = new HttpAdapter(server, basePath, names, threads, dashboard);
    server.setExecutor(threads);
    server.createContext("/", adapter::handle);
    server.start();
    return adapter;
  }

  public InetSocketAddress address() {
    return server.getAddress();
  }

  /** Below which the dashboard is, without a slash at its end. */
  public String basePath() {
    return basePath;
  }

  private void handle(HttpExchange exchange) throws IOException {
    if (!slots.tryAcquire()) {
      exchange.sendResponseHeaders(503, -1);
      exchange.close();
      return;
    }
    // Closing waits for the rest of the request, which may never come: without a place, so that
    // nobody can take all of them without a session.
    try (exchange) {
      answer(exchange);
    }
  }

  private void answer(HttpExchange exchange) {
    try {
      String path = exchange.getRequestURI().getRawPath();
      if (!isForUs(exchange)) {
        // A page of somebody else whose name leads to this machine: DNS rebinding.
        refuse(exchange, 421, isLocal() ? REFUSED : UNKNOWN_NAME);
      } else if (path.startsWith(basePath + "/")) {
        send(exchange, dashboard.apply(request(exchange, path.substring(basePath.length()))));
      } else if (path.equals(basePath)) {
        // Relative addresses of the page need the slash.
        String query = exchange.getRequestURI().getRawQuery();
        ALWAYS.forEach(exchange.getResponseHeaders()::set);
        exchange
            .getResponseHeaders()
            .set("Location", basePath + "/" + (query == null ? "" : "?" + query));
        exchange.sendResponseHeaders(302, -1);
      } else {
        refuse(
            exchange,
            404,
            "This dashboard is at %s/. A proxy must pass this path on as it is.\n"
                .formatted(basePath));
      }
    } catch (IOException e) {
      log.debug("A browser has gone", e);
    } finally {
      slots.release();
    }
  }

  private static void refuse(HttpExchange exchange, int status, String text) throws IOException {
    byte[] why = text.getBytes(StandardCharsets.UTF_8);
    ALWAYS.forEach(exchange.getResponseHeaders()::set);
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    boolean headOnly = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, headOnly ? -1 : why.length);
    if (!headOnly) {
      exchange.getResponseBody().write(why);
      exchange.getResponseBody().flush();
    }
  }

  /**
   * On the loopback address, only names of this machine are meant, and elsewhere its addresses; and
   * everywhere the names that were given. Any port may be: a browser leaves out port 80, and a
   * tunnel has a port of its own.
   */
  private boolean isForUs(HttpExchange exchange) {
    String host = exchange.getRequestHeaders().getFirst("Host");
    if (host == null) {
      // No browser asks so, but programs that watch a server do.
      return !isLocal();
    }
    return OWN_NAMES.matcher(host).matches()
        || (!isLocal() && ADDRESSES.matcher(host).matches())
        || names.contains(PORT.matcher(host).replaceFirst("").toLowerCase(Locale.ROOT));
  }

  private boolean isLocal() {
    return server.getAddress().getAddress().isLoopbackAddress();
  }

  private DashboardRequest request(HttpExchange exchange, String path) {
    return DashboardRequest.of(
            exchange.getRequestMethod(),
            path,
            exchange.getRequestURI().getRawQuery(),
            exchange.getRequestHeaders())
        .withBasePath(basePath)
        .withScheme(scheme(exchange))
        .withBody(exchange.getRequestBody());
  }

  /**
   * A proxy may encrypt, and only the browser says so to those behind it. The origin still has to
   * be the host that was asked: a page that was encrypted is no worse than one that was not.
   */
  private static String scheme(HttpExchange exchange) {
    String origin = exchange.getRequestHeaders().getFirst("Origin");
    return origin != null && origin.regionMatches(true, 0, "https://", 0, 8) ? "https" : "http";
  }

  private static void send(HttpExchange exchange, DashboardResponse response) throws IOException {
    for (Map.Entry<String, String> header : response.headers().entrySet()) {
      exchange.getResponseHeaders().set(header.getKey(), header.getValue());
    }
    switch (response.content()) {
      case DashboardResponse.Whole whole -> {
        int length = whole.bytes().length;
        exchange.sendResponseHeaders(response.status(), length == 0 ? -1 : length);
        if (length > 0) {
          exchange.getResponseBody().write(whole.bytes());
          // Closing waits for the rest of the request first.
          exchange.getResponseBody().flush();
        }
      }
      case DashboardResponse.Live live -> {
        exchange.sendResponseHeaders(response.status(), 0);
        OutputStream out = exchange.getResponseBody();
        live.events()
            .send(text -> {
              out.write(text.getBytes(StandardCharsets.UTF_8));
              out.flush();
            });
      }
    }
  }

  @Override
  public void close() {
    server.stop(STOP_SECONDS);
    threads.shutdown();
  }
}
