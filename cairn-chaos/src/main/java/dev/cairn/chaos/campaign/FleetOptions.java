package dev.cairn.chaos.campaign;

import dev.cairn.chaos.attack.Attack;
import dev.cairn.chaos.attack.Attack.Need;
import dev.cairn.chaos.attack.Attacks;
import dev.cairn.chaos.fleet.FleetPlan;
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

/** The options of all commands that run a fleet. */
public final class FleetOptions {
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
  public FleetOptions() {}

  /** The worker processes. */
  public FleetPlan fleet() {
    if (workers < 2) {
      throw new IllegalArgumentException(
          "--workers must be at least 2, because another worker has to take over");
    }
    return FleetPlan.of(workers, time(heartbeat));
  }

  /**
   * The options of a campaign, with a new folder for its files.
   *
   * @param rotations how many turns each attack has at least
   * @param jobsMax 0 for no limit
   * @throws IllegalArgumentException if the report could not be written after the run
   */
  public CampaignOptions campaign(
      FleetPlan fleet,
      List<Attack> attacks,
      boolean pairs,
      Duration duration,
      int rotations,
      int jobsMax)
      throws IOException {
    requireWritable(report);
    return new CampaignOptions(
        attacks,
        pairs,
        seed == null ? ThreadLocalRandom.current().nextLong(1_000_000) : seed,
        fleet,
        rate,
        duration,
        rotations,
        jobsMax,
        url(),
        Files.createTempDirectory("cairn-chaos-"));
  }

  /**
   * The attacks with these names. With {@code all}, those that are possible here; otherwise, each
   * must be possible.
   *
   * @param out for the attacks that are left out
   * @throws IllegalArgumentException if an attack does not exist, or is not possible here
   */
  public List<Attack> attacks(List<String> names, PrintWriter out) {
    if (names.equals(List.of("none"))) {
      return List.of();
    }
    String address = url();
    Target target = address == null ? null : Target.of(address);
    boolean all = names.equals(List.of("all"));
    var possible = new ArrayList<Attack>();
    for (Attack attack : Attacks.named(names)) {
      Optional<String> objection =
          attack
              .objection(target)
              .or(() ->
                  all && attack.needs(Need.AUTO_FAILOVER)
                      ? Optional.of(
                          "the attack '%s' has servers of its own: ask for it by name"
                              .formatted(attack.name()))
                      : Optional.empty());
      if (objection.isEmpty()) {
        possible.add(attack);
      } else if (all) {
        out.println("left out: " + objection.get());
      } else {
        throw new IllegalArgumentException(objection.get());
      }
    }
    if (needs(possible, Need.AUTO_FAILOVER) && needs(possible, Need.OWN_SERVER)) {
      throw new IllegalArgumentException(
          "one of these attacks has servers of its own, which the others cannot restart or replace: %s"
              .formatted(String.join(", ", names)));
    }
    return possible;
  }

  private static boolean needs(List<Attack> attacks, Need need) {
    return attacks.stream().anyMatch(attack -> attack.needs(need));
  }

  /**
   * Checks before a run that its report can be written.
   *
   * @throws IllegalArgumentException if it cannot
   */
  public static void requireWritable(@Nullable Path report) {
    if (report == null) {
      return;
    }
    boolean replaced = Files.exists(report);
    Path place = replaced ? report : report.toAbsolutePath().getParent();
    if (place == null || Files.isDirectory(place) == replaced || !Files.isWritable(place)) {
      throw new IllegalArgumentException("--report: %s cannot be written".formatted(report));
    }
  }

  /** Prints a report, and writes it to the file. */
  public void report(PrintWriter out, String markdown, String json) throws IOException {
    out.println();
    out.print(markdown);
    out.flush();
    if (report != null) {
      Files.writeString(report, report.toString().endsWith(".json") ? json : markdown);
    }
  }

  /**
   * Turns off the log of this process: the attacks cause errors in the inserting client too. Must
   * be called before the first logger is created.
   */
  public static void silence() {
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "off");
  }

  /**
   * A time such as 90s or 10m.
   *
   * @throws IllegalArgumentException if the text is not such a time
   */
  public static Duration time(String text) {
    try {
      return Duration.parse("PT" + text.strip());
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException("'%s' is not a time such as 90s or 10m".formatted(text));
    }
  }

  private @Nullable String url() {
    return url == null || url.isBlank() ? null : url;
  }
}
