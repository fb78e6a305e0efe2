package dev.cairn.cli.stats;

import dev.cairn.JobState;
import dev.cairn.cli.Figures;
import dev.cairn.cli.Table;
import dev.cairn.cli.Table.Column;
import dev.cairn.cli.TextWidth;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Stats in lines for a terminal.
 *
 * @param lines the most lines
 * @param columns the most columns
 */
record StatsText(int lines, int columns) {
  private static final int QUEUES = 6;
  private static final int BAR = 20;

  /** The states, then queues, then running jobs, as far as there is room. */
  List<String> of(Stats stats) {
    var text = new ArrayList<String>();
    text.add(head(stats));
    text.add("");
    text.addAll(states(stats).lines(columns));
    if (!stats.queues().isEmpty()) {
      text.add("");
      text.addAll(queues(stats).lines(columns));
      if (stats.queuesComplete()) {
        addRest(text, stats.queues().size() - QUEUES, "queues");
      } else {
        text.add("and more queues, of which the last by name were not looked at");
      }
    }
    // A heading, and a line for what is left out.
    int room = lines - text.size() - 3;
    if (!stats.running().isEmpty() && room > 0) {
      text.add("");
      text.addAll(running(stats, room).lines(columns));
      addRest(text, stats.running().size() - room, "jobs with steps");
    }
    return text.stream().limit(lines).map(line -> TextWidth.fit(line, columns)).toList();
  }

  private static void addRest(List<String> text, int rest, String what) {
    if (rest > 0) {
      text.add("and %s more %s".formatted(Figures.count(rest), what));
    }
  }

  private static String head(Stats stats) {
    return "%s   %s, %s"
        .formatted(
            stats.at().truncatedTo(ChronoUnit.SECONDS),
            stats.clients() == 1 ? "1 client" : Figures.count(stats.clients()) + " clients",
            stats.leader() == null ? "nobody leads" : stats.leader() + " leads");
  }

  private static Table states(Stats stats) {
    var table =
        new Table(Column.text("state"), Column.number("jobs"), Column.text("in the last 10 s"));
    for (JobState state : JobState.values()) {
      table.row(state.label(), count(stats, state), rate(stats.rates(), state));
    }
    return table;
  }

  private static String count(Stats stats, JobState state) {
    long number = stats.jobs().getOrDefault(state.label(), 0L);
    return number == 0 ? "-" : Figures.countUpTo(number, stats.countedUpTo());
  }

  private static String rate(Stats.Rates rates, JobState state) {
    return switch (state) {
      case AVAILABLE ->
          rate(rates.inserted(), rates.insertedAtLeast() ? "inserted, or more" : "inserted");
      case COMPLETED -> rate(rates.completed(), "completed");
      case CANCELLED -> rate(rates.cancelled(), "cancelled");
      case DISCARDED -> rate(rates.discarded(), "discarded");
      case RETRYABLE -> rate(rates.failed(), rates.failedAtLeast() ? "failed, or more" : "failed");
      case PENDING, RUNNING, SCHEDULED -> "";
    };
  }

  private static String rate(double perSecond, String what) {
    return perSecond == 0 ? "" : "%s %s".formatted(Figures.rate(perSecond), what);
  }

  private static Table queues(Stats stats) {
    var table =
        new Table(
            Column.cut("queue", 12),
            Column.number("available"),
            Column.number("running"),
            Column.number("retryable"),
            Column.number("oldest"),
            Column.text(""));
    stats.queues().stream()
        .limit(QUEUES)
        .forEach(queue ->
            table.row(
                queue.queue(),
                Figures.countUpTo(queue.available(), queue.countedUpTo()),
                Figures.countUpTo(queue.running(), queue.countedUpTo()),
                Figures.countUpTo(queue.retryable(), queue.countedUpTo()),
                queue.oldestWaitingMs() == 0
                    ? "-"
                    : Figures.clock(Duration.ofMillis(queue.oldestWaitingMs())),
                queue.paused() ? "paused" : ""));
    return table;
  }

  private static Table running(Stats stats, int most) {
    var table =
        new Table(
            Column.number("job"),
            Column.cut("kind", 8),
            Column.cut("step", 8),
            Column.text("progress"),
            Column.number("rate"),
            Column.number("left"));
    stats.running().stream()
        .limit(most)
        .forEach(job ->
            table.row(
                Long.toString(job.id()),
                job.kind(),
                job.step() == null ? "-" : job.step(),
                progress(job),
                job.rate() == null ? "-" : Figures.rate(job.rate()),
                left(job.timeLeftMs())));
    return table;
  }

  private static String progress(Stats.Running job) {
    if (job.share() == null) {
      return job.done() == null ? "-" : Figures.count(job.done()) + " done";
    }
    int filled = (int) (job.share() * BAR);
    return "[%s%s] %5s"
        .formatted("#".repeat(filled), "-".repeat(BAR - filled), Figures.percent(job.share()));
  }

  private static String left(@Nullable Long timeLeftMs) {
    return timeLeftMs == null ? "-" : Figures.clock(Duration.ofMillis(timeLeftMs));
  }
}
