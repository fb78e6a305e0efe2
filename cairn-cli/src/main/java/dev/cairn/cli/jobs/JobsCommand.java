package dev.cairn.cli.jobs;

import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.cli.Confirmation;
import dev.cairn.cli.DatabaseOptions;
import dev.cairn.cli.ExitCodes;
import dev.cairn.cli.JsonFormat;
import dev.cairn.cli.JsonOutput;
import dev.cairn.cli.Output;
import dev.cairn.cli.PlainText;
import dev.cairn.jobs.JobOperator;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.JobUpdate;
import dev.cairn.jobs.Jobs;
import dev.cairn.jobs.QuarantinedItem;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
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
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  /** For the bar of a job in a file or a pipe, where nothing limits its length. */
  private static final int COLUMNS_OF_FILES = 80;

  private static final int ITEMS_LISTED = 100;
  private static final int ITEMS_MAX = 100_000;

  /** How long a watched job may be out of reach. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** How long one look at a watched job may take. */
  private static final Duration LOOK_MAX = Duration.ofSeconds(10);

  /** Made by picocli. */
  public JobsCommand() {}

  /** Which job. */
  static final class Target {
    @Parameters(paramLabel = "ID", description = "The id of the job.")
    private long id;
  }

  @Command(
      name = "list",
      description =
          "List jobs, newest first, with their age, and the time since their last attempt or until"
              + " the next one.")
  void list(
      @Mixin DatabaseOptions database,
      @Mixin JobFilter filter,
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "20",
              description = "The number of jobs to list (default: ${DEFAULT-VALUE}).")
          int limit,
      @Mixin JsonFormat format) {
    if (limit < 1 || limit > 1_000) {
      throw new ParameterException(spec.commandLine(), "--limit must be 1 to 1000");
    }
    Jobs jobs = database.client().jobs();
    List<JobRow> rows = jobs.list(filter.query().latestFirst().withLimit(limit)).jobs();
    if (format.isWanted()) {
      rows.stream()
          .flatMap(job -> jobs.progress(job.id()).map(it -> JobReport.of(job, it)).stream())
          .forEach(report -> out().text(JsonOutput.line(report)));
      return;
    }
    Map<Long, JobProgress> progress = new HashMap<>();
    rows.stream()
        .filter(job -> !JobStates.isFinal(job.state()))
        .forEach(job -> jobs.progress(job.id()).ifPresent(it -> progress.put(job.id(), it)));
    JobText.table(rows, progress, now(jobs, rows)).print(out());
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
  void show(@Mixin DatabaseOptions database, @Mixin Target target, @Mixin JsonFormat format) {
    Jobs jobs = database.client().jobs();
    JobRow job = required(target, jobs.find(target.id));
    JobProgress progress = required(target, jobs.progress(target.id));
    if (format.isWanted()) {
      out().text(JsonOutput.of(JobReport.of(job, progress)));
    } else {
      JobText.of(job, progress, text(database)).forEach(out()::line);
    }
  }

  @Command(
      name = "watch",
      description = {
        "Watch a job until it ends. Exits with 1 unless the job is completed.",
        "Goes on if the database is away for a while, and exits with 5 after five minutes."
      })
  int watch(
      @Mixin DatabaseOptions database,
      @Mixin Target target,
      @Option(
              names = "--interval",
              paramLabel = "MS",
              defaultValue = "250",
              description = "The time between two updates (default: ${DEFAULT-VALUE} ms).")
          int intervalMs,
      @Mixin JsonFormat format)
      throws InterruptedException {
    if (intervalMs < 10 || intervalMs > 60_000) {
      throw new ParameterException(spec.commandLine(), "--interval must be 10 to 60000");
    }
    Jobs jobs = database.client(LOOK_MAX).jobs();
    required(target, jobs.find(target.id));
    try (WatchView view = view(database, format)) {
      // Ctrl-C must leave a terminal that shows its cursor.
      Runtime.getRuntime().addShutdownHook(new Thread(view::close, "cairn-watch-end"));
      var interval = Duration.ofMillis(intervalMs);
      return new Watch(jobs, view, interval, PATIENCE, database.schemaOption())
          .untilItEnds(target.id);
    }
  }

  private WatchView view(DatabaseOptions database, JsonFormat format) {
    if (format.isWanted()) {
      return new JsonView(out(), Output.errorsOf(spec));
    }
    return Output.isTerminal()
        ? new TerminalView(out(), showsMarks(), database.schemaOption())
        : new PlainView(out(), ZoneId.systemDefault());
  }

  @Command(
      name = "interrupt",
      description = "Stop a running job at its next checkpoint. It is available again at once.")
  void interrupt(
      @Mixin DatabaseOptions database,
      @Mixin Target target,
      @Mixin Actor actor,
      @Mixin JsonFormat format) {
    act(database, target, actor, format, JobOperator::interrupt);
  }

  @Command(
      name = "pause",
      description = "Pause a job until it is resumed. A running job stops at its next checkpoint.")
  void pause(
      @Mixin DatabaseOptions database,
      @Mixin Target target,
      @Mixin Actor actor,
      @Mixin JsonFormat format) {
    act(database, target, actor, format, JobOperator::pause);
  }

  @Command(name = "resume", description = "Make a paused job available.")
  void resume(
      @Mixin DatabaseOptions database,
      @Mixin Target target,
      @Mixin Actor actor,
      @Mixin JsonFormat format) {
    act(database, target, actor, format, JobOperator::resume);
  }

  @Command(
      name = "cancel",
      description = {
        "Cancel a job, or all that match. A running job stops at its next checkpoint.",
        "Shows how many jobs match, and asks for confirmation."
      })
  int cancel(
      @Mixin DatabaseOptions database,
      @Mixin BulkChange change,
      @Mixin JobFilter filter,
      @Mixin Actor actor,
      @Mixin JsonFormat format) {
    return change(BulkVerb.CANCEL, database, change, filter, actor, format);
  }

  @Command(
      name = "retry",
      description = {
        "Make a job available at once, or all that match. A completed job starts from zero.",
        "Shows how many jobs match, and asks for confirmation. Without --state, selects jobs"
            + " that are retryable, discarded or cancelled."
      })
  int retry(
      @Mixin DatabaseOptions database,
      @Mixin BulkChange change,
      @Mixin JobFilter filter,
      @Mixin Actor actor,
      @Mixin JsonFormat format) {
    return change(BulkVerb.RETRY, database, change, filter, actor, format);
  }

  @Command(
      name = "update",
      description = {
        "Give a job that waits another time, queue, priority or number of attempts.",
        "A job that is running or has ended is refused."
      })
  void update(
      @Mixin DatabaseOptions database,
      @Mixin Target target,
      @Mixin Move move,
      @Mixin Actor actor,
      @Mixin JsonFormat format) {
    move.require(specOf("update"));
    Jobs jobs = database.client().jobs();
    JobUpdate update =
        move.update(specOf("update"), () -> required(target, jobs.progress(target.id)).at());
    act(database, target, actor, format, (operator, id) -> operator.update(id, update));
  }

  @Command(
      name = "delete",
      description = {
        "Delete a job, or all that match, with everything that belongs to them. Asks first.",
        "Running jobs are never deleted. Without --state, selects jobs that have ended."
      })
  int delete(
      @Mixin DatabaseOptions database,
      @Mixin BulkChange change,
      @Mixin JobFilter filter,
      @Mixin JsonFormat format) {
    change.require(specOf("delete"), filter, format);
    change.requireNoQuestion(specOf("delete"), format);
    Long id = change.id();
    Jobs jobs = database.client().jobs();
    if (id == null) {
      return change.many(
          specOf("delete"),
          BulkVerb.DELETE,
          jobs,
          own -> own.operator("nobody"), // a deletion is recorded nowhere
          filter,
          format.isWanted());
    }
    JobRow job = required(id, jobs.find(id));
    String name = "job %d (%s, %s)".formatted(id, job.kind(), job.state().label());
    if (job.state() == JobState.RUNNING) {
      throw new IllegalStateException(
          "%s cannot be deleted: cancel it first [CAIRN-406]".formatted(name));
    }
    if (!change.isDryRun()
        && !change.isConfirmed()
        && !Confirmation.of(spec, "Delete %s?".formatted(PlainText.line(name)))) {
      return ExitCodes.FAILED;
    }
    boolean deleted = !change.isDryRun();
    if (deleted && change.isConfirmed()) {
      required(id, jobs.delete(id));
    } else if (deleted) {
      deleteAsShown(jobs, job);
    }
    if (format.isWanted()) {
      out().text(JsonOutput.of(new ActOnJob.Change(id, job.kind(), job.state().label(), deleted)));
    } else {
      out().line(deleted ? name + " was deleted" : name + " would be deleted");
    }
    return ExitCodes.DONE;
  }

  /** Deletes a job only in the state that the question was about. */
  private static void deleteAsShown(Jobs jobs, JobRow shown) {
    JobQuery same = JobQuery.all().withIds(Set.of(shown.id())).withStates(shown.state());
    if (jobs.deleteMany(same.withoutContents()).isEmpty()) {
      JobRow now = required(shown.id(), jobs.find(shown.id()));
      throw new IllegalStateException(
          "job %d is %s by now, and was not deleted: look at it, and delete it again [CAIRN-907]"
              .formatted(now.id(), now.state().label()));
    }
  }

  private int change(
      BulkVerb verb,
      DatabaseOptions database,
      BulkChange change,
      JobFilter filter,
      Actor actor,
      JsonFormat format) {
    CommandSpec command = specOf(verb.label());
    change.require(command, filter, format);
    Long id = change.id();
    if (id == null) {
      return change.many(
          command, verb, database.client().jobs(), actor::on, filter, format.isWanted());
    }
    if (change.isDryRun()) {
      throw new ParameterException(command.commandLine(), "--dry-run is for many jobs");
    }
    act(
        database,
        id,
        actor,
        format,
        verb == BulkVerb.CANCEL ? JobOperator::cancel : JobOperator::retry);
    return ExitCodes.DONE;
  }

  private CommandSpec specOf(String command) {
    return Objects.requireNonNull(spec.subcommands().get(command)).getCommandSpec();
  }

  @Command(
      name = "quarantine",
      description = "List the items that a job has put aside, because they failed.")
  void quarantine(
      @Mixin DatabaseOptions database,
      @Mixin Target target,
      @Option(
              names = "--limit",
              paramLabel = "N",
              description = "The number of items to list (default: 100, or all with --json).")
          @Nullable Integer wanted,
      @Mixin JsonFormat format) {
    int limit = wanted != null ? wanted : format.isWanted() ? ITEMS_MAX : ITEMS_LISTED;
    if (limit < 1 || limit > ITEMS_MAX) {
      throw new ParameterException(
          spec.commandLine(), "--limit must be 1 to %d".formatted(ITEMS_MAX));
    }
    Jobs jobs = database.client().jobs();
    JobRow job = required(target, jobs.find(target.id));
    List<QuarantinedItem> found = jobs.quarantined(job.id(), limit + 1);
    List<QuarantinedItem> items = found.subList(0, Math.min(found.size(), limit));
    if (!format.prints(out(), items)) {
      QuarantineText.print(out(), job, items);
    }
    if (found.size() > limit) {
      // Among lines of JSON, this would be none.
      Output notes = format.isWanted() ? Output.errorsOf(spec) : out();
      notes.line("There are more: --limit says how many are listed.");
    }
  }

  @Command(
      name = "redrive",
      description = "Process the items that a job has put aside again, and only these.")
  void redrive(
      @Mixin DatabaseOptions database,
      @Mixin Target target,
      @Mixin Actor actor,
      @Mixin JsonFormat format) {
    act(database, target, actor, format, JobOperator::redrive);
  }

  @Command(name = "restart", description = "Forget all steps of a job and make it available.")
  void restart(
      @Mixin DatabaseOptions database,
      @Mixin Target target,
      @Mixin Actor actor,
      @Mixin JsonFormat format) {
    act(database, target, actor, format, JobOperator::restart);
  }

  @Command(
      name = "rewind",
      description = "Run a step and all later steps again in the next attempt.")
  void rewind(
      @Mixin DatabaseOptions database,
      @Mixin Target target,
      @Mixin Actor actor,
      @Mixin JsonFormat format,
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
    act(database, target, actor, format, new Rewind(step, cursor, run)::apply);
  }

  @Command(name = "skip-step", description = "Mark a step of a job as finished.")
  void skipStep(
      @Mixin DatabaseOptions database,
      @Mixin Target target,
      @Parameters(index = "1", paramLabel = "STEP", description = "The step.") String step,
      @Option(names = "--result", paramLabel = "JSON", description = "The result of the step.")
          @Nullable String result,
      @Mixin Actor actor,
      @Mixin JsonFormat format) {
    boolean known =
        required(target, database.client().jobs().progress(target.id)).steps().stream()
            .anyMatch(each -> each.name().equals(step));
    act(
        database,
        target,
        actor,
        format,
        (operator, id) ->
            result == null ? operator.skipStep(id, step) : operator.skipStep(id, step, result));
    if (!known && !format.isWanted()) {
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
      JsonFormat format,
      BiFunction<JobOperator, Long, Optional<JobRow>> verb) {
    act(database, target.id, actor, format, verb);
  }

  private void act(
      DatabaseOptions database,
      long id,
      Actor actor,
      JsonFormat format,
      BiFunction<JobOperator, Long, Optional<JobRow>> verb) {
    new ActOnJob(database.client().jobs(), actor, format, out()).act(id, verb);
  }

  private static <T> T required(Target target, Optional<T> found) {
    return required(target.id, found);
  }

  private static <T> T required(long id, Optional<T> found) {
    return ActOnJob.required(id, found);
  }

  private ProgressText text(DatabaseOptions database) {
    return new ProgressText(showsMarks(), columns(), database.schemaOption());
  }

  private int columns() {
    int columns = out().columns();
    return columns == Integer.MAX_VALUE ? COLUMNS_OF_FILES : columns;
  }

  private boolean showsMarks() {
    return out().canShow('\u2713');
  }

  private Output out() {
    return Output.of(spec);
  }
}
