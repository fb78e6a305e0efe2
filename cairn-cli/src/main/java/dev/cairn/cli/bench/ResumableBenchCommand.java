package dev.cairn.cli.bench;

import dev.cairn.cli.JsonOutput;
import dev.cairn.cli.bench.ResumableCost.Figures;
import dev.cairn.cli.bench.ResumableCost.Scenario;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.migrate.Migrator;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.postgresql.ds.PGSimpleDataSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./cairn bench resumable}: what each rung of a resumable job costs. */
@Command(
    name = "resumable",
    description = {
      "What steps and cursors cost, next to a plain job and to one UPDATE per advance, in the same "
          + "run. Starts a PostgreSQL of its own, with PostgreSQL's default settings.",
    },
    sortOptions = false)
public final class ResumableBenchCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Option(
      names = "--scale",
      paramLabel = "N",
      defaultValue = "50",
      description = "How much of everything, ${DEFAULT-VALUE} unless given.")
  private int scale;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "How often to repeat it, ${DEFAULT-VALUE} times unless given.")
  private int rounds;

  @Option(
      names = "--only",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Only what has this text in its name; everything unless given.")
  @SuppressWarnings("NullAway.Init") // set by picocli
  private String only;

  @Option(
      names = "--json",
      description = "Print one JSON object on standard output; progress goes to standard error.")
  private boolean json;

  /** The command, not run yet. */
  public ResumableBenchCommand() {}

  /**
   * All figures.
   *
   * @param median of the rounds by operations a second, one for each scenario
   * @param all as measured
   */
  record Report(int scale, List<Figures> median, List<Figures> all) {}

  @Override
  public Integer call() throws Exception {
    if (scale < 1 || scale > 1_000 || rounds < 1 || rounds > 1_000) {
      throw new ParameterException(spec.commandLine(), "--scale and --rounds must be 1 to 1000");
    }
    Report report = measure();
    PrintWriter out = spec.commandLine().getOut();
    out.print(json ? JsonOutput.of(report) : text(report));
    out.flush();
    return 0;
  }

  private Report measure() throws Exception {
    try (var server = EmbeddedDatabase.start()) {
      FreshDatabase database = server.newDatabase();
      var dataSource = new PGSimpleDataSource();
      dataSource.setUrl(database.jdbcUrl());
      Migrator.of(dataSource).up();
      var cost = new ResumableCost(database.jdbcUrl(), dataSource, database.name());
      tell("PostgreSQL %s is up, warming up".formatted(server.serverVersion()));
      for (Scenario scenario : wanted(Math.max(scale / 10, 1))) {
        Figures ignored = cost.measure(scenario);
      }
      var all = new ArrayList<Figures>();
      var median = new ArrayList<Figures>();
      for (Scenario scenario : wanted(scale)) {
        var measured = new ArrayList<Figures>();
        for (int round = 0; round < rounds; round++) {
          measured.add(cost.measure(scenario));
        }
        all.addAll(measured);
        measured.sort(Comparator.comparingDouble(Figures::operationsPerSecond));
        Figures middle = measured.get(measured.size() / 2);
        median.add(middle);
        tell(
            "%s: %,.0f a second (%,.0f to %,.0f)"
                .formatted(
                    scenario.name(),
                    middle.operationsPerSecond(),
                    measured.getFirst().operationsPerSecond(),
                    measured.getLast().operationsPerSecond()));
      }
      return new Report(scale, median, all);
    }
  }

  private List<Scenario> wanted(int size) {
    return ResumableCost.scenarios(size).stream()
        .filter(scenario -> scenario.name().contains(only))
        .toList();
  }

  private static String text(Report report) {
    var table = new StringBuilder();
    table.append(
        String.format(
            Locale.ROOT,
            "%n%-34s %12s %12s %10s %12s%n",
            "median of the rounds",
            "operations",
            "a second",
            "commits",
            "WAL bytes"));
    table.append(
        String.format(Locale.ROOT, "%-34s %12s %12s %10s %12s%n", "", "", "", "each", "each"));
    for (Figures figures : report.median()) {
      table.append(
          String.format(
              Locale.ROOT,
              "%-34s %,12d %,12.0f %10.4f %,12.0f%n",
              figures.name(),
              figures.operations(),
              figures.operationsPerSecond(),
              figures.commitsPerOperation(),
              figures.walBytesPerOperation()));
    }
    return table.toString();
  }

  private void tell(String line) {
    PrintWriter writer = json ? spec.commandLine().getErr() : spec.commandLine().getOut();
    writer.println(line);
    writer.flush();
  }
}
