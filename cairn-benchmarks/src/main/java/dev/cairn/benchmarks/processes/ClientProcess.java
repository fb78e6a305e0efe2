package dev.cairn.benchmarks.processes;

import dev.cairn.Cairn;
import dev.cairn.benchmarks.contenders.CairnClient;
import dev.cairn.benchmarks.measure.RiverTable;
import dev.cairn.embedded.FreshDatabase;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The program of a {@link WorkerProcess}. Its client works when it is told to, and the process
 * prints on standard output how many jobs it has worked. It ends when its standard input ends, and
 * so when its parent ends.
 */
public final class ClientProcess {
  static final String READY = "ready";
  static final String WORK = "work";
  static final String REST = "rest";
  static final String END = "end";
  static final String WORKED = "worked ";
  private static final int MILLIS_BETWEEN_REPORTS = 10;

  private final CairnClient setUp;
  private final BufferedReader orders;
  private final AtomicInteger unreported = new AtomicInteger();

  private ClientProcess(CairnClient setUp, BufferedReader orders) {
    this.setUp = setUp;
    this.orders = orders;
  }

  /** Runs the process. The argument is the number of slots. */
  public static void main(String[] args) throws Exception {
    try (var orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      FreshDatabase login = FreshDatabase.ofEnvironment();
      new ClientProcess(
              new CairnClient(login, new RiverTable(login.dataSource()), Integer.parseInt(args[0])),
              orders)
          .obey();
    } catch (Exception e) {
      System.err.println("worker process %d: %s".formatted(ProcessHandle.current().pid(), e));
    } finally {
      // Other threads may still run, but without orders there is nothing to do.
      Runtime.getRuntime().halt(0);
    }
  }

  private void obey() throws IOException {
    System.out.println(READY);
    String order = orders.readLine();
    for (; WORK.equals(order); order = orders.readLine()) {
      try (var reports = Executors.newSingleThreadScheduledExecutor();
          var pool = CairnClient.pool(setUp.login());
          var client =
              setUp.builder(pool, (job, context) -> unreported.incrementAndGet()).build()) {
        client.start();
        var ignored =
            reports.scheduleWithFixedDelay(
                this::report, 0, MILLIS_BETWEEN_REPORTS, TimeUnit.MILLISECONDS);
        workUntilTold(client);
        reports.shutdown();
      }
      System.out.println(READY);
    }
    if (END.equals(order)) {
      System.exit(0);
    }
  }

  private void workUntilTold(Cairn client) throws IOException {
    if (REST.equals(orders.readLine())) {
      client.stop();
    } else {
      Runtime.getRuntime().halt(0);
    }
  }

  private void report() {
    int number = unreported.getAndSet(0);
    if (number > 0) {
      System.out.println(WORKED + number);
    }
  }
}
