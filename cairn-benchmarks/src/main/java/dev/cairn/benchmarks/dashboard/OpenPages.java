package dev.cairn.benchmarks.dashboard;

import dev.cairn.benchmarks.measure.DatabaseCounters;
import dev.cairn.dashboard.Dashboard;
import dev.cairn.dashboard.DashboardRequest;
import dev.cairn.dashboard.DashboardResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What pages cost the database that stay open: the live views of each, as a browser follows them.
 */
final class OpenPages {
  private static final Map<String, List<String>> HEADERS =
      Map.of(
          "Sec-Fetch-Site", List.of("same-origin"),
          "Accept", List.of("text/event-stream"));

  private static final long SETTLE_SECONDS = 10;

  private final Dashboard dashboard;
  private final DatabaseCounters counters;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final List<Thread> viewers = new ArrayList<>();

  OpenPages(Dashboard dashboard, DatabaseCounters counters) {
    this.dashboard = dashboard;
    this.counters = counters;
  }

  /**
   * The cost of open pages.
   *
   * @param transactionsPerSecond of all of them
   * @param serverCpuCores the busy share of a processor, of the whole server; null if it is unknown
   */
  record Cost(String pages, double transactionsPerSecond, @Nullable Double serverCpuCores) {}

  /** Opens pages on top of those that are open, and measures all of them for a while. */
  Cost measure(String name, List<String> paths, int seconds) throws Exception {
    paths.forEach(this::follow);
    // The first looks of a page cost more, and are followed by no long pause.
    TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
    DatabaseCounters.Reading before = counters.readNow();
    long began = System.nanoTime();
    TimeUnit.SECONDS.sleep(seconds);
    DatabaseCounters.Reading after = counters.readNow();
    double took = (System.nanoTime() - began) / 1e9;
    Duration cpu =
        before.serverCpu() == null || after.serverCpu() == null
            ? null
            : after.serverCpu().minus(before.serverCpu());
    return new Cost(
        name,
        (after.commits() - before.commits()) / took,
        cpu == null ? null : cpu.toNanos() / 1e9 / took);
  }

  private void follow(String address) {
    String[] parts = address.split("\\?", 2);
    DashboardResponse answer =
        dashboard.answer(
            DashboardRequest.of("GET", parts[0], parts.length > 1 ? parts[1] : null, HEADERS));
    if (!(answer.content() instanceof DashboardResponse.Live live)) {
      throw new IllegalStateException("%s is no live view: %d".formatted(address, answer.status()));
    }
    viewers.add(Thread.ofVirtual().start(() -> follow(live.events())));
  }

  /** A stream ends after ten minutes; the browser asks again. */
  private void follow(DashboardResponse.Events events) {
    while (!closed.get()) {
      try {
        events.send(text -> {
          if (closed.get()) {
            throw new IOException("closed");
          }
        });
      } catch (IOException e) {
        return;
      }
    }
  }

  /** Closes the pages. */
  void close() throws InterruptedException {
    closed.set(true);
    dashboard.close();
    for (Thread viewer : viewers) {
      viewer.join();
    }
  }
}
