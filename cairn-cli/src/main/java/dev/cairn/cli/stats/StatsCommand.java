package dev.cairn.cli.stats;

import dev.cairn.CairnException;
import dev.cairn.cli.DatabaseOptions;
import dev.cairn.cli.ExitCodes;
import dev.cairn.cli.JsonFormat;
import dev.cairn.cli.JsonOutput;
import dev.cairn.cli.Outage;
import dev.cairn.cli.Output;
import dev.cairn.cli.Reader;
import dev.cairn.cli.Screen;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./cairn stats}: what happens now. */
@Command(
    name = "stats",
    description = {
      "Show jobs by state, what happened in the last seconds, queues, and running jobs with steps.",
      "Redraws until Ctrl-C.",
      "Goes on if the database is away for a while, and exits with 5 after five minutes."
    })
public final class StatsCommand implements Callable<Integer> {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** How long the database may be out of reach. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private static final int INTERVAL_MAX = 3_600;

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // set by picocli
  private DatabaseOptions database;

  @Mixin
  @SuppressWarnings("NullAway.Init") // set by picocli
  private JsonFormat format;

  @Option(
      names = "--interval",
      paramLabel = "SECONDS",
      defaultValue = "2",
      description = "The time between two updates (default: ${DEFAULT-VALUE}).")
  private int interval;

  @Option(names = "--once", description = "Print once. The same as --count 1.")
  private boolean once;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "0",
      description = "End after this number of updates (default: never).")
  private int count;

  private final Duration patience;

  /** Made by picocli. */
  public StatsCommand() {
    this(PATIENCE);
  }

  /**
   * @param patience how long the database may be out of reach
   */
  StatsCommand(Duration patience) {
    this.patience = patience;
  }

  @Override
  public Integer call() throws SQLException, InterruptedException {
    if (interval < 1 || interval > INTERVAL_MAX || count < 0) {
      throw new ParameterException(
          spec.commandLine(), "--interval must be 1 to 3600, and --count not negative");
    }
    int looks = once ? 1 : count;
    Output out = Output.of(spec);
    var client = database.client(TIMEOUT);
    try (var screen = new Screen(out)) {
      // Ctrl-C must leave a terminal that shows its cursor.
      Runtime.getRuntime().addShutdownHook(new Thread(screen::close, "cairn-stats-end"));
      int look = 0;
      // The look that failed first may have waited for long, so it counts from its end on.
      long awaySince = 0;
      boolean away = false;
      while (true) {
        try (Reader reader =
            Reader.open(database.dataSource(TIMEOUT), database.schema(), TIMEOUT)) {
          var stats = new StatsReader(client, reader);
          while (true) {
            show(stats.look(), out, screen, looks == 1);
            away = false;
            if (++look == looks) {
              return ExitCodes.DONE;
            }
            Thread.sleep(Duration.ofSeconds(interval));
          }
        } catch (SQLException | CairnException e) {
          if (looks == 1 || !Outage.is(e)) {
            throw e;
          }
          awaySince = away ? awaySince : System.nanoTime();
          if (System.nanoTime() - awaySince >= patience.toNanos()) {
            tell("The database did not come back: " + Outage.said(e), screen);
            return ExitCodes.UNREACHABLE;
          }
          if (!away) {
            tell("The database does not answer. Goes on when it does. " + Outage.said(e), screen);
            away = true;
          }
        }
        Thread.sleep(Duration.ofSeconds(interval));
      }
    }
  }

  private void tell(String line, Screen screen) {
    if (Output.isTerminal() && !format.isWanted()) {
      // Beside the picture, the next one would be drawn over it.
      screen.line(line);
    } else {
      Output.errorsOf(spec).line(line);
    }
  }

  private void show(Stats stats, Output out, Screen screen, boolean alone) {
    if (format.isWanted()) {
      out.text(JsonOutput.line(stats));
    } else if (Output.isTerminal() && !alone) {
      // Some terminals break the line when its last column is filled, and the cursor needs a line.
      screen.draw(new StatsText(out.lines() - 1, out.columns() - 1).of(stats));
    } else {
      new StatsText(Integer.MAX_VALUE, out.columns()).of(stats).forEach(out::line);
      if (!alone) {
        out.line("");
      }
    }
  }
}
