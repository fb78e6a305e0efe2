package dev.cairn.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.examples.ResumableImport.ImportPrices;
import dev.cairn.testing.Exploration;
import dev.cairn.testing.Explorer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The resumable examples, killed wherever they may be killed (R30). */
class ExploredExamplesTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void r30_theImportLosesAndDoublesNothingWhereverItIsKilled() throws Exception {
    Path file =
        Files.write(
            folder.resolve("prices.csv"),
            IntStream.range(0, 250).mapToObj(i -> "article-%d,%d".formatted(i, i)).toList());
    var config = new HikariConfig();
    config.setDataSource(EmbeddedDatabase.shared().newDatabase().dataSource());
    try (var database = new HikariDataSource(config)) {
      execute(database, "CREATE TABLE price (article text, cents int)");

      Exploration exploration =
          Explorer.of(new ResumableImport(database)::work)
              .args(new ImportPrices(file.toString()))
              .withDataSource(database)
              .before(() -> execute(database, "DELETE FROM price"))
              .effect(() -> articles(database))
              .pairs(20)
              .killEverywhere();

      assertThat(exploration.boundaries()).isGreaterThan(8);
    }
  }

  private static void execute(DataSource database, String sql) throws SQLException {
    try (Connection connection = database.getConnection();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static List<String> articles(DataSource database) throws SQLException {
    try (Connection connection = database.getConnection();
        var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT article FROM price ORDER BY article")) {
      var all = new ArrayList<String>();
      while (rows.next()) {
        all.add(rows.getString(1));
      }
      return all;
    }
  }
}
