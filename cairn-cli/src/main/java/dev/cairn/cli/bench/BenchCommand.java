package dev.cairn.cli.bench;

import dev.cairn.cli.JsonOutput;
import dev.cairn.cli.bench.BenchReport.Round;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.migrate.Migrator;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import org.postgresql.ds.PGSimpleDataSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./cairn bench}: how fast jobs are worked. */
@Command(
    name = "bench",
    description = {
      "Work jobs that do nothing as fast as possible, next to plain SQL on the same tables in the "
          + "same run. Starts a PostgreSQL of its own, with PostgreSQL's default settings.",
    },
    subcommands = ResumableBenchCommand.class,
    sortOptions = false)
public final class BenchCommand implements Callable<Integer> {
  private static final int WARM_UP_JOBS = 20_000;

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "200000",
      description = "How many jobs in each round, ${DEFAULT-VALUE} unless given.")
  private int jobs;

  @Option(
      names = "--workers",
      paramLabel = "N",
      defaultValue = "2000",
      description = "How many jobs may run at once, ${DEFAULT-VALUE} unless given.")
  private int workers;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "How often to repeat it, ${DEFAULT-VALUE} times unless given.")
  private int rounds;

  @Option(
      names = "--json",
      description = "Print one JSON object on standard output; progress goes to standard error.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    require(jobs >= 1 && jobs <= 10_000_000, "--jobs must be 1 to 10000000");
    require(workers >= 1 && workers <= 10_000, "--workers must be 1 to 10000");
    require(rounds >= 1 && rounds <= 1_000, "--rounds must be 1 to 1000");
    BenchReport report = measure();
    PrintWriter out = spec.commandLine().getOut();
    out.print(json ? JsonOutput.of(report) : report.text());
    out.flush();
    return 0;
  }

  private BenchReport measure() throws Exception {
    try (var server = EmbeddedDatabase.start()) {
      FreshDatabase database = server.newDatabase();
      // A new connection each time, so that a prepared statement is never planned for an old table.
      var dataSource = new PGSimpleDataSource();
      dataSource.setUrl(database.jdbcUrl());
      Migrator.of(dataSource).up();
      var burnDown = new BurnDown(dataSource, database.name());
      var cairn = new CairnClient(database.jdbcUrl(), workers);
      var plainSql = new PlainSql(dataSource);
      tell("PostgreSQL %s is up, warming up".formatted(server.serverVersion()));
      burnDown.measure(cairn, Math.min(jobs, WARM_UP_JOBS));
      burnDown.measure(plainSql, Math.min(jobs, WARM_UP_JOBS));
      var measured = new ArrayList<Round>();
      for (int number = 1; number <= rounds; number++) {
        var round = new Round(burnDown.measure(cairn, jobs), burnDown.measure(plainSql, jobs));
        measured.add(round);
        tell(
            "round %d of %d: Cairn %,.0f jobs/s, plain SQL %,.0f jobs/s, ratio %.2f"
                .formatted(
                    number,
                    rounds,
                    round.cairn().jobsPerSecond(),
                    round.plainSql().jobsPerSecond(),
                    round.ratio()));
      }
      return BenchReport.of(jobs, workers, measured);
    }
  }

  private void tell(String line) {
    PrintWriter writer = json ? spec.commandLine().getErr() : spec.commandLine().getOut();
    writer.println(line);
    writer.flush();
  }

  private void require(boolean condition, String message) {
    if (!condition) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }
}
