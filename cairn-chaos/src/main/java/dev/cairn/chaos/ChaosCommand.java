package dev.cairn.chaos;

import dev.cairn.chaos.campaign.CampaignCommand;
import dev.cairn.chaos.matrix.MatrixCommand;
import dev.cairn.chaos.soak.SoakCommand;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code ./cairn chaos}: attacks on Cairn. */
@Command(
    name = "chaos",
    description = {
      "Run a fleet of worker processes under load, attack it, and check its jobs.",
      "Starts its own PostgreSQL, or uses the one that --url names. There, it creates its own"
          + " schema."
    },
    sortOptions = false,
    subcommands = {MatrixCommand.class, SoakCommand.class})
public final class ChaosCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Mixin private final CampaignCommand campaign = new CampaignCommand();

  /** Creates the command, for picocli. */
  public ChaosCommand() {}

  @Override
  public Integer call() throws Exception {
    return campaign.run(spec.commandLine());
  }
}
