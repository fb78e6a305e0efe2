package dev.cairn.examples.pages;

import dev.cairn.resumable.Steps;
import dev.cairn.source.Sources;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import javax.sql.DataSource;

/** The code of docs/sources.md. */
@SuppressWarnings("unused")
abstract class SourcesPage {
  private DataSource dataSource;

  record Row(long id) {}

  record Event(String name) {}

  abstract void mail(String line);

  abstract Row row(ResultSet row) throws SQLException;

  abstract void load(Row row);

  abstract void close();

  void lines(Steps steps) throws Exception {
    // docs: sources.md
    steps.forEach("notify", Sources.lines(Path.of("addresses.txt")), line -> mail(line));
    // end docs
  }

  void keyset() {
    // docs: sources.md
    var emails =
        Sources.keyset(dataSource, "shop.person")
            .key("created_at", "id") // unique together, never null
            .columns("email") // beside the key, which comes first
            .where("country = ?", "NZ")
            .upToLastRowNow() // fixed when the step first runs
            .pageSize(500)
            .rows(row -> row.getString("email"));
    // end docs
  }

  void parts(Steps steps) throws Exception {
    // docs: sources.md
    var rows = Sources.keyset(dataSource, "row").key("id").rows(this::row);
    steps.forEachInParts("import", rows, 8, this::load);
    steps.step("close", this::close); // once, when all parts are done
    // end docs
  }

  void complete(Path log) {
    // docs: sources.md
    var events =
        Sources.ndjson(log, Event.class).completeLinesOnly().maxRecordBytes(64 * 1024 * 1024);
    // end docs
  }
}
