package dev.cairn.cli.demo;

import dev.cairn.cli.JsonOutput;
import dev.cairn.cli.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./cairn demo}: a job that survives kill -9. */
@Command(
    name = "demo",
    description = {
      "Record path, size, SHA-256 and type of every file below a directory in a job, kill its "
          + "workers with kill -9 meanwhile, and check that nothing is missing or doubled.",
      "The demo starts its own PostgreSQL and leaves nothing behind."
    },
    sortOptions = false,
    footer = {
      "",
      "Exits with 1 if anything is missing, doubled or wrong, or if no worker could be killed",
      "because there were too few files."
    })
public final class DemoCommand implements Callable<Integer> {
  private static final int KILLS_MAX = 1_000;

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Option(
      names = "--dir",
      paramLabel = "DIRECTORY",
      description = {
        "The files to record.",
        "Default: the system's shared data files, or else the local Maven repository."
      })
  private @Nullable Path directory;

  @Option(
      names = "--attack",
      paramLabel = "NAME",
      defaultValue = "kill",
      description = {
        "What happens to the worker that has the job (default: ${DEFAULT-VALUE}):",
        "kill: kill -9;",
        "zombie: it is frozen until another one has the job, and then continues;",
        "blackhole: the network between it and the database swallows everything;",
        "failover: PostgreSQL crashes, and a synchronous standby takes its place."
      })
  @SuppressWarnings("NullAway.Init") // set by picocli
  private String attack;

  @Option(
      names = "--kills",
      paramLabel = "N",
      defaultValue = "3",
      description = "The number of workers to kill or attack (default: ${DEFAULT-VALUE}).")
  private int kills;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "The seed of an earlier run, to kill the workers at the same moments.")
  private @Nullable Long seed;

  @Option(
      names = "--heartbeat-timeout",
      paramLabel = "SECONDS",
      defaultValue = "2",
      description =
          "How long after its last heartbeat a worker counts as dead (default: ${DEFAULT-VALUE}).")
  private int heartbeatTimeoutSeconds;

  @Option(
      names = "--dashboard",
      description =
          "Show the demo in a dashboard as well, and print its address first. On a terminal, wait "
              + "for Enter at the end.")
  private boolean dashboard;

  @Option(
      names = "--json",
      description = "Print one JSON object on standard output. Progress goes to standard error.")
  private boolean json;

  @Override
  public Integer call() throws IOException, SQLException, InterruptedException {
    Demo.Settings settings = settings();
    Output out = Output.of(spec);
    Display display = display(out);
    Path folder = Files.createTempDirectory("cairn-demo-");
    // Ctrl-C ends all processes of the demo; what they leave is deleted on the way out.
    var cleaner = new Thread(() -> delete(folder), "cairn-demo-cleaner");
    Runtime.getRuntime().addShutdownHook(cleaner);
    display.line(
        "Recording all files below %s, with %d %s meanwhile (seed %d)"
            .formatted(
                settings.directory(),
                settings.kills(),
                settings.attack().plural(),
                settings.seed()));
    var looked = new DemoDashboard(dashboard, !json && Output.isTerminal());
    DemoReport report =
        new Demo(settings, folder, display, looked)
            .run(done -> out.text(json ? JsonOutput.of(done) : DemoText.of(done, settings)));
    return report.hasShownWhatItShould() ? 0 : 1;
  }

  private Display display(Output out) {
    var clock = InstantSource.system();
    if (json) {
      return new PlainDisplay(Output.errorsOf(spec), clock);
    }
    return Output.isTerminal() ? new BarDisplay(out, clock) : new PlainDisplay(out, clock);
  }

  private Demo.Settings settings() throws IOException {
    require(kills >= 0 && kills <= KILLS_MAX, "--kills must be 0 to %d".formatted(KILLS_MAX));
    require(
        heartbeatTimeoutSeconds >= 1 && heartbeatTimeoutSeconds <= 60,
        "--heartbeat-timeout must be 1 to 60 seconds");
    return new Demo.Settings(
        checked(directory == null ? defaultDirectory() : directory),
        attack(),
        kills,
        seed == null ? ThreadLocalRandom.current().nextLong(1, 1_000_000) : seed,
        Duration.ofSeconds(heartbeatTimeoutSeconds));
  }

  private Attack attack() {
    return Stream.of(Attack.values())
        .filter(it -> it.text().equals(attack))
        .findFirst()
        .orElseThrow(() ->
            new ParameterException(
                spec.commandLine(), "--attack must be kill, zombie, blackhole or failover"));
  }

  private Path defaultDirectory() {
    return Stream.of(
            Path.of("/usr/share"), Path.of(System.getProperty("user.home"), ".m2", "repository"))
        .filter(Files::isReadable)
        .filter(Files::isDirectory)
        .findFirst()
        .orElseThrow(() ->
            new ParameterException(
                spec.commandLine(), "there is no directory to record: name one with --dir"));
  }

  private Path checked(Path given) throws IOException {
    require(Files.exists(given), "--dir: there is no '%s'".formatted(given));
    require(Files.isDirectory(given), "--dir: '%s' is not a directory".formatted(given));
    require(Files.isReadable(given), "--dir: '%s' cannot be read".formatted(given));
    Path real = given.toRealPath();
    require(
        Files.exists(Path.of(real.toString())),
        "--dir: the name of '%s' has characters outside of this locale: set LC_ALL=C.UTF-8"
            .formatted(given));
    return real;
  }

  private void require(boolean condition, String message) {
    if (!condition) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> all = files.collect(Collectors.toList());
      all.add(folder);
      for (Path file : all) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // The folder is a temporary one, and the process ends.
      return;
    }
  }
}
