package dev.cairn.shop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** The shop as its visitors see it. All tests use the same shop. */
class ShopTest {
  private static final ShopDatabase database = ShopDatabase.fresh();

  /** How long a stop waits for requests and jobs: long enough for a busy machine. */
  private static final Duration PHASE = Duration.ofMinutes(4);

  private static ConfigurableApplicationContext shop;
  private static long product;

  @BeforeAll
  static void open(@TempDir Path folder) throws Exception {
    shop =
        SpringApplication.run(
            Shop.class,
            "--server.port=0",
            "--spring.lifecycle.timeout-per-shutdown-phase=" + PHASE,
            "--shop.folder=" + folder,
            "--spring.datasource.url=" + database.database().jdbcUrl(),
            "--spring.datasource.username=" + database.database().user(),
            "--spring.datasource.password=" + database.database().password());
    visitor().awaitImported(visitor().upload(Visitor.catalog(1) + "plenty,100,1000\n"));
    product = database.number("SELECT id FROM product WHERE name = 'plenty'");
  }

  @AfterAll
  static void close() {
    shop.close();
  }

  private static Visitor visitor() {
    return new Visitor(
        shop.getEnvironment().getRequiredProperty("local.server.port", Integer.class));
  }

  @Test
  void anOrderIsShippedOnce() throws Exception {
    long order = visitor().order(product);

    database.awaitAllCompleted();
    assertThat(database.count("parcel WHERE order_id = " + order)).isEqualTo(1);
  }

  @Test
  void anOrderThatFailsAfterItsJobWasInsertedLeavesNeither() throws Exception {
    long orders = database.count("orders");
    long jobs = database.count("river_job");
    long soldOut = database.number("SELECT id FROM product WHERE name = 'product 1'");
    visitor().order(soldOut);

    assertThat(visitor().send(visitor().ordering(soldOut)).statusCode()).isEqualTo(409);

    assertThat(database.count("orders")).isEqualTo(orders + 1);
    assertThat(database.count("river_job")).isEqualTo(jobs + 1);
  }

  @Test
  void aStoppedContextWorksJobsAgainOnceItIsStarted() throws Exception {
    shop.stop();
    long order = shop.getBean(OrderService.class).order("ada", product, 1).id();
    assertThat(database.jobs("ship_order").getLast().state()).isEqualTo("available");

    shop.start();

    database.awaitAllCompleted();
    assertThat(database.count("parcel WHERE order_id = " + order)).isEqualTo(1);
    long next = visitor().order(product);
    database.awaitAllCompleted();
    assertThat(database.count("parcel WHERE order_id = " + next)).isEqualTo(1);
  }

  @Test
  void everybodyHasTheirOwnDoor() throws Exception {
    assertThat(status("ada", "/catalogs/1")).isEqualTo(403);
    assertThat(status("ben", "/catalogs/1")).isEqualTo(200);
    assertThat(status("ben", "/actuator/cairn")).isEqualTo(403);
    assertThat(status("eve", "/actuator/cairn")).isEqualTo(200);
    assertThat(status("eve", "/elsewhere")).isEqualTo(403);
    var stranger = visitor().anonymous("/orders").POST(BodyPublishers.ofString("{}")).build();
    assertThat(visitor().send(stranger).statusCode()).isEqualTo(401);
  }

  @Test
  void theOperatorSeesTheHealthOfTheClientAndItsQueues() throws Exception {
    assertThat(visitor().get("eve", "/actuator/health").body())
        .contains("\"cairn\":{", "\"leader\"");
    assertThat(visitor().get("ada", "/actuator/health").body())
        .contains("\"status\":\"UP\"")
        .doesNotContain("cairn");
    assertThat(visitor().get("eve", "/actuator/cairn").body()).contains("\"shipping\"");
  }

  /** By Boot's own registry, without a line in the shop. */
  @Test
  void theOperatorSeesTheMetersOfJobsAndQueues() throws Exception {
    visitor().order(product);
    database.awaitAllCompleted();
    for (String meter : List.of("cairn.job.run", "cairn.leader", "cairn.queue.jobs")) {
      Awaitility.await(meter)
          .atMost(Visitor.PATIENCE)
          .until(() -> status("eve", "/actuator/metrics/" + meter) == 200);
    }
    assertThat(visitor().get("eve", "/actuator/metrics/cairn.job.run").body())
        .contains("\"ship_order\"");
  }

  @Test
  void theOperatorHasADashboard() throws Exception {
    assertThat(visitor().get("eve", "/cairn/api/session").body())
        .contains("\"eve\"", "\"args\":true");
    assertThat(visitor().get("eve", "/cairn/api/overview").body()).contains("\"shipping\"");
    assertThat(status("ada", "/cairn/api/overview")).isEqualTo(403);
    assertThat(status("ada", "/cairn/")).isEqualTo(403);
    var stranger = visitor().anonymous("/cairn/api/overview").GET().build();
    assertThat(visitor().send(stranger).statusCode()).isEqualTo(401);
  }

  @Test
  @Timeout(600) // in case an event does not come
  void theDashboardStaysLive() throws Exception {
    HttpResponse<Stream<String>> live = visitor().follow("eve", "/cairn/api/queues");
    assertThat(live.statusCode()).isEqualTo(200);
    try (Stream<String> lines = live.body()) {
      Iterator<String> events = lines.iterator();
      assertThat(next(events, line -> line.contains("shipping"))).isTrue();
      shop.getBean(Cairn.class).queues().pause("shipping");
      // Spring checks the permission again, on another thread than that of the request.
      assertThat(next(events, line -> line.contains("\"paused\":true"))).isTrue();
    } finally {
      shop.getBean(Cairn.class).queues().resume("shipping");
    }
  }

  /** A live view is a request of ten minutes, and the web server waits for requests. */
  @Test
  @Timeout(600)
  void aLiveDashboardDoesNotHoldUpAStop() throws Exception {
    HttpResponse<Stream<String>> live = visitor().follow("eve", "/cairn/api/queues");
    try (Stream<String> lines = live.body()) {
      Iterator<String> events = lines.iterator();
      assertThat(next(events, line -> line.contains("shipping"))).isTrue();
      Instant before = Instant.now();
      try {
        shop.stop();
        assertThat(next(events, line -> line.contains("no such line"))).as("the end").isFalse();
        assertThat(Duration.between(before, Instant.now())).isLessThan(PHASE);
      } finally {
        shop.start();
      }
    }
  }

  private static boolean next(Iterator<String> lines, Predicate<String> wanted) {
    while (lines.hasNext()) {
      if (wanted.test(lines.next())) {
        return true;
      }
    }
    return false;
  }

  private static int status(String user, String path) throws IOException, InterruptedException {
    return visitor().get(user, path).statusCode();
  }
}
