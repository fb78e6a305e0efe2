package dev.cairn.chaos.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

import com.code_intelligence.jazzer.Jazzer;
import dev.cairn.internal.postgres.JobErrorsFuzz;
import dev.cairn.internal.postgres.NotificationFuzz;
import dev.cairn.internal.work.JobMetadataFuzz;
import dev.cairn.spi.GoJsonFuzz;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Fuzzes the parsers of outside texts. The build tries the seeds, and the same random changes of
 * them each time. In CI's build, Jazzer also mutates the seeds, guided by the branches that they
 * reach, for twelve seconds each: {@code -Dcairn.fuzz.seconds=600} is for longer.
 *
 * <p>Addresses of databases are parsed by the command line, whose {@code DatabaseUrlFuzzTest} does
 * the same.
 */
class FuzzTest {
  private static final int SECONDS = Integer.getInteger("cairn.fuzz.seconds", 12);

  /** Whether this run is on demand, and not that of a build. */
  private static final boolean ON_DEMAND = Integer.getInteger("cairn.fuzz.seconds") != null;

  /** So that a build finds the same on a quick machine as on a slow one; without end on demand. */
  private static final int RUNS = ON_DEMAND ? -1 : 200_000;

  /** The same in each build. On demand zero, with which Jazzer draws and prints one. */
  private static final int SEED = ON_DEMAND ? 0 : 1;

  /** Additional time for the start of a JVM on a busy machine, and for its last input. */
  private static final int MORE_SECONDS = 240;

  /** How many changed seeds the build tries for each parser. */
  private static final int CHANGED = 500;

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
            NotificationFuzz.class,
            "{\"action\":\"cancel\",\"job_id\":17,\"queue\":\"default\"}",
            "{\"action\":\"cairn_pause\",\"job_id\":\"17\"}",
            "{\"action\":\"request_resign\"}",
            "{\"queue\":\"*\",\"action\":\"pause\"}"),
        Target.of(InsertOptionsFuzz.class, "default", "mail_eu\ntag-1", "a".repeat(255)),
        Target.of(
            JobMetadataFuzz.class,
            "{\"snoozes\": 3, \"cairn:interruptions\": 1e9}",
            "{\"river:rescue_count\": \"3\", \"x\": {\"y\": [null, 1.5]}}",
            // Found by Jazzer: the reader threw a NumberFormatException.
            "[0e04444444444444444444444444444444444444444",
            "[]"),
        Target.of(
            JobErrorsFuzz.class,
            "[{\"at\": \"2026-11-28T10:15:30.123Z\", \"attempt\": 1, \"error\": \"no\", \"trace\": \"\"}]",
            "[7, null, {\"at\": \"never\"}]",
            "{\"a\": [[]]}"),
        Target.of(GoJsonFuzz.class, "<b>\u2028&\"\\", "1.50", "-0.0e10", "123456789.000000001"));
  }

  @ParameterizedTest
  @MethodSource("targets")
  void seedsAndChangedSeedsAreUnderstoodOrRefused(Target target) throws Exception {
    Method parser = target.type().getMethod("fuzzerTestOneInput", byte[].class);

    for (String seed : target.seeds()) {
      understoodOrRefused(parser, seed.getBytes(StandardCharsets.UTF_8));
    }
    for (int seed = 0; seed < CHANGED; seed++) {
      understoodOrRefused(parser, changed(target.seeds(), new Random(seed)));
    }
  }

  private static void understoodOrRefused(Method parser, byte[] input) {
    assertThatNoException()
        .as(() -> "input " + Arrays.toString(input))
        .isThrownBy(() -> parser.invoke(null, (Object) input));
  }

  /** A seed with up to eight bytes inserted, replaced or removed, often by those of other seeds. */
  private static byte[] changed(List<String> seeds, Random random) {
    byte[] own = seeds.get(random.nextInt(seeds.size())).getBytes(StandardCharsets.UTF_8);
    byte[] all = String.join("", seeds).getBytes(StandardCharsets.UTF_8);
    var bytes = new ArrayList<Byte>();
    for (byte each : own) {
      bytes.add(each);
    }
    for (int i = random.nextInt(8); i >= 0; i--) {
      int at = random.nextInt(bytes.size() + 1);
      if (at < bytes.size() && random.nextBoolean()) {
        bytes.remove(at);
      }
      if (random.nextInt(4) > 0) {
        boolean known = random.nextInt(4) > 0;
        bytes.add(at, known ? all[random.nextInt(all.length)] : (byte) random.nextInt(256));
      }
    }
    byte[] changed = new byte[bytes.size()];
    for (int i = 0; i < changed.length; i++) {
      changed[i] = bytes.get(i);
    }
    return changed;
  }

  @ParameterizedTest
  @MethodSource("targets")
  @Tag("thorough")
  @Tag("fuzz")
  @Execution(ExecutionMode.CONCURRENT)
  void everyInputIsUnderstoodOrRefused(Target target) throws Exception {
    Outcome outcome = fuzz(target, RUNS);

    assertThat(outcome.exitCode()).as(outcome.text()).isZero();
    assertThat(outcome.text()).contains("stat::number_of_executed_units");
  }

  @Tag("thorough")
  @Test
  void aPlantedFaultIsFound() throws Exception {
    Outcome outcome = fuzz(Target.of(PlantedFuzz.class, "cairn"), -1);

    assertThat(outcome.exitCode()).as(outcome.text()).isNotZero();
    assertThat(outcome.text()).contains("java.lang.AssertionError: planted");
  }

  private record Outcome(int exitCode, String text) {}

  private Outcome fuzz(Target target, int runs) throws IOException, InterruptedException {
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
                "-seed=" + SEED,
                "-max_total_time=" + SECONDS,
                "-runs=" + runs,
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
