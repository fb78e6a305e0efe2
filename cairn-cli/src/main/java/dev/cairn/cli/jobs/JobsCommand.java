package dev.cairn.cli.jobs;

import dev.cairn.Cairn;
import dev.cairn.CairnException;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.cli.DatabaseOptions;
import dev.cairn.cli.JsonOutput;
import dev.cairn.cli.Output;
import dev.cairn.jobs.JobOperator;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.Jobs;
import dev.cairn.jobs.QuarantinedItem;
import dev.cairn.migrate.Migrator;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./cairn jobs}: {@link Jobs} and {@link JobOperator} on the command line. */
@Command(
    name = "jobs",
    description = "List, show, watch and change jobs.",
    synopsisSubcommandLabel = "COMMAND")
public final class JobsCommand {
  /** The launcher says whether standard output is a terminal; Java itself cannot. */
  private static final String TERMINAL = "cairn.stdout.terminal";

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  /** Made by picocli. */
  public JobsCommand() {}

  /** Who acts. */
  static final class Actor {
    @Option(
        names = "--by",
        paramLabel = "NAME",
        defaultValue = "${sys:user.name}",
        description = "The operator to record on the job (default: the name of the user).")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String name;
  }

  /** Which job. */
  static final class Target {
    @Parameters(paramLabel = "ID", description = "The id of the job.")
    private long id;
  }

  /** What to print. */
  static final class Format {
    @Option(names = "--json", description = "Print JSON.")
    private boolean json;
  }

  @Command(
      name = "list",
      description =
          "List jobs, newest first, with their age, and the time since their last attempt or until"
              + " the next one.")
  void list(
      @Mixin DatabaseOptions database,
      @Option(
              names = "--state",
              paramLabel = "STATE",
              description = "Only jobs in this state: ${COMPLETION-CANDIDATES}. May be repeated.")
          JobState @Nullable [] states,
      @Option(
              names = "--kind",
              paramLabel = "KIND",
              description = "Only jobs of this kind. May be repeated.")
          String @Nullable [] kinds,
      @Option(
              names = "--queue",
              paramLabel = "QUEUE",
              description = "Only jobs of this queue. May be repeated.")
          String @Nullable [] queues,
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "20",
              description = "The number of jobs to list (default: ${DEFAULT-VALUE}).")
          int limit,
      @Mixin Format format) {
    if (limit < 1 || limit > 1_000) {
      throw new ParameterException(spec.commandLine(), "--limit must be 1 to 1000");
    }
    Jobs jobs = jobs(database);
    JobQuery query = JobQuery.all().latestFirst().withLimit(limit);
    if (states != null) {
      query = query.withStates(states);
    }
    if (kinds != null) {
      query = query.withKinds(kinds);
    }
    if (queues != null) {
      query = query.withQueues(queues);
    }
    List<JobRow> rows = jobs.list(query).jobs();
    if (format.json) {
      out()
          .text(
              JsonOutput.of(
                  rows.stream()
                      .flatMap(
                          job -> jobs.progress(job.id()).map(it -> JobReport.of(job, it)).stream())
                      .toList()));
      return;
    }
    Map<Long, JobProgress> progress = new HashMap<>();
    rows.stream()
        .filter(job -> !JobStates.isFinal(job.state()))
        .forEach(job -> jobs.progress(job.id()).ifPresent(it -> progress.put(job.id(), it)));
    JobText.table(rows, progress, now(jobs, rows)).forEach(out()::line);
  }

  /** By the clock of the database, as the times of the jobs are. */
  private static Instant now(Jobs jobs, List<JobRow> rows) {
    return rows.stream()
        .findFirst()
        .flatMap(job -> jobs.progress(job.id()))
        .map(JobProgress::at)
        .orElseGet(Instant::now);
  }

  @Command(name = "show", description = "Show one job with its steps, errors and operations.")
  void show(@Mixin DatabaseOptions database, @Mixin Target target, @Mixin Format format) {
    Jobs jobs = jobs(database);
    JobRow job = required(target, jobs.find(target.id));
    JobProgress progress = required(target, jobs.progress(target.id));
    if (format.json) {
      out().text(JsonOutput.of(JobReport.of(job, progress)));
    } else {
      JobText.of(job, progress, text()).forEach(out()::line);
    }
  }

  @Command(
      name = "watch",
      description = "Watch a job until it ends. Exits with 1 unless the job is completed.")
  int watch(
      @Mixin DatabaseOptions database,
      @Mixin Target target,
      @Option(
              names = "--interval",
              paramLabel = "MS",
              defaultValue = "250",
              description = "The time between two looks at the job (default: ${DEFAULT-VALUE} ms).")
          int intervalMs)
      throws InterruptedException {
    if (intervalMs < 10 || intervalMs > 60_000) {
      throw new ParameterException(spec.commandLine(), "--interval must be 10 to 60000");
    }
    Jobs jobs = jobs(database);
    required(target, jobs.find(target.id));
    try (WatchView view = view()) {
      // Ctrl-C must leave a terminal that shows its cursor.
      Runtime.getRuntime().addShutdownHook(new Thread(view::close, "cairn-watch-end"));
      return new Watch(jobs, view, Duration.ofMillis(intervalMs)).untilItEnds(target.id) ? 0 : 1;
    }
  }

  private WatchView view() {
    return Boolean.getBoolean(TERMINAL)
        ? new TerminalView(out(), text())
        : new PlainView(out(), ZoneId.systemDefault());
  }

  @Command(
      name = "interrupt",
      description = "Stop a running job at its next checkpoint. It is available again at once.")
  void interrupt(@Mixin DatabaseOptions database, @Mixin Target target, @Mixin Actor actor) {
    act(database, target, actor, JobOperator::interrupt);
  }

  @Command(
      name = "pause",
      description = "Pause a job until it is resumed. A running job stops at its next checkpoint.")
  void pause(@Mixin DatabaseOptions database, @Mixin Target target, @Mixin Actor actor) {
    act(database, target, actor, JobOperator::pause);
  }

  @Command(name = "resume", description = "Make a paused job available.")
  void resume(@Mixin DatabaseOptions database, @Mixin Target target, @Mixin Actor actor) {
    act(database, target, actor, JobOperator::resume);
  }

  @Command(
      name = "cancel",
      description = "Cancel a job. A running job stops at its next checkpoint.")
  void cancel(@Mixin DatabaseOptions database, @Mixin Target target, @Mixin Actor actor) {
    act(database, target, actor, JobOperator::cancel);
  }

  @Command(
      name = "retry",
      description = "Make a job available at once. A completed job starts from zero.")
  void retry(@Mixin DatabaseOptions database, @Mixin Target target, @Mixin Actor actor) {
    act(database, target, actor, JobOperator::retry);
  }

  @Command(
      name = "quarantine",
      description = "List the items that a job has put aside because they failed.")
  void quarantine(@Mixin DatabaseOptions database, @Mixin Target target, @Mixin Format format) {
    Jobs jobs = jobs(database);
    JobRow job = required(target, jobs.find(target.id));
    List<QuarantinedItem> items = jobs.quarantined(job.id());
    if (format.json) {
      out().text(JsonOutput.of(items));
      return;
    }
    if (items.isEmpty()) {
      out().line("Job %d (%s) has put nothing aside.".formatted(job.id(), job.kind()));
    }
    for (QuarantinedItem item : items) {
      out()
          .line(
              "%s  %s%s"
                  .formatted(
                      item.step(), item.position(), item.redrive() ? "  (to be done again)" : ""));
      out().line("  " + item.error().lines().findFirst().orElse(""));
    }
  }

  @Command(
      name = "redrive",
      description = "Process the items that a job has put aside again, and only these.")
  void redrive(@Mixin DatabaseOptions database, @Mixin Target target, @Mixin Actor actor) {
    act(database, target, actor, JobOperator::redrive);
  }

  @Command(name = "restart", description = "Forget all steps of a job and make it available.")
  void restart(@Mixin DatabaseOptions database, @Mixin Target target, @Mixin Actor actor) {
    act(database, target, actor, JobOperator::restart);
  }

  @Command(
      name = "rewind",
      description = "Run a step and all later steps again in the next attempt.")
  void rewind(
      @Mixin DatabaseOptions database,
      @Mixin Target target,
      @Mixin Actor actor,
      @Option(
              names = "--to",
              paramLabel = "STEP",
              required = true,
              description = "The step, with the steps around it: outer/inner.")
          String step,
      @Option(
              names = "--cursor",
              paramLabel = "JSON",
              description = "The position from which the step continues (default: its beginning).")
          @Nullable String cursor,
      @Option(names = "--run", description = "Make the job available at once.") boolean run) {
    act(
        database,
        target,
        actor,
        (operator, id) -> {
          if (cursor == null) {
            return run ? operator.runAgainFrom(id, step) : operator.rewindToStep(id, step);
          }
          Optional<JobRow> rewound = operator.rewindCursor(id, step, cursor);
          return run ? operator.retry(id) : rewound;
        });
  }

  @Command(name = "skip-step", description = "Mark a step of a job as finished.")
  void skipStep(
      @Mixin DatabaseOptions database,
      @Mixin Target target,
      @Parameters(index = "1", paramLabel = "STEP", description = "The step.") String step,
      @Option(names = "--result", paramLabel = "JSON", description = "The result of the step.")
          @Nullable String result,
      @Mixin Actor actor) {
    boolean known =
        required(target, jobs(database).progress(target.id)).steps().stream()
            .anyMatch(each -> each.name().equals(step));
    act(
        database,
        target,
        actor,
        (operator, id) ->
            result == null ? operator.skipStep(id, step) : operator.skipStep(id, step, result));
    if (!known) {
      out()
          .line(
              "step '%s' has not started: it is skipped if the code has a step of that name"
                  .formatted(step));
    }
  }

  private void act(
      DatabaseOptions database,
      Target target,
      Actor actor,
      BiFunction<JobOperator, Long, Optional<JobRow>> verb) {
    Jobs jobs = jobs(database);
    JobProgress before = required(target, jobs.progress(target.id));
    required(target, verb.apply(jobs.operator(actor.name), target.id));
    JobProgress after = required(target, jobs.progress(target.id));
    boolean done = !after.operations().equals(before.operations());
    out()
        .line(
            "job %d (%s) is %s%s"
                .formatted(
                    after.jobId(),
                    after.kind(),
                    describe(after),
                    done ? "" : ": there was nothing to do"));
  }

  private static String describe(JobProgress after) {
    boolean asked =
        after.state() == JobState.RUNNING
            && !after.operations().isEmpty()
            && List.of("interrupt", "cancel").contains(after.operations().getLast().verb());
    return asked ? "running, and was asked to stop" : JobStates.words(after);
  }

  private static <T> T required(Target target, Optional<T> found) {
    return found.orElseThrow(() -> new CairnException("there is no job " + target.id));
  }

  private Jobs jobs(DatabaseOptions database) {
    var dataSource = database.dataSource();
    try {
      var problems = Migrator.of(dataSource).inSchema(database.schema()).validate().problems();
      if (!problems.isEmpty()) {
        throw new CairnException(String.join("; ", problems));
      }
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
    var builder = Cairn.builder(dataSource);
    if (database.schema() != null) {
      builder.schema(database.schema());
    }
    return builder.build().jobs();
  }

  private ProgressText text() {
    return new ProgressText(out().canShow('\u2713'));
  }

  private Output out() {
    return Output.of(spec);
  }
}
