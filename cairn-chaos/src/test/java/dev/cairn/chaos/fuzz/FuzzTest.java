package dev.cairn.chaos.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.Jazzer;
import dev.cairn.cli.DatabaseUrlFuzz;
import dev.cairn.internal.postgres.NotificationFuzz;
import dev.cairn.spi.GoJsonFuzz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Fuzzes the parsers of outside texts. Jazzer mutates a few seeds, guided by the branches that they
 * reach. {@code -Dcairn.fuzz.seconds=600} fuzzes each parser for 600 seconds; the build takes a few
 * seconds.
 */
class FuzzTest {
  private static final int SECONDS = Integer.getInteger("cairn.fuzz.seconds", 4);

  /** Additional time for the start of a JVM on a busy machine, and for its last input. */
  private static final int MORE_SECONDS = 240;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder = Path.of("");

  /**
   * A parser to fuzz.
   *
   * @param seeds inputs that reach many branches
   */
  record Target(Class<?> type, List<String> seeds) {
    Target {
      seeds = List.copyOf(seeds);
    }

    static Target of(Class<?> type, String... seeds) {
      return new Target(type, List.of(seeds));
    }

    @Override
    public String toString() {
      return type.getSimpleName();
    }
  }

  static Stream<Target> targets() {
    return Stream.of(
        Target.of(
            CronFuzz.class,
            "CRON_TZ=Europe/Berlin 30 2 * * MON-FRI/2",
            "0 0 L,LW 2 *",
            "*/7 0-59/3 1,15 JAN * SUN#2",
            "@every 1h30m",
            "@daily"),
        Target.of(JobCursorFuzz.class, "TIME 2026-11-27T10:15:30Z 17", "ID - 1"),
        Target.of(
            CsvFuzz.class,
            "a,\"b\nc\"\r\n\"\"\"x\",y\n",
            "\uFEFFname;cents\n1;2\n",
            "a\r\rb,c,d\n\n,\n"),
        Target.of(NdjsonFuzz.class, "{\"a\":1}\n{\"b\":[null,true]}\n\n[1]\n{"),
        Target.of(
            DatabaseUrlFuzz.class,
            "postgres://",
            "localhost:5432/shop?sslmode=require&connect_timeout=5",
            "//[::1]:5432/shop"),
        Target.of(
            NotificationFuzz.class,
            "{\"action\":\"cancel\",\"job_id\":17,\"queue\":\"default\"}",
            "{\"action\":\"cairn_pause\",\"job_id\":\"17\"}",
            "{\"action\":\"request_resign\"}",
            "{\"queue\":\"*\",\"action\":\"pause\"}"),
        Target.of(GoJsonFuzz.class, "<b>\u2028&\"\\", "1.50", "-0.0e10", "123456789.000000001"));
  }

  @ParameterizedTest
  @MethodSource("targets")
  void everyInputIsUnderstoodOrRefused(Target target) throws Exception {
    Outcome outcome = fuzz(target);

    assertThat(outcome.exitCode()).as(outcome.text()).isZero();
    assertThat(outcome.text()).contains("stat::number_of_executed_units");
  }

  @Test
  void aPlantedFaultIsFound() throws Exception {
    Outcome outcome = fuzz(Target.of(PlantedFuzz.class, "cairn"));

    assertThat(outcome.exitCode()).as(outcome.text()).isNotZero();
    assertThat(outcome.text()).contains("java.lang.AssertionError: planted");
  }

  private record Outcome(int exitCode, String text) {}

  private Outcome fuzz(Target target) throws IOException, InterruptedException {
    Path corpus = Files.createDirectory(folder.resolve("corpus"));
    for (int i = 0; i < target.seeds().size(); i++) {
      Files.writeString(corpus.resolve("seed-" + i), target.seeds().get(i));
    }
    Path log = folder.resolve("log");
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx400m",
                "-XX:+UseSerialGC",
                "-XX:+EnableDynamicAgentLoading",
                "-cp",
                System.getProperty("java.class.path"),
                Jazzer.class.getName(),
                "--target_class=" + target.type().getName(),
                "--instrumentation_includes=dev.cairn.**",
                "-seed=1",
                "-max_total_time=" + SECONDS,
                "-timeout=60",
                "-rss_limit_mb=0",
                "-print_final_stats=1",
                "-artifact_prefix=" + folder + "/",
                corpus.toString()));
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      boolean ended = process.waitFor(SECONDS + MORE_SECONDS, TimeUnit.SECONDS);
      return new Outcome(ended ? process.exitValue() : -1, Files.readString(log));
    } finally {
      process.destroyForcibly();
    }
  }
}
