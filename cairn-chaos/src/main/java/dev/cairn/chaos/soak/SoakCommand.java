package dev.cairn.chaos.soak;

import dev.cairn.chaos.attack.Attack;
import dev.cairn.chaos.campaign.Campaign;
import dev.cairn.chaos.campaign.CampaignOptions;
import dev.cairn.chaos.campaign.CampaignResult;
import dev.cairn.chaos.campaign.FleetOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./cairn chaos soak}: whether anything grows while a fleet is under attack. */
@Command(
    name = "soak",
    description =
        "Run a fleet of worker processes under all attacks in turn, and measure after each one"
            + " whether anything grows: memory, threads, files, connections, tables and indexes.",
    sortOptions = false)
public final class SoakCommand implements Callable<Integer> {
  /** Jobs are deleted so soon that the tables reach their sizes within the warm-up. */
  private static final Duration RETENTION = Duration.ofSeconds(30);

  /**
   * The attacks that come first, because they make tables smaller or larger than everyday work
   * does: VACUUM FULL; failures of many jobs, whose errors fill their rows; and a snapshot, which
   * keeps dead rows. Later, VACUUM FULL would hide growth, and the others would look like growth.
   */
  private static final List<String> FIRST =
      List.of("maintenance", "timeouts", "role-timeouts", "serialization", "snapshot");

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Option(
      names = "--attack",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "all",
      description =
          "The attacks, which take turns: names separated by commas, all, or none (default:"
              + " ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // set by picocli
  private List<String> names;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      defaultValue = "10m",
      description = "The time to attack, such as 10m or 1h (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // set by picocli
  private String duration;

  @Option(
      names = "--rotations",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Attack for longer, until each attack has had at least N turns (default:"
              + " ${DEFAULT-VALUE}).")
  private int rotations;

  @Mixin private final FleetOptions fleet = new FleetOptions();

  /** Creates the command, for picocli. */
  public SoakCommand() {}

  @Override
  public Integer call() throws Exception {
    FleetOptions.silence();
    SoakResult result = run(options());
    var text = new SoakReport(result);
    fleet.report(spec.commandLine().getOut(), text.markdown(), text.json());
    return result.exitCode();
  }

  private SoakResult run(CampaignOptions options) throws Exception {
    var samples = new Samples();
    CampaignResult campaign =
        Campaign.run(options, new Sampler(samples), spec.commandLine().getOut());
    return new SoakResult(campaign, samples);
  }

  private CampaignOptions options() throws IOException {
    try {
      return fleet.campaign(
          fleet.fleet().sparing(1, RETENTION),
          inOrder(fleet.attacks(names, spec.commandLine().getOut())),
          false,
          FleetOptions.time(duration),
          rotations,
          0);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()));
    }
  }

  static List<Attack> inOrder(List<Attack> attacks) {
    var ordered = new ArrayList<>(attacks);
    ordered.sort(Comparator.comparingInt(SoakCommand::place));
    return List.copyOf(ordered);
  }

  private static int place(Attack attack) {
    int first = FIRST.indexOf(attack.name());
    return first < 0 ? FIRST.size() : first;
  }
}
