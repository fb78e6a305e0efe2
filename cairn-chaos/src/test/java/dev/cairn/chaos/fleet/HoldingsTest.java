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
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
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
  void countsPlatformThreadsByNameAndAllVirtualOnes() throws Exception {
    var over = new CountDownLatch(1);
    var begun = new CountDownLatch(2 + MANY);
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
      var holdings = new Holdings(pool, file());
      long before = amount(measure(holdings, "0"), Holdings.VIRTUAL_THREADS);
      Thread.ofPlatform().name("cairn-planted-", 7).start(wait);
      Thread.ofPlatform().name("cairn-planted-", 8).start(wait);
      for (int i = 0; i < MANY; i++) {
        Thread.ofVirtual().name("cairn-planted-virtual-", i).start(wait);
      }
      begun.await();

      Map<String, Long> held = measure(holdings, "1");

      assertThat(held).containsEntry("threads cairn-planted", 2L);
      // Of other tests, some may have ended meanwhile.
      assertThat(amount(held, Holdings.VIRTUAL_THREADS) - before).isBetween(MANY - 10L, MANY + 10L);
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
    assertThat(Stream.of("cairn-job-17", "HikariPool-1:housekeeper", "Signal Dispatcher"))
        .extracting(Holdings::group)
        .containsExactly("cairn-job", "HikariPool:housekeeper", "others");
  }

  @Test
  void virtualThreadsAreCountedInAClassHistogram() {
    assertThat(
            Holdings.virtualThreads(
                """
                 num     #instances         #bytes  class name (module)
                -------------------------------------------------------
                   1:         38422        1844256  [B (java.base@25.0.3)
                  90:            17           1904  java.lang.VirtualThread (java.base@25.0.3)
                  91:             2             32  java.lang.VirtualThread$VThreadContinuation
                """))
        .isEqualTo(17);
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
