package dev.cairn.resumable;

import dev.cairn.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;

/** A table that jobs write into, to count what they have done. */
record Effects(TestDatabase database) {
  /** Begins with none. */
  void clear() {
    database.execute("CREATE TABLE IF NOT EXISTS effect (note text)");
    database.execute("DELETE FROM effect");
  }

  /** All that is committed, sorted. */
  List<String> all() {
    return database.query("SELECT note FROM effect ORDER BY note").stream()
        .map(row -> (String) Objects.requireNonNull(row.get("note")))
        .toList();
  }

  static void insert(Connection connection, String note) throws SQLException {
    try (var insert = connection.prepareStatement("INSERT INTO effect VALUES (?)")) {
      insert.setString(1, note);
      insert.executeUpdate();
    }
  }
}
