package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.dashboard.servlet.DashboardServlet;
import dev.cairn.testing.CairnExtension;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.Wrapper;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard within an application's server. */
class ServletTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static final Logger TOMCAT = Logger.getLogger("org.apache");

  private static volatile boolean roleLost;

  @TempDir Path folder;

  private final HttpClient browser = HttpClient.newHttpClient();
  private final Tomcat tomcat = new Tomcat();
  private Dashboard dashboard;

  @BeforeEach
  void start() throws Exception {
    TOMCAT.setLevel(Level.OFF);
    roleLost = false;
    dashboard =
        Dashboard.builder(cairn.dataSource())
            .schema(cairn.schema())
            .access(request ->
                request.header("X-Key").filter("secret"::equals).isPresent()
                        || request.isInRole("ops")
                    ? Grant.operator("ada")
                    : Grant.nobody())
            .allowSameOriginFrames()
            .build();
    tomcat.setBaseDir(folder.toString());
    tomcat.setPort(0);
    Context shop = tomcat.addContext("/shop", null);
    Wrapper servlet = Tomcat.addServlet(shop, "cairn", new DashboardServlet(dashboard));
    servlet.setAsyncSupported(true);
    servlet.addMapping("/cairn/*");
    addFilter(shop);
    tomcat.getConnector();
    tomcat.start();
  }

  /** A sign-in that, as that of Spring Security, knows the user on the request's thread only. */
  private static void addFilter(Context shop) {
    var filter = new FilterDef();
    filter.setFilterName("sign-in");
    filter.setAsyncSupported("true");
    filter.setFilter((request, response, chain) -> {
      Thread own = Thread.currentThread();
      chain.doFilter(
          new HttpServletRequestWrapper((HttpServletRequest) request) {
            @Override
            public String getRemoteUser() {
              return getHeader("X-User");
            }

            @Override
            public boolean isUserInRole(String role) {
              return !roleLost && Thread.currentThread() == own && role.equals(getHeader("X-Role"));
            }
          },
          response);
    });
    shop.addFilterDef(filter);
    var mapping = new FilterMap();
    mapping.setFilterName("sign-in");
    mapping.addURLPattern("/*");
    shop.addFilterMap(mapping);
  }

  @AfterEach
  void stop() throws Exception {
    dashboard.close();
    tomcat.stop();
    tomcat.destroy();
    browser.close();
  }

  private HttpRequest.Builder at(String path) {
    return HttpRequest.newBuilder(
            URI.create(
                "http://localhost:%d/shop/cairn%s"
                    .formatted(tomcat.getConnector().getLocalPort(), path)))
        .header("X-Key", "secret");
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return browser.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void pageAndApiAreBelowThePrefix() throws Exception {
    assertThat(send(at("/api/session")).body()).contains("\"user\":\"ada\"");
    HttpResponse<String> page = send(at("/"));
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
        .contains("frame-ancestors 'self'");
    HttpResponse<String> withoutSlash = send(at(""));
    assertThat(withoutSlash.statusCode()).isEqualTo(302);
    assertThat(withoutSlash.headers().firstValue("Location").orElseThrow())
        .endsWith("/shop/cairn/");
  }

  @Test
  void theAccessOfTheApplicationDecides() throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(at("/api/jobs").build().uri()).header("X-Key", "wrong");
    assertThat(send(request).statusCode()).isEqualTo(401);
  }

  @Test
  void writesWork() throws Exception {
    var samples = new SampleJobs(cairn.dataSource(), cairn.schema()).insert(1, "discarded");
    long id = samples.newest("discarded");
    String own = "http://localhost:" + tomcat.getConnector().getLocalPort();

    HttpResponse<String> answer =
        send(
            at("/api/jobs/%d/acts".formatted(id))
                .header("Origin", own)
                .header("Content-Type", "application/json; charset=utf-8")
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        "{\"verb\": \"retry\", \"reason\": \"für Ada\"}")));

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(cairn.client().jobs().progress(id).orElseThrow().operations().getFirst().reason())
        .isEqualTo("für Ada");
  }

  @Test
  void liveViewsDoNotKeepAThreadOfTheServer() throws Exception {
    HttpResponse<InputStream> answer =
        browser.send(
            at("/api/queues").header("Accept", "text/event-stream").build(),
            HttpResponse.BodyHandlers.ofInputStream());
    try (var lines =
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
      String line = lines.readLine();
      while (!line.startsWith("data:")) {
        line = lines.readLine();
      }
      assertThat(line).contains("\"queues\":[");
    }
  }

  @Tag("thorough")
  @Test
  void aLiveViewWithoutItsRoleEndsSoonAndIsNotBegunAgain() throws Exception {
    var samples = new SampleJobs(cairn.dataSource(), cairn.schema());
    samples.execute("INSERT INTO {schema}.river_queue (name, updated_at) VALUES ('mail', now())");
    HttpRequest.Builder request =
        HttpRequest.newBuilder(at("/api/queues").build().uri())
            .header("X-User", "eve")
            .header("X-Role", "ops")
            .header("Accept", "text/event-stream");
    HttpResponse<InputStream> answer =
        browser.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    try (var lines =
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
      assertThat(next(lines)).contains("\"mail\"");
      roleLost = true;
      long lost = System.nanoTime();
      while (lines.readLine() != null) {
        // What is sent until the stream ends.
      }
      assertThat(Duration.ofNanos(System.nanoTime() - lost)).isLessThan(Duration.ofMinutes(3));
    }
    assertThat(send(request).statusCode()).isEqualTo(403);
  }

  /** The data of the next event. */
  private static String next(BufferedReader lines) throws IOException {
    String line = lines.readLine();
    while (line != null && !line.startsWith("data:")) {
      line = lines.readLine();
    }
    return Objects.requireNonNull(line, "the stream has ended");
  }
}
