package dev.cairn.benchmarks.micro;

import dev.cairn.benchmarks.figures.Table;
import dev.cairn.benchmarks.measure.Measurement;
import dev.cairn.benchmarks.measure.PerJob;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code ./cairn bench micro}: what the inner parts cost, without a database. */
@Command(
    name = "micro",
    description =
        "Measure the inner parts with JMH, without a database: arguments to JSON and back, unique "
            + "keys, and the path through middleware to a worker. Each round is a JVM.",
    sortOptions = false)
public final class MicroCommand extends Measurement<MicroCommand.Report> {
  private static final String PARTS = "dev.cairn.benchmarks.micro.";

  /** Since this version, a JVM warns of what JMH does unless it is told not to. */
  private static final int JDK_THAT_WARNS = 24;

  private static final String SILENCE = "--sun-misc-unsafe-memory-access=allow";

  @Option(
      names = "--quick",
      description = "One round of a second for each part, only to check that it works.")
  private boolean quick;

  @Option(
      names = "--only",
      paramLabel = "REGEX",
      defaultValue = "",
      description = "Only parts whose name matches (default: all).")
  @SuppressWarnings("NullAway.Init") // set by picocli
  private String only;

  /**
   * One part.
   *
   * @param nanos a call, the mean of all iterations
   * @param error half of the interval that holds the mean with 99.9 %; null for too few iterations
   * @param iterations nanoseconds a call, by round
   */
  record Part(String name, double nanos, @Nullable Double error, List<List<Double>> iterations) {
    static Part of(JsonNode result) {
      JsonNode metric = result.get("primaryMetric");
      JsonNode error = metric.get("scoreError");
      String params =
          result.path("params").properties().stream()
              .map(param -> ", %s %s".formatted(param.getValue().asString(), param.getKey()))
              .collect(Collectors.joining());
      return new Part(
          result.get("benchmark").asString().substring(PARTS.length()) + params,
          metric.get("score").asDouble(),
          error.isNumber() ? error.asDouble() : null,
          list(metric.get("rawData")).stream()
              .map(round -> list(round).stream().map(JsonNode::asDouble).toList())
              .toList());
    }
  }

  /** All of them. */
  record Report(boolean quick, List<Part> parts) {}

  private static List<JsonNode> list(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).toList();
  }

  @Override
  protected Report measure() throws Exception {
    Path folder = Files.createTempDirectory("cairn-micro-");
    Path log = folder.resolve("log");
    Path results = folder.resolve("results.json");
    tell("JMH writes its progress to %s", log);
    Process jmh =
        new ProcessBuilder(command(results))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .redirectInput(Redirect.PIPE)
            .start();
    try {
      if (jmh.waitFor() != 0) {
        throw new IllegalStateException("JMH has failed, see %s".formatted(log));
      }
    } finally {
      jmh.destroyForcibly();
    }
    List<JsonNode> parts = list(JsonMapper.shared().readTree(results.toFile()));
    Files.delete(results);
    Files.delete(log);
    Files.delete(folder);
    return new Report(quick, parts.stream().map(Part::of).toList());
  }

  /** JMH in a process of its own, because it wants options of the JVM. */
  private List<String> command(Path results) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    boolean warns = Runtime.version().feature() >= JDK_THAT_WARNS;
    if (warns) {
      command.add(SILENCE);
    }
    command.addAll(
        List.of(
            "-cp", System.getProperty("java.class.path"), org.openjdk.jmh.Main.class.getName()));
    if (warns) {
      command.addAll(List.of("-jvmArgsAppend", SILENCE));
    }
    command.addAll(List.of("-bm", "avgt", "-tu", "ns", "-foe", "true"));
    command.addAll(List.of("-rf", "json", "-rff", results.toString()));
    command.addAll(
        quick
            ? List.of("-f", "1", "-wi", "2", "-w", "250ms", "-i", "2", "-r", "250ms")
            : List.of(
                "-f", Integer.toString(rounds()), "-wi", "3", "-w", "1s", "-i", "5", "-r", "1s"));
    command.add(PARTS.replace(".", "\\.") + ".*" + only);
    return command;
  }

  @Override
  protected String handler() {
    return "what its row says";
  }

  @Override
  protected String text(Report report) {
    var table = new Table("", "ns a call", "give or take");
    report.parts().forEach(part -> table.row(part.name(), part.nanos(), PerJob.text(part.error())));
    return table.toString();
  }
}
