package dev.cairn.chaos.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.embedded.EmbeddedDatabase;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process says that it holds, and what it says after it holds more. */
class HoldingsTest {
  private static final int MEGABYTE = 1 << 20;
  private static final int MANY = 40;
  private static final int KEPT = 200;

  @TempDir private Path folder;

  @Test
  void countsMemoryThatIsStillInUse() throws Exception {
    try (HikariDataSource pool = pool()) {
      var holdings = new Holdings(pool, file());
      long before = amount(measure(holdings, "1"), Holdings.HEAP);

      // More than other tests of this process may have left behind, and is collected meanwhile.
      byte[] kept = new byte[KEPT * MEGABYTE];
      long after = amount(measure(holdings, "2"), Holdings.HEAP);

      assertThat(after - before).isGreaterThan((long) (kept.length * 0.8));
      assertThat(measure(holdings, "3").get(Holdings.METASPACE)).isGreaterThan(MEGABYTE);
    }
  }

  @Test
  void countsPlatformAndVirtualThreadsByName() throws Exception {
    var over = new CountDownLatch(1);
    var begun = new CountDownLatch(5);
    Runnable wait =
        () -> {
          begun.countDown();
          try {
            over.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        };
    try (HikariDataSource pool = pool()) {
      Thread.ofPlatform().name("cairn-planted-", 7).start(wait);
      Thread.ofPlatform().name("cairn-planted-", 8).start(wait);
      for (int i = 0; i < 3; i++) {
        Thread.ofVirtual().name("cairn-planted-virtual-", i).start(wait);
      }
      begun.await();

      Map<String, Long> held = measure(new Holdings(pool, file()), "1");

      assertThat(held)
          .containsEntry("threads cairn-planted", 2L)
          .containsEntry("threads cairn-planted-virtual", 3L);
      assertThat(held.get("threads others")).isPositive();
    } finally {
      over.countDown();
    }
  }

  @Test
  void countsOpenFilesAndConnections() throws Exception {
    Files.createFile(folder.resolve("open"));
    try (HikariDataSource pool = pool()) {
      var holdings = new Holdings(pool, file());
      Map<String, Long> before = measure(holdings, "1");

      var open = new ArrayList<FileInputStream>();
      for (int i = 0; i < MANY; i++) {
        open.add(new FileInputStream(folder.resolve("open").toFile()));
      }
      try (Connection borrowed = pool.getConnection()) {
        Map<String, Long> after = measure(holdings, "2");

        assertThat(borrowed.isClosed()).isFalse();
        assertThat(amount(after, Holdings.FILES) - amount(before, Holdings.FILES))
            .isGreaterThan(MANY - 10L);
        assertThat(after.get(Holdings.IN_USE)).isEqualTo(1);
        assertThat(after.get(Holdings.CONNECTIONS)).isPositive();
      }
      for (FileInputStream each : open) {
        each.close();
      }
    }
  }

  @Test
  void anAnswerIsReadOnlyWhenItIsComplete() throws Exception {
    Files.writeString(file(), "1\theap=5\n12\theap=7\tthreads a=b=3\n2\theap=");

    assertThat(Holdings.read(file(), "1")).isEqualTo(Map.of("heap", 5L));
    assertThat(Holdings.read(file(), "12")).isEqualTo(Map.of("heap", 7L, "threads a=b", 3L));
    assertThat(Holdings.read(file(), "2")).isEmpty();
    assertThat(Holdings.read(folder.resolve("absent"), "1")).isEmpty();
  }

  @Test
  void threadsOfOneKindAreOneGroup() {
    assertThat(
            List.of(
                "#31 \"cairn-job-17\" virtual",
                "#32 \"HikariPool-1:housekeeper\" TIMED_WAITING 2026-11-28T01:02:03Z",
                "#33 \"Signal Dispatcher\"",
                "      java.base/java.lang.Thread.run(Thread.java:1)"))
        .flatExtracting(line -> Holdings.group(line).stream().toList())
        .containsExactly("cairn-job", "HikariPool:housekeeper", "others");
  }

  private Map<String, Long> measure(Holdings holdings, String number) throws IOException {
    holdings.write(number);
    return Holdings.read(file(), number);
  }

  private static long amount(Map<String, Long> held, String name) {
    return Objects.requireNonNull(held.get(name), name);
  }

  private Path file() {
    return folder.resolve("w1-1.holdings");
  }

  private static HikariDataSource pool() throws Exception {
    var config = new HikariConfig();
    config.setDataSource(EmbeddedDatabase.shared().newDatabase().dataSource());
    config.setMaximumPoolSize(2);
    return new HikariDataSource(config);
  }
}
