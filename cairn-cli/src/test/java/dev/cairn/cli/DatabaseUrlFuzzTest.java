package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

import com.code_intelligence.jazzer.Jazzer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Fuzzes the addresses of databases, as {@code FuzzTest} of {@code cairn-chaos} fuzzes the parsers
 * that do not belong to the command line: nothing depends on this module.
 */
class DatabaseUrlFuzzTest {
  /** The driver's, which warns of each odd address. Held, so that its level is kept. */
  private static final Logger DRIVER = Logger.getLogger("org.postgresql");

  private static final int SECONDS = Integer.getInteger("cairn.fuzz.seconds", 12);

  /** Whether this run is on demand, and not that of a build. */
  private static final boolean ON_DEMAND = Integer.getInteger("cairn.fuzz.seconds") != null;

  /** So that a build finds the same on a quick machine as on a slow one; without end on demand. */
  private static final int RUNS = ON_DEMAND ? -1 : 200_000;

  /** The same in each build. On demand zero, with which Jazzer draws and prints one. */
  private static final int SEED = ON_DEMAND ? 0 : 1;

  /** Additional time for the start of a JVM on a busy machine, and for its last input. */
  private static final int MORE_SECONDS = 240;

  private static final int CHANGED = 2_000;

  /** The last one found a refusal that showed the password, as the name of a parameter. */
  private static final List<String> SEEDS =
      List.of(
          "postgres://",
          "localhost:5432/shop?sslmode=require&connect_timeout=5",
          "//[::1]:5432/shop",
          "?");

  /** What addresses consist of: bytes at random seldom get past the first character. */
  private static final String BYTES = "/:@?&=%#[]. +a1\u00e9";

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder = Path.of("");

  @BeforeAll
  static void silenceTheDriver() {
    DRIVER.setLevel(Level.OFF);
  }

  @Test
  void seedsAndChangedSeedsAreUnderstoodOrRefused() {
    SEEDS.forEach(DatabaseUrlFuzzTest::understoodOrRefused);
    for (int seed = 0; seed < CHANGED; seed++) {
      understoodOrRefused(changed(new Random(seed)));
    }
  }

  @Test
  @Tag("thorough")
  void everyInputIsUnderstoodOrRefused() throws Exception {
    Path corpus = Files.createDirectory(folder.resolve("corpus"));
    for (int i = 0; i < SEEDS.size(); i++) {
      Files.writeString(corpus.resolve("seed-" + i), SEEDS.get(i));
    }
    Path log = folder.resolve("log");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx400m",
                "-XX:+UseSerialGC",
                "-XX:+EnableDynamicAgentLoading",
                "-cp",
                System.getProperty("java.class.path"),
                Jazzer.class.getName(),
                "--target_class=" + DatabaseUrlFuzz.class.getName(),
                "--instrumentation_includes=dev.cairn.**",
                "-seed=" + SEED,
                "-max_total_time=" + SECONDS,
                "-runs=" + RUNS,
                "-timeout=60",
                "-rss_limit_mb=0",
                "-print_final_stats=1",
                "-artifact_prefix=" + folder + "/",
                corpus.toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      assertThat(process.waitFor(SECONDS + MORE_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(log)).isZero();
      assertThat(log).content().contains("stat::number_of_executed_units");
    } finally {
      process.destroyForcibly();
    }
  }

  private static void understoodOrRefused(String text) {
    assertThatNoException()
        .as(text)
        .isThrownBy(
            () -> DatabaseUrlFuzz.fuzzerTestOneInput(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** A seed with up to eight characters inserted, replaced or removed. */
  private static String changed(Random random) {
    var text = new StringBuilder(SEEDS.get(random.nextInt(SEEDS.size())));
    for (int i = random.nextInt(8); i >= 0; i--) {
      int at = random.nextInt(text.length() + 1);
      char next = BYTES.charAt(random.nextInt(BYTES.length()));
      if (at < text.length() && random.nextBoolean()) {
        text.deleteCharAt(at);
      }
      if (random.nextInt(4) > 0) {
        text.insert(at, next);
      }
    }
    return text.toString();
  }
}
