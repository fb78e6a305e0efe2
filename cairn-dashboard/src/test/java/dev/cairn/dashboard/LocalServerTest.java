package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.cairn.testing.CairnExtension;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The dashboard on a port of its own. */
class LocalServerTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final HttpClient browser = HttpClient.newHttpClient();
  private DashboardServer server;

  @BeforeEach
  void start() throws IOException {
    server = DashboardServer.local(Dashboard.builder(cairn.dataSource()).schema(cairn.schema()), 0);
  }

  @AfterEach
  void stop() {
    server.close();
    browser.close();
  }

  private URI at(String path) {
    return URI.create("http://localhost:%d%s".formatted(server.address().getPort(), path));
  }

  private HttpResponse<String> get(URI address, String... headers) throws Exception {
    var request = HttpRequest.newBuilder(address).timeout(Duration.ofMinutes(1));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return browser.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private String signIn() throws Exception {
    HttpResponse<String> answer = get(server.link());
    assertThat(answer.statusCode()).isEqualTo(303);
    assertThat(answer.headers().firstValue("Location")).contains("/");
    String cookie = answer.headers().firstValue("Set-Cookie").orElseThrow();
    assertThat(cookie).contains("HttpOnly", "SameSite=Strict");
    return cookie.split(";", -1)[0];
  }

  @Test
  void theLinkLetsInTheFirstAndNobodyElse() throws Exception {
    URI link = server.link();
    HttpResponse<String> first = get(link);
    HttpResponse<String> second = get(link);

    assertThat(first.statusCode()).isEqualTo(303);
    assertThat(second.statusCode()).isEqualTo(403);
    assertThat(second.headers().firstValue("Set-Cookie")).isEmpty();
    String cookie = first.headers().firstValue("Set-Cookie").orElseThrow().split(";", -1)[0];
    HttpResponse<String> session = get(at("/api/session"), "Cookie", cookie);
    assertThat(session.statusCode()).isEqualTo(200);
    assertThat(session.body()).contains(cairn.schema());
  }

  /**
   * A browser that is told {@code localhost} asks [::1] first. The dashboard does not listen there,
   * so that another user of the machine may.
   */
  @Test
  void theSecretIsSentOnlyToTheAddressOnWhichTheDashboardListens() throws Exception {
    InetSocketAddress own = server.address();
    URI link = server.link();

    assertThat(InetAddress.getAllByName(link.getHost())).containsExactly(own.getAddress());
    assertThat(link.getPort()).isEqualTo(own.getPort());
    assertThat(get(link).statusCode()).isEqualTo(303);
  }

  @Test
  void withoutASessionThereIsNoData() throws Exception {
    signIn();
    assertThat(get(at("/api/session")).statusCode()).isEqualTo(401);
    assertThat(get(at("/api/session"), "Cookie", "cairn_dashboard=x").statusCode()).isEqualTo(401);
    assertThat(get(at("/login?token=wrong")).statusCode()).isEqualTo(403);
    assertThat(get(at("/login")).statusCode()).isEqualTo(403);
    assertThat(get(at("/")).statusCode()).isEqualTo(200);
  }

  @Test
  void aNewLinkReplacesOneThatWasNotUsed() throws Exception {
    URI old = server.link();
    URI fresh = server.link();

    assertThat(get(old).statusCode()).isEqualTo(403);
    assertThat(get(fresh).statusCode()).isEqualTo(303);
  }

  private List<String> askedAs(String host) throws IOException {
    return asked(server, "/", host);
  }

  private static List<String> asked(DashboardServer server, String path, String host)
      throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.address().getPort())) {
      OutputStream out = socket.getOutputStream();
      out.write(
          "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
              .formatted(path, host)
              .getBytes(StandardCharsets.US_ASCII));
      out.flush();
      var in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      return in.lines().toList();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"evil.example:80", "evil.example", "localhost.evil.example", "127.0.0.1x"})
  void namesOfOthersThatLeadHereAreRefused(String host) throws Exception {
    assertThat(askedAs(host))
        .contains("This dashboard answers to localhost, 127.0.0.1 and [::1] only.")
        .first()
        .asString()
        .contains("421");
  }

  /** A browser leaves out port 80, and a tunnel has another port here. */
  @ParameterizedTest
  @ValueSource(strings = {"localhost", "LocalHost:8080", "127.0.0.1", "127.0.0.2:80", "[::1]:9"})
  void namesOfThisMachineMayHaveAnyPort(String host) throws Exception {
    assertThat(askedAs(host)).first().asString().contains("200");
  }

  /** Those who watch a proxy ask so, and mail programs ask so for links. */
  @Test
  void aHeadIsAnsweredAsAGetAndUsesNoLinkUp() throws Exception {
    URI link = server.link();
    for (URI address : List.of(at("/"), link)) {
      HttpResponse<Void> head =
          browser.send(
              HttpRequest.newBuilder(address).HEAD().timeout(Duration.ofMinutes(1)).build(),
              HttpResponse.BodyHandlers.discarding());
      assertThat(head.statusCode()).as(address.toString()).isEqualTo(200);
    }
    assertThat(
            browser
                .send(
                    HttpRequest.newBuilder(at("/api/session")).HEAD().build(),
                    HttpResponse.BodyHandlers.discarding())
                .statusCode())
        .isEqualTo(401);
    assertThat(get(link, "Sec-Purpose", "prefetch;prerender").statusCode()).isEqualTo(403);
    assertThat(get(link).statusCode()).isEqualTo(303);
  }

  /** Each of them promises more than it sends, and then is silent. */
  @Test
  void requestsWithoutASessionThatNeverEndKeepNobodyOut() throws Exception {
    var sockets = new ArrayList<Socket>();
    try {
      for (int i = 0; i < 250; i++) {
        var socket = new Socket(server.address().getAddress(), server.address().getPort());
        sockets.add(socket);
        socket.setSoTimeout(30_000);
        socket
            .getOutputStream()
            .write(
                "POST /api/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
        assertThat(socket.getInputStream().read()).as("an answer").isEqualTo('H');
      }

      assertThat(get(server.link()).statusCode()).isEqualTo(303);
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  void theHostOfALinkCanBeOpened() throws Exception {
    InetAddress four = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    InetAddress six =
        InetAddress.getByAddress(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
    assertThat(DashboardServer.host(four)).isEqualTo("127.0.0.1");
    assertThat(DashboardServer.host(six)).isEqualTo("[::1]");
    assertThat(DashboardServer.host(InetAddress.getByName("::"))).isEqualTo("localhost");
    assertThat(DashboardServer.host(InetAddress.getByName("0.0.0.0"))).isEqualTo("localhost");
    assertThat(DashboardServer.host(InetAddress.getByName("192.0.2.1"))).isEqualTo("192.0.2.1");
    InetAddress scoped =
        Inet6Address.getByAddress(null, InetAddress.getByName("fe80::1").getAddress(), 1);
    String host = DashboardServer.host(scoped);
    assertThat(host).startsWith("[fe80:").endsWith(":1]");
    assertThat(URI.create("http://%s:80/".formatted(host)).getHost()).isEqualTo(host);
  }

  @Test
  void eventsArriveOneByOne() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(at("/api/clients"))
            .header("Cookie", signIn())
            .header("Accept", "text/event-stream")
            .build();
    HttpResponse<java.io.InputStream> answer =
        browser.send(request, HttpResponse.BodyHandlers.ofInputStream());

    assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/event-stream");
    try (var lines =
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
      String line = lines.readLine();
      while (!line.startsWith("event:")) {
        line = lines.readLine();
      }
      assertThat(line).isEqualTo("event: data");
      assertThat(lines.readLine()).startsWith("data: {\"now\"");
    }
  }

  @Test
  void aPortThatIsTakenIsSaid() {
    assertThatExceptionOfType(BindException.class)
        .isThrownBy(() ->
            DashboardServer.local(
                Dashboard.builder(cairn.dataSource()), server.address().getPort()));
  }

  /** A page of somebody else, in the browser of somebody of the office. */
  @Test
  void namesOfOthersAreRefusedOnOtherAddressesToo() throws Exception {
    try (var dashboard =
            Dashboard.builder(cairn.dataSource())
                .schema(cairn.schema())
                .access(request -> Grant.reader("team"))
                .build();
        var open =
            DashboardServer.on(new InetSocketAddress("0.0.0.0", 0), dashboard, "Jobs.example")) {
      for (String host : List.of("evil.example", "evil.example:80", "1.2.3.4.example", "x[::1]")) {
        assertThat(asked(open, "/api/session", host))
            .as(host)
            .anyMatch(line -> line.startsWith("This dashboard does not know this name"))
            .first()
            .asString()
            .contains("421");
      }
      for (String host :
          List.of(
              "192.0.2.7", "192.0.2.7:7070", "[fe80::1]:80", "localhost:9", "jobs.EXAMPLE:80")) {
        assertThat(asked(open, "/api/session", host)).as(host).first().asString().contains("200");
      }
    }
  }

  /** A proxy on this machine passes the name on that it was asked by. */
  @Test
  void theNameOfAProxyMayBeGiven() throws Exception {
    try (var dashboard =
            Dashboard.builder(cairn.dataSource())
                .schema(cairn.schema())
                .access(request -> Grant.reader("team"))
                .build();
        var open =
            DashboardServer.on(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                dashboard,
                "jobs.example",
                "[2001:db8::7]")) {
      assertThat(asked(open, "/api/session", "jobs.example")).first().asString().contains("200");
      assertThat(asked(open, "/api/session", "[2001:db8::7]")).first().asString().contains("200");
      assertThat(asked(open, "/api/session", "192.0.2.7")).first().asString().contains("421");
    }
  }

  /** Before, it was taken, and each request under the name was refused. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "jobs.example:7070",
        "https://jobs.example",
        "jobs.example/cairn",
        "jobs.example ",
        "fe80::1"
      })
  void aNameThatNoRequestCanHaveIsRefused(String name) {
    try (var dashboard =
        Dashboard.builder(cairn.dataSource())
            .schema(cairn.schema())
            .access(request -> Grant.reader("team"))
            .build()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() ->
              DashboardServer.on(
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                  dashboard,
                  "jobs.example",
                  name))
          .withMessageContaining("'%s' is no host name".formatted(name));
    }
  }

  private static Dashboard forTheTeam() {
    return Dashboard.builder(cairn.dataSource())
        .schema(cairn.schema())
        .access(request -> Grant.reader("team"))
        .build();
  }

  private static DashboardServer below(String path, Dashboard dashboard) throws IOException {
    return DashboardServer.below(
        path,
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        dashboard,
        "shop.example");
  }

  /** A proxy has other pages beside it, and passes the path on as it is. */
  @ParameterizedTest
  @ValueSource(strings = {"/jobs", "/jobs/"})
  void itMayBeBelowAPath(String path) throws Exception {
    try (var dashboard = forTheTeam();
        var below = below(path, dashboard)) {
      assertThat(below.link().getPath()).isEqualTo("/jobs/");
      assertThat(asked(below, "/jobs/api/session", "shop.example"))
          .anyMatch(line -> line.contains("\"user\":\"team\""))
          .first()
          .asString()
          .contains("200");
      for (String view : List.of("/jobs/", "/jobs/jobs", "/jobs/jobs/42")) {
        assertThat(asked(below, view, "shop.example"))
            .as(view)
            .anyMatch(line -> line.contains("<base href=\"/jobs/\""))
            .first()
            .asString()
            .contains("200");
      }
      assertThat(asked(below, "/jobs", "shop.example"))
          .contains("Location: /jobs/")
          .first()
          .asString()
          .contains("302");
      assertThat(asked(below, "/jobs?kind=a%20b", "shop.example"))
          .contains("Location: /jobs/?kind=a%20b");
      for (String other : List.of("/", "/api/session", "/jobsx/", "/JOBS/", "//jobs/")) {
        assertThat(asked(below, other, "shop.example"))
            .as(other)
            .contains("This dashboard is at /jobs/. A proxy must pass this path on as it is.")
            .first()
            .asString()
            .contains("404");
      }
      assertThat(asked(below, "/jobs/api/session", "evil.example"))
          .first()
          .asString()
          .contains("421");
    }
  }

  @Test
  void whatTheServerAnswersItselfIsProtectedToo() throws Exception {
    try (var dashboard = forTheTeam();
        var below = below("/jobs", dashboard)) {
      for (List<String> answer :
          List.of(
              asked(below, "/jobs", "shop.example"),
              asked(below, "/elsewhere", "shop.example"),
              asked(below, "/jobs/", "evil.example"))) {
        assertThat(answer)
            .map(line -> line.toLowerCase(Locale.ROOT))
            .contains("x-content-type-options: nosniff", "cache-control: no-store")
            .anyMatch(line -> line.startsWith("content-security-policy: default-src 'none'"));
      }
    }
  }

  /**
   * A proxy as the guide describes it: it passes on the path, and the {@code Host} that the browser
   * has sent. Without TLS, and in older browsers, only that and the origin tell whose page it is.
   */
  @ParameterizedTest
  @CsvSource({
    "shop.example, http://shop.example, true",
    "shop.example:8080, http://shop.example:8080, true",
    "shop.example, https://shop.example, true",
    "shop.example:8443, https://shop.example:8443, true",
    "shop.example, http://shop.example:8080, false",
    "shop.example, https://evil.example, false",
    "shop.example, https://shop.example.evil.example, false",
    "shop.example, null, false",
    "127.0.0.1:7070, http://shop.example, false"
  })
  void changesThroughAProxyAreAccepted(String host, String origin, boolean accepted)
      throws Exception {
    try (var dashboard =
            Dashboard.builder(cairn.dataSource())
                .schema(cairn.schema())
                .access(request -> Grant.operator("team"))
                .build();
        var below = below("/jobs", dashboard);
        var socket = new Socket(InetAddress.getLoopbackAddress(), below.address().getPort())) {
      String act = "{\"verb\": \"pauseQueue\"}";
      OutputStream out = socket.getOutputStream();
      out.write(
          """
          POST /jobs/api/queues/none/acts HTTP/1.0\r
          Host: %s\r
          Origin: %s\r
          Content-Type: application/json\r
          Content-Length: %d\r
          \r
          %s\
          """
              .formatted(host, origin, act.length(), act)
              .getBytes(StandardCharsets.US_ASCII));
      out.flush();
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      // There is no such queue, which only those learn who may act.
      assertThat(answer.lines().findFirst().orElseThrow()).contains(accepted ? "404" : "403");
    }
  }

  /** It would let whoever asks choose the path of the scripts. */
  @Test
  void noHeaderChangesThePath() throws Exception {
    try (var dashboard = forTheTeam();
        var below = below("/jobs", dashboard)) {
      HttpResponse<String> answer =
          get(below.link(), "X-Forwarded-Prefix", "/evil", "X-Forwarded-Path", "/evil");
      assertThat(answer.body()).contains("/jobs/").doesNotContain("/evil");
      URI without = URI.create(below.link().toString().replaceFirst("/$", ""));
      HttpResponse<String> moved =
          get(without, "X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "evil");
      assertThat(moved.headers().firstValue("Location")).contains("/jobs/");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "/", "jobs", "//", "/jobs//x", "/a b", "/jobs?x", "/..", "/%2e", "/é"})
  void aPathThatProxiesWouldChangeIsRefused(String path) {
    try (var dashboard = forTheTeam()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> below(path, dashboard))
          .withMessageContaining("'%s' is no path of a dashboard".formatted(path));
    }
  }

  @Test
  void otherAddressesNeedAnAccess() throws Exception {
    try (var dashboard =
            Dashboard.builder(cairn.dataSource())
                .schema(cairn.schema())
                .access(request -> Grant.nobody())
                .build();
        var open = DashboardServer.on(new InetSocketAddress("0.0.0.0", 0), dashboard)) {
      assertThat(
              get(URI.create("http://127.0.0.1:%d/api/jobs".formatted(open.address().getPort())))
                  .statusCode())
          .isEqualTo(401);
      assertThat(open.link().getQuery()).isNull();
    }
  }
}
