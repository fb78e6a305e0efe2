package dev.cairn.cli;

import dev.cairn.JobState;
import dev.cairn.cli.Table.Column;
import dev.cairn.jobs.Backlog;
import dev.cairn.jobs.QueueBacklog;
import dev.cairn.jobs.QueueRow;
import dev.cairn.jobs.Queues;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./cairn queues}: {@link Queues} on the command line. */
@Command(
    name = "queues",
    description = "List queues with what waits in them, pause and resume them.",
    synopsisSubcommandLabel = "COMMAND")
final class QueuesCommand {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  /** A queue in {@code --json}. */
  private record Line(
      String queue,
      @Nullable Instant pausedAt,
      @Nullable String pausedBy,
      @Nullable String pauseReason,
      @Nullable Instant updatedAt,
      Map<String, Long> jobs,
      long countedUpTo,
      long oldestWaitingMs) {}

  /** A queue after it was paused or resumed, for {@code --json}. */
  private record Change(String queue, boolean paused) {}

  @Command(
      name = "list",
      description = {
        "List the queues that clients work, and those that have jobs.",
        "OLDEST is how long the job that was due first has waited."
      })
  void list(@Mixin DatabaseOptions database, @Mixin JsonFormat format) {
    Queues queues = database.client().queues();
    Backlog backlog = queues.backlog();
    Map<String, QueueRow> known =
        queues.list().stream().collect(Collectors.toMap(QueueRow::name, row -> row));
    var lines = new TreeMap<String, Line>();
    known.values().stream()
        .filter(row -> backlog.complete() || row.isPaused())
        .forEach(row -> lines.put(row.name(), line(row, backlog)));
    backlog
        .queues()
        .forEach(queue ->
            lines.put(queue.queue(), line(queue, known.get(queue.queue()), backlog.countedUpTo())));
    List<Line> listed = List.copyOf(lines.values());
    if (!format.prints(out(), listed)) {
      print(listed);
    }
    if (!backlog.complete()) {
      String last = backlog.queues().isEmpty() ? "" : backlog.queues().getLast().queue();
      // Among lines of JSON, this would be none.
      Output notes = format.isWanted() ? Output.errorsOf(spec) : out();
      notes.line(
          "There are more queues: of those behind '%s', only the paused ones are listed, and their jobs were not counted."
              .formatted(last));
    }
  }

  /** A queue that the backlog leaves out: it has no jobs, or they were not counted. */
  private static Line line(QueueRow row, Backlog backlog) {
    return line(
        new QueueBacklog(row.name(), row.isPaused(), Map.of(), Map.of()),
        row,
        backlog.complete() ? backlog.countedUpTo() : 0);
  }

  private static Line line(QueueBacklog queue, @Nullable QueueRow row, long countedUpTo) {
    var jobs = new TreeMap<String, Long>();
    queue.jobs().forEach((state, number) -> jobs.put(state.label(), number));
    Duration oldest =
        queue.overdue().values().stream().max(Duration::compareTo).orElse(Duration.ZERO);
    return new Line(
        queue.queue(),
        row == null ? null : row.pausedAt(),
        row == null ? null : row.pausedBy(),
        row == null ? null : row.pauseReason(),
        row == null ? null : row.updatedAt(),
        jobs,
        countedUpTo,
        oldest.toMillis());
  }

  private void print(List<Line> lines) {
    var table =
        new Table(
            Column.cut("queue", 10),
            Column.number("available"),
            Column.number("running"),
            Column.number("scheduled"),
            Column.number("retryable"),
            Column.number("pending"),
            Column.number("discarded"),
            Column.number("oldest"),
            Column.text("paused since"),
            Column.cut("by", 10));
    for (Line line : lines) {
      table.row(
          line.queue(),
          number(line, JobState.AVAILABLE),
          number(line, JobState.RUNNING),
          number(line, JobState.SCHEDULED),
          number(line, JobState.RETRYABLE),
          number(line, JobState.PENDING),
          number(line, JobState.DISCARDED),
          line.oldestWaitingMs() == 0
              ? line.countedUpTo() == 0 ? "?" : "-"
              : Figures.clock(Duration.ofMillis(line.oldestWaitingMs())),
          Figures.moment(line.pausedAt()),
          pausedBy(line));
    }
    table.print(out());
  }

  private static String pausedBy(Line line) {
    if (line.pausedBy() == null) {
      return "-";
    }
    return line.pauseReason() == null
        ? line.pausedBy()
        : "%s: %s".formatted(line.pausedBy(), line.pauseReason());
  }

  private static String number(Line line, JobState state) {
    Long number = line.jobs().get(state.label());
    if (number == null) {
      return line.countedUpTo() == 0 ? "?" : "-";
    }
    return Figures.countUpTo(number, line.countedUpTo());
  }

  @Command(
      name = "pause",
      description = "Stop all clients from claiming jobs of a queue. Running jobs continue.")
  void pause(
      @Mixin DatabaseOptions database,
      @Parameters(paramLabel = "QUEUE", description = "Its name.") String queue,
      @Option(
              names = "--by",
              paramLabel = "NAME",
              defaultValue = "${sys:user.name}",
              description = "Who pauses it, to be recorded (default: the name of the user).")
          String by,
      @Option(names = "--reason", paramLabel = "TEXT", description = "Why, to be recorded as well.")
          @Nullable String reason,
      @Mixin JsonFormat format) {
    report(queue, database.client().queues().pause(queue, by, reason), true, format);
  }

  @Command(name = "resume", description = "Let clients claim jobs of a queue again.")
  void resume(
      @Mixin DatabaseOptions database,
      @Parameters(paramLabel = "QUEUE", description = "Its name.") String queue,
      @Mixin JsonFormat format) {
    report(queue, database.client().queues().resume(queue), false, format);
  }

  private void report(String queue, boolean found, boolean paused, JsonFormat format) {
    if (!found) {
      throw new NotFoundException(
          "there is no queue '%s': a queue is known once a client has worked it".formatted(queue));
    }
    if (format.isWanted()) {
      out().text(JsonOutput.of(new Change(queue, paused)));
    } else {
      out().line("queue %s is %s".formatted(queue, paused ? "paused" : "not paused"));
    }
  }

  private Output out() {
    return Output.of(spec);
  }
}
