package dev.cairn.cli.doctor;

import dev.cairn.cli.DatabaseOptions;
import dev.cairn.cli.ExitCodes;
import dev.cairn.cli.JsonFormat;
import dev.cairn.cli.Output;
import dev.cairn.cli.TextWidth;
import dev.cairn.doctor.Doctor;
import dev.cairn.doctor.Examination;
import dev.cairn.doctor.Finding;
import dev.cairn.doctor.Level;
import dev.cairn.doctor.Limits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./cairn doctor}: what is wrong with the database, its settings, clients and jobs. */
@Command(
    name = "doctor",
    description = {
      "Check the database, its settings, the tables, clients and jobs, and say what to do.",
      "Changes nothing and needs no superuser. Exits with 4 if there is a problem."
    })
public final class DoctorCommand implements Callable<Integer> {
  private static final int LINE_MAX = 110;
  private static final int LINE_LEAST = 40;

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
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "10",
      description = "How long the database may take to answer (default: ${DEFAULT-VALUE}).")
  private int timeout;

  @Option(
      names = "--transaction",
      paramLabel = "SECONDS",
      description = "Report transactions that are open for longer (default: 600).")
  private @Nullable Integer transaction;

  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      description = "Report due jobs that have waited for longer (default: 60).")
  private @Nullable Integer wait;

  @Option(names = "--all", description = "Also show the checks that found no problem.")
  private boolean all;

  /** Made by picocli. */
  public DoctorCommand() {}

  /** A finding in {@code --json}. */
  private record Line(String level, String check, String what, @Nullable String todo) {}

  @Override
  public Integer call() {
    if (timeout < 1 || timeout > 3_600) {
      throw new ParameterException(spec.commandLine(), "--timeout must be 1 to 3600");
    }
    var bound = Duration.ofSeconds(timeout);
    Examination examination =
        Doctor.of(database.dataSource(bound))
            .inSchema(database.schema())
            .withLimits(limits())
            .withTimeout(bound)
            .examine();
    List<Finding> findings = examination.findings();
    Output out = Output.of(spec);
    if (!format.prints(
        out,
        findings.stream()
            .map(it -> new Line(it.level().label(), it.check(), it.inFull(), it.todo()))
            .toList())) {
      print(out, findings);
    }
    return examination.hasProblem() ? ExitCodes.UNHEALTHY : ExitCodes.DONE;
  }

  private Limits limits() {
    Limits limits = Limits.defaults();
    if (transaction != null) {
      limits = limits.withTransaction(seconds("--transaction", transaction));
    }
    return wait == null ? limits : limits.withDelay(seconds("--wait", wait));
  }

  private Duration seconds(String option, int seconds) {
    if (seconds < 0) {
      throw new ParameterException(spec.commandLine(), option + " must not be negative");
    }
    return Duration.ofSeconds(seconds);
  }

  /** The worst first. */
  private void print(Output out, List<Finding> findings) {
    List<Finding> shown =
        findings.stream()
            .filter(it -> all || it.level() != Level.OK)
            .sorted(Comparator.comparing(Finding::level).reversed())
            .toList();
    for (Finding finding : shown) {
      int columns = Math.clamp(out.columns(), LINE_LEAST, LINE_MAX);
      String head = "%-7s  ".formatted(finding.level().label().toUpperCase(Locale.ROOT));
      wrapped(head, finding.check() + ": " + finding.inFull(), columns).forEach(out::line);
      if (finding.todo() != null) {
        wrapped(" ".repeat(head.length()) + "-> ", finding.todo(), columns).forEach(out::line);
      }
    }
    if (!shown.isEmpty()) {
      out.line("");
    }
    out.line(summary(findings));
  }

  private static String summary(List<Finding> findings) {
    var parts = new ArrayList<String>();
    for (Level level : List.of(Level.PROBLEM, Level.WARNING, Level.NOTE, Level.OK)) {
      long number = findings.stream().filter(it -> it.level() == level).count();
      if (number > 0) {
        parts.add(
            "%d %s%s"
                .formatted(number, level.label(), level == Level.OK || number == 1 ? "" : "s"));
      }
    }
    return String.join(", ", parts);
  }

  /** Words in lines, the later ones below the first word. */
  static List<String> wrapped(String head, String text, int columns) {
    var lines = new ArrayList<String>();
    var line = new StringBuilder(head);
    int margin = head.length();
    for (String word : text.strip().split("\\s+", -1)) {
      boolean fresh = line.length() == margin;
      if (!fresh && TextWidth.of(line.toString()) + 1 + TextWidth.of(word) > columns) {
        lines.add(line.toString());
        line = new StringBuilder(" ".repeat(margin));
        fresh = true;
      }
      line.append(fresh ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
