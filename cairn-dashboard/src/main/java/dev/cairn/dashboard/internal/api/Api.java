package dev.cairn.dashboard.internal.api;

import dev.cairn.Cairn;
import dev.cairn.dashboard.Access;
import dev.cairn.dashboard.DashboardRequest;
import dev.cairn.dashboard.DashboardResponse;
import dev.cairn.dashboard.Grant;
import dev.cairn.dashboard.Redaction;
import dev.cairn.dashboard.internal.act.Acts;
import dev.cairn.dashboard.internal.act.Audit;
import dev.cairn.dashboard.internal.act.BulkActs;
import dev.cairn.dashboard.internal.act.Insertions;
import dev.cairn.dashboard.internal.answer.Code;
import dev.cairn.dashboard.internal.answer.Failures;
import dev.cairn.dashboard.internal.answer.Json;
import dev.cairn.dashboard.internal.answer.Refusal;
import dev.cairn.dashboard.internal.health.Health;
import dev.cairn.dashboard.internal.live.Curves;
import dev.cairn.dashboard.internal.live.EventStream;
import dev.cairn.dashboard.internal.live.Feeds;
import dev.cairn.dashboard.internal.live.RateSampler;
import dev.cairn.dashboard.internal.read.Reader;
import dev.cairn.dashboard.internal.view.Views.ErrorView;
import dev.cairn.dashboard.internal.view.Views.Problem;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Answers everything below {@code /api}. Thread-safe. */
public final class Api implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Api.class);

  private final Settings settings;
  private final Feeds feeds = new Feeds();
  private final RateSampler rates;
  private final List<Route> routes;

  /**
   * How the API is set up.
   *
   * @param measuresAlways whether rates are measured while nobody looks
   */
  public record Settings(
      Access access,
      Redaction redaction,
      String title,
      boolean measuresAlways,
      InstantSource clock) {}

  public Api(Cairn client, DataSource dataSource, Reader reader, Health health, Settings settings) {
    this.settings = settings;
    var audit = new Audit(settings.clock());
    this.rates = new RateSampler(reader, settings.measuresAlways());
    this.routes =
        Stream.of(
                new GeneralRoutes(reader, rates, health, settings.title()).routes(),
                new ActRoutes(
                        reader,
                        new Acts(client, dataSource, reader, audit),
                        new BulkActs(client, dataSource, reader, audit))
                    .routes(),
                new InsertRoutes(
                        reader, new Insertions(client, dataSource, audit, settings.clock()))
                    .routes(),
                new JobRoutes(reader, client.outside().jobs(), new Curves(), audit).routes())
            .flatMap(List::stream)
            .toList();
  }

  /** The methods and paths that are answered; for tests. */
  public List<String> routes() {
    return routes.stream().map(route -> route.method() + " " + route.path()).toList();
  }

  /** The parameters that an address may have, by method and path; for tests. */
  public Map<String, Set<String>> parameters() {
    return routes.stream()
        .collect(Collectors.toMap(route -> route.method() + " " + route.path(), Route::params));
  }

  /** Which of them can be followed live; for tests. */
  public List<String> liveRoutes() {
    return routes.stream().filter(Route::live).map(Route::path).toList();
  }

  public DashboardResponse answer(DashboardRequest request) {
    try {
      return allowed(request);
    } catch (RuntimeException | StackOverflowError e) {
      Refusal refusal = Failures.of(e);
      if (refusal.code() == Code.UNAVAILABLE) {
        log.warn(
            "{} {} was not answered [CAIRN-530]",
            request.method(),
            Body.before(request.path(), '?'),
            e);
      }
      return json(refusal.code().status(), new ErrorView(Problem.of(refusal)));
    }
  }

  private Grant grant(DashboardRequest request) {
    try {
      return settings.access().of(request);
    } catch (RuntimeException e) {
      log.warn(
          "A request to the dashboard was refused, because its Access has failed [CAIRN-531]", e);
      return Grant.nobody();
    }
  }

  private DashboardResponse allowed(DashboardRequest request) {
    Grant grant = grant(request);
    if (grant.isNobody()) {
      throw request.user() == null
          ? new Refusal(Code.UNAUTHENTICATED, "Sign in first: open the link of the dashboard.")
          : new Refusal(Code.FORBIDDEN, "You may not see this dashboard.");
    }
    boolean writes = !request.method().equals("GET");
    Origin.check(request, writes);
    JsonNode body = writes ? Body.of(request) : JsonNodeFactory.instance.objectNode();
    boolean known = false;
    for (Route route : bestFirst(request.path())) {
      var variables = route.match(request.path());
      if (variables.isPresent()) {
        known = true;
        if (route.method().equals(request.method())) {
          Params params = Params.ofQuery(request.query());
          params.requireOnly(route.params());
          var call = new Call(request, grant, settings.redaction(), variables.get(), params, body);
          return route.changes() ? changed(route, call) : answer(route, call);
        }
      }
    }
    throw known
        ? new Refusal(Code.NO_SUCH_METHOD, "This path has no such method.")
        : Refusal.notFound("The API has no such path.");
  }

  /** A failure may have come after the change: only a refusal surely comes before it. */
  private DashboardResponse changed(Route route, Call call) {
    boolean wakes = true;
    try {
      return answer(route, call);
    } catch (Refusal e) {
      wakes = false;
      throw e;
    } finally {
      if (wakes) {
        feeds.wake();
      }
    }
  }

  /** Those without a variable where the path has this very word. */
  private List<Route> bestFirst(String path) {
    return Stream.concat(
            routes.stream().filter(route -> route.path().equals(path)),
            routes.stream().filter(route -> !route.path().equals(path)))
        .toList();
  }

  private DashboardResponse answer(Route route, Call call) {
    boolean streams = call.request().header("Accept").orElse("").contains("text/event-stream");
    if (!streams || !route.live()) {
      return json(200, route.handler().answer(call));
    }
    feeds.requireRoom();
    var key =
        new Key(
            call.request().path(),
            String.valueOf(call.request().query()),
            call.grant().verbs(),
            call.grant().arguments());
    var stream =
        new EventStream(
            () -> feeds.join(key, () -> Json.text(route.handler().answer(call))),
            () -> grant(call.request()).equals(call.grant()));
    return DashboardResponse.of(200, new DashboardResponse.Live(stream))
        .withHeader("Content-Type", "text/event-stream; charset=utf-8")
        .withHeader("X-Accel-Buffering", "no");
  }

  /** What viewers have in common if they can share a feed. */
  private record Key(
      String path, String query, Set<dev.cairn.dashboard.Verb> verbs, boolean arguments) {}

  private static DashboardResponse json(int status, Object answer) {
    return DashboardResponse.of(status, new DashboardResponse.Whole(Json.bytes(answer)))
        .withHeader("Content-Type", "application/json; charset=utf-8");
  }

  /** How many live views are being fed; for tests. */
  public int feeds() {
    return feeds.size();
  }

  /** Ends all live views that there are. */
  public void endLiveViews() {
    feeds.end();
  }

  @Override
  public void close() {
    feeds.close();
    rates.close();
  }
}
