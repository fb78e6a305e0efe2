package dev.cairn.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.SocketException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** A deploy under load. */
@Tag("thorough")
class TerminatedShopTest {
  private static final int CUSTOMERS = 4;

  /** The exit code of a JVM after SIGTERM: 128 plus the number of the signal. */
  private static final int TERMINATED = 143;

  /**
   * By default, Tomcat gives up a request whose body pauses for 20 seconds, and Spring one that
   * still runs 30 seconds after the signal. On a busy machine, this test needs longer.
   */
  private static final List<String> PATIENT =
      List.of(
          "-Dspring.devtools.restart.enabled=false",
          "-Dserver.tomcat.connection-timeout=10m",
          "-Dspring.lifecycle.timeout-per-shutdown-phase=10m");

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder = Path.of("");

  private final ShopDatabase database = ShopDatabase.fresh();

  @Test
  void requestsAreAnsweredAndJobsAreHandedBack() throws Exception {
    Set<Long> orders;
    long half;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor(); // ends when the shop has
        var shop = ShopProcess.start(database.environment(), folder, PATIENT)) {
      Visitor visitor = shop.visitor();
      visitor.awaitImported(visitor.upload("name,cents,stock\nplenty,100,1000000\n"));
      try (var gate = Gate.at(database, "product 550")) {
        visitor.upload(Visitor.catalog(1_000));
        gate.awaitWaiting();
        List<Future<Set<Long>>> customers = customers(threads, visitor);
        var upload = new SlowUpload(visitor);
        await("some orders")
            .atMost(Visitor.PATIENCE)
            .until(() -> database.count("orders") >= 5 * CUSTOMERS);

        shop.terminate();
        visitor.awaitClosed();
        orders = all(customers);
        gate.open();
        // The web server still waits for the upload: jobs do not wait for requests.
        await("the import to be handed back")
            .atMost(Visitor.PATIENCE)
            .until(() -> !database.jobs("import_catalog").get(1).state().equals("running"));
        half = upload.finish();
        assertThat(shop.awaitExit()).isEqualTo(TERMINATED);
      }
    }
    assertThat(database.sql("SELECT id FROM orders").query(Long.class).list())
        .containsExactlyInAnyOrderElementsOf(orders);
    assertThat(database.jobs("ship_order")).hasSameSizeAs(orders);
    assertThat(database.jobs("import_catalog"))
        .containsExactly(
            new ShopDatabase.JobLine("import_catalog", "completed", 1, 0),
            new ShopDatabase.JobLine("import_catalog", "available", 0, 0),
            new ShopDatabase.JobLine("import_catalog", "available", 0, 0));
    long imported = database.number("SELECT imported FROM catalog WHERE id = 2");
    assertThat(imported).as("the batch at the gate, and no further one").isEqualTo(600);
    assertThat(database.count("product WHERE name LIKE 'product %'")).isEqualTo(imported);
    assertThat(database.count("river_job WHERE state NOT IN ('available', 'completed')")).isZero();
    assertThat(database.count("river_job WHERE state = 'available' AND attempt <> 0")).isZero();

    try (var shop = ShopProcess.start(database.environment(), folder)) {
      shop.visitor().awaitImported(half);
      database.awaitAllCompleted();
    }
    assertThat(database.count("product")).isEqualTo(1 + 1_000 + 2);
    assertThat(database.sql("SELECT order_id FROM parcel").query(Long.class).list())
        .containsExactlyInAnyOrderElementsOf(orders);
    assertThat(database.number("SELECT stock FROM product WHERE name = 'plenty'"))
        .isEqualTo(1_000_000 - orders.size());
    assertThat(database.count("river_job WHERE attempt <> 1 OR errors IS NOT NULL")).isZero();
  }

  /** Customers who order until the shop refuses requests. Each returns its confirmed orders. */
  private List<Future<Set<Long>>> customers(ExecutorService threads, Visitor visitor)
      throws InterruptedException {
    long plenty = database.number("SELECT id FROM product WHERE name = 'plenty'");
    Callable<Set<Long>> customer = () -> ordersUntilClosed(visitor, plenty);
    var customers = new ArrayList<Future<Set<Long>>>();
    for (int i = 0; i < CUSTOMERS; i++) {
      customers.add(threads.submit(customer));
    }
    return customers;
  }

  private static Set<Long> ordersUntilClosed(Visitor visitor, long product)
      throws InterruptedException {
    var confirmed = new TreeSet<Long>();
    try {
      HttpResponse<String> answer = visitor.send(visitor.ordering(product));
      // Tomcat refuses a request with 503 if it arrives while Tomcat is closing.
      while (answer.statusCode() != 503) {
        confirmed.add(Visitor.id(answer, 201));
        answer = visitor.send(visitor.ordering(product));
      }
    } catch (IOException e) {
      // Refused. If it had been accepted nevertheless, there would be an unconfirmed order.
    }
    return confirmed;
  }

  private static Set<Long> all(List<Future<Set<Long>>> customers) throws Exception {
    var orders = new TreeSet<Long>();
    for (Future<Set<Long>> customer : customers) {
      orders.addAll(customer.get());
    }
    return orders;
  }

  /** An upload that the shop has begun to receive. */
  private final class SlowUpload {
    private static final String BEGIN = "name,cents,stock\nlate 1,100,1\n";
    private static final String END = "late 2,100,1\n";

    private final HttpURLConnection request;
    private final OutputStream body;

    SlowUpload(Visitor visitor) throws IOException {
      long before = uploads();
      request = (HttpURLConnection) visitor.address("/catalogs").toURL().openConnection();
      request.setRequestProperty("Authorization", Visitor.login("ben"));
      request.setRequestProperty("Content-Type", "text/csv");
      request.setDoOutput(true);
      request.setFixedLengthStreamingMode(BEGIN.length() + END.length());
      body = request.getOutputStream();
      write(BEGIN);
      await("the shop to receive it").atMost(Visitor.PATIENCE).until(() -> uploads() > before);
    }

    /**
     * Returns the id of the catalog. This is the last request, and the only one whose answer may be
     * lost: Spring Boot stops Tomcat as soon as no servlet is at work, and the answer may still be
     * in a buffer then. What was asked for is done all the same.
     */
    long finish() throws IOException {
      write(END);
      try {
        assertThat(request.getResponseCode()).isEqualTo(202);
        return Visitor.id(
            new String(request.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
      } catch (SocketException e) {
        return database.number("SELECT id FROM catalog WHERE id > 2");
      }
    }

    private void write(String text) throws IOException {
      body.write(text.getBytes(StandardCharsets.UTF_8));
      body.flush();
    }

    private long uploads() throws IOException {
      try (Stream<Path> files = Files.list(folder.resolve("uploads"))) {
        return files.count();
      }
    }
  }
}
