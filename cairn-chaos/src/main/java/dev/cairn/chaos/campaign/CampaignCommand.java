package dev.cairn.chaos.campaign;

import dev.cairn.chaos.attack.Attack;
import dev.cairn.chaos.attack.Attacks;
import dev.cairn.chaos.fleet.Target;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of {@code ./cairn chaos}, and what it does with them. */
public final class CampaignCommand {
  @Option(
      names = "--attack",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "kill,freeze,rolling",
      description =
          "The attacks, which take turns: names separated by commas, all, or none. --list"
              + " explains them (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // set by picocli
  private List<String> names;

  @Option(names = "--pairs", description = "Two attacks at a time.")
  private boolean pairs;

  @Option(names = "--list", description = "Print the attacks without running them.")
  private boolean list;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      defaultValue = "60s",
      description = "The time to attack, such as 90s or 10m (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // set by picocli
  private String duration;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "0",
      description = "Stop attacking after this number of jobs, or when the time is over.")
  private int jobs;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "0",
      description = "The number of jobs inserted in a second (default: half of the measured peak).")
  private int rate;

  @Option(
      names = "--workers",
      paramLabel = "N",
      defaultValue = "3",
      description = "The number of worker processes, at least 2 (default: ${DEFAULT-VALUE}).")
  private int workers;

  @Option(
      names = "--heartbeat",
      paramLabel = "TIME",
      defaultValue = "5s",
      description = "The heartbeat timeout of the workers (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // set by picocli
  private String heartbeat;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "The seed of all random choices (default: random, and printed).")
  private @Nullable Long seed;

  @Option(
      names = "--url",
      paramLabel = "URL",
      defaultValue = "${env:CAIRN_CHAOS_DATABASE}",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      description = {
        "A database for tests, as jdbc:postgresql://HOST:PORT/DATABASE?user=...&password=...",
        "Default: the environment variable CAIRN_CHAOS_DATABASE, which keeps the password out of"
            + " the list of processes, or else a PostgreSQL of its own."
      })
  private @Nullable String url;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "A file for the report: JSON if the name ends in .json, else Markdown.")
  private @Nullable Path report;

  /** Creates the options, for picocli. */
  public CampaignCommand() {}

  /** Runs the campaign, and returns {@link CampaignResult#exitCode}. */
  public int run(CommandLine command) throws Exception {
    PrintWriter out = command.getOut();
    if (list) {
      Attacks.all()
          .values()
          .forEach(attack -> out.printf("%-20s %s%n", attack.name(), attack.description()));
      out.flush();
      return 0;
    }
    // The attacks cause errors in the inserting client too, so its log is off. This must be set
    // before the first logger is created.
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "off");
    CampaignResult result = Campaign.run(options(command), out);
    var text = new CampaignReport(result);
    out.println();
    out.print(text.markdown());
    out.flush();
    if (report != null) {
      boolean asJson = report.toString().endsWith(".json");
      Files.writeString(report, asJson ? text.json() : text.markdown());
    }
    return result.exitCode();
  }

  private CampaignOptions options(CommandLine command) throws IOException {
    if (workers < 2) {
      throw new ParameterException(
          command, "--workers must be at least 2, because another worker has to take over");
    }
    try {
      return new CampaignOptions(
          attacks(command),
          pairs,
          seed == null ? ThreadLocalRandom.current().nextLong(1_000_000) : seed,
          workers,
          rate,
          time(duration),
          jobs,
          time(heartbeat),
          url == null || url.isBlank() ? null : url,
          Files.createTempDirectory("cairn-chaos-"));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command, String.valueOf(e.getMessage()));
    }
  }

  /** With {@code all}, the possible attacks; otherwise the named ones, which must be possible. */
  private List<Attack> attacks(CommandLine command) {
    if (names.equals(List.of("none"))) {
      return List.of();
    }
    Target target = url == null || url.isBlank() ? null : Target.of(url);
    var possible = new ArrayList<Attack>();
    for (Attack attack : Attacks.named(names)) {
      Optional<String> objection = attack.objection(target);
      if (objection.isEmpty()) {
        possible.add(attack);
      } else if (names.equals(List.of("all"))) {
        command.getOut().println("left out: " + objection.get());
      } else {
        throw new IllegalArgumentException(objection.get());
      }
    }
    return possible;
  }

  private static Duration time(String text) {
    try {
      return Duration.parse("PT" + text.strip());
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException("'%s' is not a time such as 90s or 10m".formatted(text));
    }
  }
}
