package dev.cairn.cli;

import dev.cairn.cli.Table.Column;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code ./cairn periodic}: the durable periodic jobs. */
@Command(
    name = "periodic",
    description = "List the durable periodic jobs.",
    synopsisSubcommandLabel = "COMMAND")
final class PeriodicCommand {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  /**
   * A periodic job in {@code --json}.
   *
   * @param nextRunAt null if it is infinite, as {@code movedAt} too
   * @param dueInMs null if the next run is at no finite time
   */
  private record Line(
      String id, @Nullable Instant nextRunAt, @Nullable Instant movedAt, @Nullable Long dueInMs) {
    /** Without times that readers of dates do not take. */
    Line finite() {
      return new Line(id, Figures.finite(nextRunAt), Figures.finite(movedAt), dueInMs);
    }
  }

  @Command(
      name = "list",
      description = {
        "List the durable periodic jobs, those that are due next first.",
        "MOVED is when the last run was inserted, or else when the job was first seen.",
        "Periodic jobs that are not durable are known only to the client that leads."
      })
  void list(@Mixin DatabaseOptions database, @Mixin JsonFormat format) throws SQLException {
    database.client();
    List<Line> lines;
    try (Reader reader = Reader.open(database.dataSource(TIMEOUT), database.schema(), TIMEOUT)) {
      lines =
          reader.rows(
              """
              SELECT id, next_run_at, updated_at,
                CASE WHEN isfinite(next_run_at)
                  THEN (extract(epoch FROM next_run_at - now()) * 1000)::bigint END AS due_in_ms
              FROM cairn_periodic
              ORDER BY next_run_at, id
              """,
              row ->
                  new Line(
                      row.getString("id"),
                      Objects.requireNonNull(Reader.instant(row, "next_run_at")),
                      Objects.requireNonNull(Reader.instant(row, "updated_at")),
                      row.getObject("due_in_ms", Long.class)));
    }
    if (format.prints(Output.of(spec), lines.stream().map(Line::finite).toList())) {
      return;
    }
    var table =
        new Table(
            Column.cut("periodic job", 16),
            Column.text("next run"),
            Column.number("in"),
            Column.text("moved"));
    for (Line line : lines) {
      table.row(
          line.id(),
          Figures.moment(line.nextRunAt()),
          dueIn(line.dueInMs()),
          Figures.moment(line.movedAt()));
    }
    table.print(Output.of(spec));
  }

  private static String dueIn(@Nullable Long millis) {
    if (millis == null) {
      return "-";
    }
    Duration left = Duration.ofMillis(millis);
    return left.isNegative() ? "late by " + Figures.clock(left.abs()) : Figures.clock(left);
  }
}
