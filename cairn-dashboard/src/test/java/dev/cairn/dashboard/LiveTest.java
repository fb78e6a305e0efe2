package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.testing.CairnExtension;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** Live views. */
class LiveTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicBoolean away = new AtomicBoolean();
  private volatile Grant grant = Grant.operator("ada");
  private final Dashboard dashboard =
      Dashboard.builder(watched(cairn.dataSource()))
          .schema(cairn.schema())
          .access(request -> grant)
          .build();
  private final TestPage page = new TestPage(dashboard);
  private final SampleJobs samples = new SampleJobs(cairn.dataSource(), cairn.schema());
  private final List<Viewer> viewers = new ArrayList<>();

  private DataSource watched(DataSource database) {
    return (DataSource)
        java.lang.reflect.Proxy.newProxyInstance(
            LiveTest.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, args) -> {
              if (!method.getName().equals("getConnection")) {
                throw new UnsupportedOperationException(method.getName());
              }
              if (away.get()) {
                throw new SQLException("the database is away", "08001");
              }
              connections.incrementAndGet();
              Connection connection = database.getConnection();
              return connection;
            });
  }

  /** A browser that looks. */
  private final class Viewer {
    private final List<String> events = new CopyOnWriteArrayList<>();
    private final AtomicBoolean leaves = new AtomicBoolean();
    private final Thread thread;

    Viewer(String address) {
      DashboardResponse.Events stream = page.stream(address);
      thread = Thread.ofVirtual().start(() -> look(stream));
      viewers.add(this);
    }

    private void look(DashboardResponse.Events stream) {
      try {
        stream.send(text -> {
          if (leaves.get()) {
            throw new IOException("gone");
          }
          if (text.startsWith("event:")) {
            events.add(text);
          }
        });
      } catch (IOException e) {
        events.add("gone");
      }
    }

    Viewer awaitEvents(int number) {
      await().atMost(PATIENCE).until(() -> events.size() >= number);
      return this;
    }
  }

  @AfterEach
  void close() throws Exception {
    dashboard.close();
    for (Viewer viewer : viewers) {
      assertThat(viewer.thread.join(Duration.ofSeconds(30))).isTrue();
    }
  }

  @Test
  void changesAreSentAndNothingElse() throws Exception {
    samples.insert(3, "completed");
    var viewer = new Viewer("/api/jobs?state=completed&kind=send_mail").awaitEvents(1);
    int looks = connections.get();
    await().atMost(PATIENCE).until(() -> connections.get() >= looks + 3);
    assertThat(viewer.events).hasSize(1);
    assertThat(viewer.events.getFirst())
        .startsWith("event: data\ndata: {\"now\":\"")
        .endsWith("}\n\n");

    samples.insert(3, "completed");

    viewer.awaitEvents(2);
    assertThat(viewer.events.get(1)).startsWith("event: data\n");
  }

  @Test
  void viewersOfTheSameShareOneLook() {
    for (int i = 0; i < 10; i++) {
      new Viewer("/api/clients");
    }
    new Viewer("/api/queues");
    viewers.forEach(viewer -> viewer.awaitEvents(1));

    assertThat(dashboard.feeds()).isEqualTo(2);
    grant = Grant.reader("rita");
    new Viewer("/api/clients").awaitEvents(1);
    assertThat(viewers.getLast().events.getFirst()).startsWith("event: data");
  }

  @Test
  void liveViewsCanBeEndedAndBegunAgain() throws Exception {
    var viewer = new Viewer("/api/queues").awaitEvents(1);

    dashboard.endLiveViews();

    assertThat(viewer.thread.join(Duration.ofSeconds(30))).isTrue();
    assertThat(dashboard.feeds()).isZero();
    new Viewer("/api/queues").awaitEvents(1);
  }

  @Test
  void nobodyLooksWhenTheLastViewerHasGone() throws Exception {
    var viewer = new Viewer("/api/jobs").awaitEvents(1);
    viewer.leaves.set(true);
    samples.insert(1, "completed");

    await().atMost(PATIENCE).until(() -> dashboard.feeds() == 0);
    int looks = connections.get();
    // A look that was under way may still end.
    await()
        .during(Duration.ofSeconds(3))
        .atMost(PATIENCE)
        .until(() -> connections.get() <= looks + 1);
  }

  @Test
  void aDatabaseThatIsAwayIsToldAndComesBack() {
    var viewer = new Viewer("/api/clients").awaitEvents(1);
    away.set(true);
    viewer.awaitEvents(2);
    assertThat(viewer.events.get(1))
        .startsWith("event: trouble\n")
        .contains("\"unavailable\"", "does not answer");
    assertThat(page.get("/api/clients").status()).isEqualTo(503);

    away.set(false);
    viewer.awaitEvents(3);
    assertThat(viewer.events.get(2)).startsWith("event: data\n");
  }

  @Test
  void whoMayNotLookAnyMoreGetsNothingMore() throws Exception {
    var viewer = new Viewer("/api/jobs?kind=bill").awaitEvents(1);
    grant = Grant.nobody();
    samples.insert(40, "completed");

    assertThat(viewer.thread.join(PATIENCE)).isTrue();
    assertThat(viewer.events).hasSize(1);
  }

  @Tag("thorough")
  @Test
  void onlySoManyMayLookAtOnce() {
    for (int i = 0; i < 64; i++) {
      new Viewer("/api/clients");
    }
    viewers.forEach(viewer -> viewer.awaitEvents(1));

    DashboardResponse refused =
        dashboard.answer(
            DashboardRequest.of(
                "GET",
                "/api/clients",
                null,
                java.util.Map.of("Accept", List.of("text/event-stream"))));
    assertThat(refused.status()).isEqualTo(429);
  }

  @Test
  void theCurveOfAWatchedJobGrows() throws Exception {
    samples.insert(1, "running");
    long id = samples.newest("running");
    samples.furnish(id);
    new Viewer("/api/jobs/" + id).awaitEvents(1);

    samples.execute("UPDATE {schema}.cairn_checkpoint SET done = 42 WHERE name = 'write'");

    await()
        .atMost(PATIENCE)
        .until(() -> page.get("/api/jobs/" + id).ok().json().path("curve").size() >= 2);
  }

  @Tag("thorough")
  @Test
  void ratesAreMeasuredWhileSomebodyLooks() throws Exception {
    page.get("/api/overview").ok();
    await()
        .atMost(PATIENCE)
        .until(() -> {
          samples.insert(30, "completed", "discarded", "retryable");
          // A failure counts if its attempt began since the last look.
          samples.execute(
              "UPDATE {schema}.river_job SET attempted_at = now() WHERE state = 'retryable'");
          JsonNode rates = page.get("/api/overview").ok().json().path("rates");
          return Stream.of("inserted", "completed", "failed", "discarded")
              .allMatch(
                  name -> rates.path(name).valueStream().anyMatch(rate -> rate.asDouble(0) > 0));
        });
  }
}
