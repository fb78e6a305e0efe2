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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What pages cost the database that stay open: the live views of each, as a browser follows them,
 * and what it asks for again and again.
 */
final class OpenPages implements AutoCloseable {
  private static final Map<String, List<String>> HEADERS =
      Map.of(
          "Sec-Fetch-Site", List.of("same-origin"),
          "Accept", List.of("text/event-stream"));

  private static final long SETTLE_SECONDS = 10;

  /** The page waits so many times as long as an answer took, up to five minutes. */
  private static final int REST = 99;

  private static final Duration REST_MAX = Duration.ofMinutes(5);

  private final Dashboard dashboard;
  private final DatabaseCounters counters;
  private final CountDownLatch closed = new CountDownLatch(1);
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

  /** Measures all pages that are open, for a while. */
  Cost measure(String name, int seconds) throws Exception {
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

  /** Follows a live view until the end. */
  void follow(String address) {
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
    while (!isClosed()) {
      try {
        events.send(text -> {
          if (isClosed()) {
            throw new IOException("closed");
          }
        });
      } catch (IOException e) {
        return;
      }
    }
  }

  private boolean isClosed() {
    return closed.getCount() == 0;
  }

  /** Asks again and again until the end, and more seldom what takes long. */
  void poll(ApiRead read, Duration every) {
    viewers.add(Thread.ofVirtual().start(() -> pollUntilClosed(read, every.toNanos())));
  }

  private void pollUntilClosed(ApiRead read, long every) {
    long pause;
    do {
      long asked = System.nanoTime();
      read.ask(dashboard);
      long took = System.nanoTime() - asked;
      pause = Math.max(every, Math.min(REST_MAX.toNanos(), REST * took));
    } while (!isClosedWithin(pause));
  }

  private boolean isClosedWithin(long nanos) {
    try {
      return closed.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      return true;
    }
  }

  /** Closes the pages. */
  @Override
  public void close() {
    closed.countDown();
    dashboard.close();
    try {
      for (Thread viewer : viewers) {
        viewer.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
