package dev.cairn.chaos.campaign;

import dev.cairn.chaos.attack.Attacks;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of {@code ./cairn chaos}, and their execution. */
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

  @Option(
      names = "--pairs",
      description =
          "Two attacks at a time. Two that restart, replace or limit PostgreSQL are never a pair.")
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
      names = "--rotations",
      paramLabel = "N",
      defaultValue = "0",
      description = "Attack for longer, until each attack has had at least N turns.")
  private int rotations;

  @Mixin private final FleetOptions fleet = new FleetOptions();

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
    FleetOptions.silence();
    CampaignResult result = Campaign.run(options(command), Onlooker.NOBODY, out);
    var text = new CampaignReport(result, "./cairn chaos");
    fleet.report(out, text.markdown(), text.json());
    return result.exitCode();
  }

  private CampaignOptions options(CommandLine command) throws IOException {
    try {
      return fleet.campaign(
          fleet.fleet(),
          fleet.attacks(names, command.getOut()),
          pairs,
          FleetOptions.time(duration),
          rotations,
          jobs);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command, String.valueOf(e.getMessage()));
    }
  }
}
