package dev.cairn.dashboard;

import dev.cairn.Cairn;
import dev.cairn.dashboard.internal.api.Api;
import dev.cairn.dashboard.internal.health.Health;
import dev.cairn.dashboard.internal.page.PageFiles;
import dev.cairn.dashboard.internal.page.SignIn;
import dev.cairn.dashboard.internal.read.Reader;
import dev.cairn.dashboard.internal.read.TimelyDataSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A dashboard of the jobs of a schema: a page and its API, for any server. Thread-safe.
 *
 * <pre>{@code
 * Dashboard dashboard =
 *     Dashboard.builder(dataSource)
 *         .access(request -> request.isInRole("ops") ? Grant.operator(request.user()) : Grant.nobody())
 *         .build();
 * }</pre>
 *
 * {@link DashboardServer} shows it on a port of its own. The Servlet {@code
 * dev.cairn.dashboard.servlet.DashboardServlet} shows it within an application.
 */
public final class Dashboard implements AutoCloseable {
  private static final Map<String, String> ALWAYS =
      Map.of(
          "X-Content-Type-Options", "nosniff",
          "Referrer-Policy", "no-referrer",
          "Cross-Origin-Resource-Policy", "same-origin",
          "Cross-Origin-Opener-Policy", "same-origin");

  private final Api api;
  private final PageFiles page;
  private final @Nullable SignIn signIn;
  private final String frameAncestors;

  Dashboard(DataSource given, DashboardBuilder builder, Access access) {
    DataSource dataSource = new TimelyDataSource(given);
    this.signIn = access instanceof SignIn link ? link : null;
    this.frameAncestors = builder.frameAncestors();
    this.page = new PageFiles(frameAncestors);
    String schema = builder.schemaName();
    this.api =
        new Api(
            client(dataSource, schema),
            dataSource,
            new Reader(dataSource, schema),
            new Health(dataSource, schema, builder.clockOfActs()),
            new Api.Settings(
                access,
                builder.redactionRules(),
                builder.titleText(),
                builder.measures(),
                builder.clockOfActs()));
  }

  /** Reads and acts on the same connections as everything here, and is never started. */
  private static Cairn client(DataSource dataSource, @Nullable String schema) {
    var client = Cairn.builder(dataSource);
    return (schema == null ? client : client.schema(schema)).build();
  }

  /**
   * Starts to describe a dashboard.
   *
   * @param dataSource the database that holds the jobs: a pool with a few connections. A role that
   *     may only read is enough to look
   */
  public static DashboardBuilder builder(DataSource dataSource) {
    return new DashboardBuilder(Objects.requireNonNull(dataSource, "dataSource"));
  }

  /** Answers a request. Never throws for what a request contains. */
  public DashboardResponse answer(DashboardRequest request) {
    boolean headOnly = request.method().equals("HEAD");
    DashboardResponse answer = headOnly ? head(request) : answerOf(request);
    var headers = new LinkedHashMap<>(ALWAYS);
    headers.put("Cache-Control", "no-store");
    headers.put("Content-Security-Policy", "default-src 'none'; frame-ancestors " + frameAncestors);
    headers.put("X-Frame-Options", frameAncestors.equals("'none'") ? "DENY" : "SAMEORIGIN");
    headers.putAll(answer.headers());
    return answer.withHeaders(headers);
  }

  /** What a GET is answered with, without its content: those who watch servers ask for it. */
  private DashboardResponse head(DashboardRequest request) {
    // Whoever only asks whether the link is there must not use it up.
    DashboardResponse answer =
        isLink(request)
            ? DashboardResponse.of(200, new DashboardResponse.Whole(new byte[0]))
            : answerOf(request.asGet());
    return DashboardResponse.of(answer.status(), new DashboardResponse.Whole(new byte[0]))
        .withHeaders(answer.headers());
  }

  private boolean isLink(DashboardRequest request) {
    return signIn != null && request.path().equals(SignIn.PATH);
  }

  private DashboardResponse answerOf(DashboardRequest request) {
    boolean reads = request.method().equals("GET");
    if (reads && signIn != null && isLink(request)) {
      return signIn.answer(request);
    }
    Optional<DashboardResponse> file = reads ? page.answer(request) : Optional.empty();
    return file.orElseGet(() -> api.answer(request));
  }

  Optional<SignIn> signIn() {
    return Optional.ofNullable(signIn);
  }

  /** The methods and paths of the API; for tests. */
  List<String> routes() {
    return api.routes();
  }

  /** The parameters that an address may have, by method and path; for tests. */
  Map<String, Set<String>> parameters() {
    return api.parameters();
  }

  /** The paths of the API that can be followed live; for tests. */
  List<String> liveRoutes() {
    return api.liveRoutes();
  }

  /** How many live views are being fed; for tests. */
  int feeds() {
    return api.feeds();
  }

  /**
   * Ends all live views. A browser asks for its view again after two seconds. Call this before a
   * server waits for its running requests, because a live view is a request of up to ten minutes.
   */
  public void endLiveViews() {
    api.endLiveViews();
  }

  /** Ends all live views, and refuses new ones. The data source stays open. */
  @Override
  public void close() {
    api.close();
  }
}
