package dev.cairn.dashboard.internal.api;

import dev.cairn.dashboard.Dashboard;
import dev.cairn.dashboard.Verb;
import dev.cairn.dashboard.internal.answer.Json;
import dev.cairn.dashboard.internal.answer.Refusal;
import dev.cairn.dashboard.internal.health.Health;
import dev.cairn.dashboard.internal.live.RateSampler;
import dev.cairn.dashboard.internal.read.Clients;
import dev.cairn.dashboard.internal.read.Overviews;
import dev.cairn.dashboard.internal.read.Overviews.Queues;
import dev.cairn.dashboard.internal.read.Periodics;
import dev.cairn.dashboard.internal.read.Reader;
import dev.cairn.dashboard.internal.view.OverviewView;
import dev.cairn.dashboard.internal.view.PeriodicViews.PeriodicsView;
import dev.cairn.dashboard.internal.view.Views.ClientView;
import dev.cairn.dashboard.internal.view.Views.ClientsView;
import dev.cairn.dashboard.internal.view.Views.QueueView;
import dev.cairn.dashboard.internal.view.Views.QueuesView;
import dev.cairn.dashboard.internal.view.Views.SessionView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Reads what is about no single job. */
final class GeneralRoutes {
  private final Reader reader;
  private final RateSampler rates;
  private final Health health;
  private final String title;

  GeneralRoutes(Reader reader, RateSampler rates, Health health, String title) {
    this.reader = reader;
    this.rates = rates;
    this.health = health;
    this.title = title;
  }

  List<Route> routes() {
    return List.of(
        new Route("GET", "/api/openapi.json", false, call -> description()),
        new Route("GET", "/api/session", false, this::session),
        new Route("GET", "/api/overview", true, call -> overview()),
        new Route("GET", "/api/queues", true, this::queues),
        new Route("GET", "/api/clients", true, Set.of("id"), this::clients),
        new Route("GET", "/api/periodic", true, call -> periodic()),
        new Route("GET", "/api/health", false, Set.of("again"), this::health));
  }

  private static JsonNode description() {
    try (var stream = Dashboard.class.getResourceAsStream("openapi.json")) {
      if (stream == null) {
        throw Refusal.notFound("This build has no description of the API.");
      }
      return Json.object(stream.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Object session(Call call) {
    return reader.read(snapshot ->
        new SessionView(
            call.grant().user(),
            call.grant().verbs().stream().sorted().map(Verb::label).toList(),
            call.grant().arguments(),
            Dashboard.class.getPackage().getImplementationVersion(),
            snapshot.schema(),
            Overviews.version(snapshot),
            Overviews.now(snapshot),
            title));
  }

  private Object overview() {
    return reader.read(snapshot -> OverviewView.of(snapshot, rates.rates(Overviews.now(snapshot))));
  }

  private Object queues(Call call) {
    return reader.read(snapshot -> {
      Queues queues = Overviews.queues(snapshot);
      Map<String, Double> rates = Overviews.completedASecond(snapshot);
      return new QueuesView(
          Overviews.now(snapshot),
          queues.queues().stream()
              .map(queue ->
                  QueueView.of(
                      queue,
                      queues,
                      rates.getOrDefault(queue.name(), 0.0),
                      call.disclosure().value(queue.metadata())))
              .toList(),
          queues.more());
    });
  }

  private Object clients(Call call) {
    return reader.read(snapshot -> {
      String leader = Overviews.leader(snapshot).orElse(null);
      Clients.All all = Clients.list(snapshot, call.params().text("id"));
      return new ClientsView(
          Overviews.now(snapshot),
          leader,
          all.clients().stream().map(client -> ClientView.of(client, leader)).toList(),
          all.more());
    });
  }

  private Object health(Call call) {
    return health.look(call.params().flag("again"));
  }

  private Object periodic() {
    return reader.read(snapshot ->
        PeriodicsView.of(
            Periodics.list(snapshot),
            Overviews.leader(snapshot).orElse(null),
            Overviews.now(snapshot)));
  }
}
