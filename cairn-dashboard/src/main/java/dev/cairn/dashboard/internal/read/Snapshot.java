package dev.cairn.dashboard.internal.read;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Statements within one transaction that only reads. Used by one thread. */
public final class Snapshot {
  private static final Pattern PARAMETER = Pattern.compile("(?<![:\\w]):([a-z_]+)");

  private static final Instant FIRST_OF_DATABASE = Instant.parse("-4712-01-01T00:00:00Z");
  private static final Instant LAST_OF_DATABASE = Instant.parse("+294276-12-31T23:59:59Z");

  private final Connection connection;
  private final String schema;

  Snapshot(Connection connection, String schema) {
    this.connection = connection;
    this.schema = schema;
  }

  public String schema() {
    return schema;
  }

  /** For the public API, which takes the caller's connection. */
  public Connection connection() {
    return connection;
  }

  /** Reads the current row. */
  @FunctionalInterface
  interface Row<T> {
    T of(ResultSet row) throws SQLException;
  }

  /**
   * The rows of a statement with {@code :named} values. {@code {schema}} stands for the quoted
   * schema.
   *
   * @param values texts, numbers, booleans, times, and collections of texts or of numbers
   */
  <T> List<T> list(String sql, Map<String, ?> values, Row<T> row) throws SQLException {
    var names = new ArrayList<String>();
    var matcher = PARAMETER.matcher(sql);
    while (matcher.find()) {
      names.add(matcher.group(1));
    }
    String text = matcher.replaceAll("?").replace("{schema}", '"' + schema + '"');
    try (PreparedStatement statement = connection.prepareStatement(text)) {
      for (int i = 0; i < names.size(); i++) {
        bind(statement, i + 1, values.get(names.get(i)));
      }
      try (ResultSet result = statement.executeQuery()) {
        var rows = new ArrayList<T>();
        while (result.next()) {
          rows.add(row.of(result));
        }
        return rows;
      }
    }
  }

  /**
   * Like {@link #list}, for a statement that is to stop at its limit. A bitmap would be made of all
   * entries of an index before the first row is read.
   */
  <T> List<T> listUpToLimit(String sql, Map<String, ?> values, Row<T> row) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("SET LOCAL enable_bitmapscan = off");
      List<T> rows = list(sql, values, row);
      statement.execute("SET LOCAL enable_bitmapscan = on");
      return rows;
    }
  }

  <T> Optional<T> first(String sql, Map<String, ?> values, Row<T> row) throws SQLException {
    return list(sql, values, row).stream().findFirst();
  }

  private void bind(PreparedStatement statement, int index, @Nullable Object value)
      throws SQLException {
    switch (value) {
      case null -> statement.setObject(index, null);
      case String text -> statement.setString(index, text);
      case Long number -> statement.setLong(index, number);
      case Integer number -> statement.setInt(index, number);
      case Boolean truth -> statement.setBoolean(index, truth);
      case Instant time -> statement.setObject(index, parameter(time));
      case Collection<?> elements -> {
        boolean texts = elements.stream().allMatch(String.class::isInstance);
        statement.setArray(
            index, connection.createArrayOf(texts ? "text" : "int8", elements.toArray()));
      }
      default -> throw new IllegalArgumentException("cannot bind a " + value.getClass());
    }
  }

  private static OffsetDateTime parameter(Instant time) {
    if (time.isBefore(FIRST_OF_DATABASE)) {
      return OffsetDateTime.MIN;
    }
    return time.isAfter(LAST_OF_DATABASE) ? OffsetDateTime.MAX : time.atOffset(ZoneOffset.UTC);
  }

  /** Tries a statement that may be ended early; empty if it was. */
  <T> Optional<T> within(int millis, Reader.Work<T> work) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("SAVEPOINT trial; SET LOCAL statement_timeout = " + millis);
      try {
        T result = work.read(this);
        statement.execute(
            "RELEASE SAVEPOINT trial; SET LOCAL statement_timeout = " + Reader.TIMEOUT_MS);
        return Optional.of(result);
      } catch (SQLException e) {
        if (!"57014".equals(e.getSQLState())) {
          throw e;
        }
        statement.execute("ROLLBACK TO SAVEPOINT trial");
        return Optional.empty();
      }
    }
  }

  static @Nullable Instant time(ResultSet row, String column) throws SQLException {
    OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
    if (time == null) {
      return null;
    }
    if (time.equals(OffsetDateTime.MAX)) {
      return Instant.MAX;
    }
    return time.equals(OffsetDateTime.MIN) ? Instant.MIN : time.toInstant();
  }

  static Instant requiredTime(ResultSet row, String column) throws SQLException {
    Instant time = time(row, column);
    return time == null ? Instant.MIN : time;
  }

  static @Nullable Long number(ResultSet row, String column) throws SQLException {
    long number = row.getLong(column);
    return row.wasNull() ? null : number;
  }

  static String text(ResultSet row, String column) throws SQLException {
    String text = row.getString(column);
    return text == null ? "" : text;
  }
}
