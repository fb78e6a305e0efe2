package trial;

import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What the script asks of each application. */
@RestController
class Requests {
  private final Lines lines;
  private final Importing importing;
  private final TransactionTemplate transaction;
  private final JdbcTemplate jdbc;

  Requests(
      Lines lines, Importing importing, TransactionTemplate transaction, JdbcTemplate jdbc) {
    this.jdbc = jdbc;
    this.lines = lines;
    this.importing = importing;
    this.transaction = transaction;
  }

  /** Starts the import of 1,000 lines. */
  @PostMapping("/import")
  void begin() throws Exception {
    importing.begin(1_000);
  }

  /** Begins an import of one line in a transaction, and rolls it back. */
  @PostMapping("/rollback")
  void rollBack() {
    transaction.executeWithoutResult(status -> {
      try {
        importing.begin(1);
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
      status.setRollbackOnly();
    });
  }

  /** The rows of a table of the library. */
  @GetMapping("/stored")
  String stored(@RequestParam String table) {
    return jdbc.queryForList("select * from " + table).toString();
  }

  /** The numbers of the lines, in the order in which they were written. */
  @GetMapping("/numbers")
  String numbers() {
    return lines.numbers().toString();
  }

  @GetMapping("/lines")
  Map<String, Object> lines() {
    return Map.of(
        "lines", lines.count(),
        "distinct", lines.distinct(),
        "processes",
            lines.byProcess().stream()
                .map(row -> row[0] + ": " + row[1])
                .collect(Collectors.joining(", ")),
        "thread", String.valueOf(importing.thread()));
  }
}
