package dev.cairn.cli;

import dev.cairn.Cairn;
import dev.cairn.cli.Table.Column;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code ./cairn clients}: the clients that work jobs. */
@Command(name = "clients", description = "List the clients.", synopsisSubcommandLabel = "COMMAND")
final class ClientsCommand {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  /** A client in {@code --json}. */
  private record Line(
      String id,
      boolean alive,
      boolean leader,
      Instant startedAt,
      Instant heartbeatAt,
      long heartbeatAgeMs) {}

  @Command(
      name = "list",
      description = {
        "List the clients of Cairn, the alive ones first, with the age of their last heartbeat.",
        "Clients of River have no heartbeat and are listed only if they lead."
      })
  void list(@Mixin DatabaseOptions database, @Mixin JsonFormat format) throws SQLException {
    Cairn client = database.client();
    Optional<String> leader = client.leader();
    Instant now = now(database);
    List<Line> lines =
        client.clients().stream()
            .map(it ->
                new Line(
                    it.id(),
                    it.alive(),
                    leader.filter(it.id()::equals).isPresent(),
                    it.startedAt(),
                    it.heartbeatAt(),
                    Math.max(Duration.between(it.heartbeatAt(), now).toMillis(), 0)))
            .sorted(Comparator.comparing(Line::alive).reversed().thenComparing(Line::id))
            .toList();
    if (format.prints(Output.of(spec), lines)) {
      return;
    }
    var table =
        new Table(
            Column.cut("client", 16),
            Column.text("alive"),
            Column.text("leads"),
            Column.number("heartbeat"),
            Column.number("up"));
    for (Line line : lines) {
      table.row(
          line.id(),
          line.alive() ? "yes" : "no",
          line.leader() ? "yes" : "-",
          Figures.spent(Duration.ofMillis(line.heartbeatAgeMs())) + " ago",
          line.alive() ? Figures.between(line.startedAt(), now) : "-");
    }
    table.print(Output.of(spec));
    leader
        .filter(id -> lines.stream().noneMatch(it -> it.id().equals(id)))
        .ifPresent(id ->
            Output.of(spec).line("%s is the leader, and is not a client of Cairn".formatted(id)));
  }

  /** By the clock of the database, as the heartbeats are. */
  private static Instant now(DatabaseOptions database) throws SQLException {
    try (Reader reader = Reader.open(database.dataSource(TIMEOUT), database.schema(), TIMEOUT)) {
      return reader.row(
          "SELECT now() AS now", row -> Objects.requireNonNull(Reader.instant(row, "now")));
    }
  }
}
