package dev.cairn.source;

import dev.cairn.source.Keyset.Position;
import dev.cairn.source.Keyset.RowMapping;
import java.lang.reflect.Type;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Rows of a table by key.
 *
 * @param bounds the bounds of one part of the table; null for the whole table
 */
record KeysetSource<T>(Keyset keyset, RowMapping<T> mapping, @Nullable Bounds bounds)
    implements SplittableSource<T, Position> {
  /**
   * The rows to read.
   *
   * @param after the row before the first one; null to begin with the first row of the table
   * @param upTo the last row; null for no end
   */
  record Bounds(@Nullable Position after, @Nullable Position upTo) {}

  /** A name that no column of the key has. */
  private static final String NUMBER = "\"cairn number\"";

  /** A table without rows has no last one. */
  private static final String EMPTY = "empty";

  @Override
  public Type cursorType() {
    return Position.class;
  }

  @Override
  public boolean hasPin() {
    return keyset.bounded() && bounds == null;
  }

  @Override
  public Optional<String> pin() throws SQLException {
    if (!keyset.bounded() || bounds != null) {
      return Optional.empty();
    }
    try (Connection connection = keyset.dataSource().getConnection()) {
      List<Position> last = edge(connection, "DESC", 1);
      return Optional.of(last.isEmpty() ? EMPTY : json(last.getFirst()));
    }
  }

  @Override
  public Reader<T, Position> open(@Nullable Position after, Optional<String> pinned)
      throws SQLException {
    if (pinned.filter(EMPTY::equals).isPresent()) {
      return () -> null;
    }
    Bounds part = bounds == null ? new Bounds(null, null) : bounds;
    Position upTo = pinned.map(KeysetSource::position).orElse(part.upTo());
    try (Connection connection = keyset.dataSource().getConnection()) {
      return new Pages(
          KeysetTable.of(connection, keyset), after == null ? part.after() : after, upTo);
    }
  }

  /** Finds the row by its key, because reading pages would map all of their rows. */
  @Override
  public @Nullable Item<T, Position> find(
      Position position, @Nullable Position before, Optional<String> pinned) throws SQLException {
    try (Connection connection = keyset.dataSource().getConnection()) {
      KeysetTable table = KeysetTable.of(connection, keyset);
      String sql =
          selecting(table)
              + KeysetTable.where(
                  keyset.condition(), List.of(KeysetTable.row(keyset) + " = " + table.parameters()))
              + " LIMIT 1";
      try (var statement = connection.prepareStatement(sql)) {
        int ignored = bind(statement, position, null);
        try (ResultSet rows = statement.executeQuery()) {
          return rows.next() ? item(rows, position) : null;
        }
      }
    }
  }

  private String selecting(KeysetTable table) {
    return "SELECT "
        + KeysetTable.selected(keyset)
        + ", "
        + table.keyTexts()
        + " FROM "
        + table.name();
  }

  private Item<T, Position> item(ResultSet row, Position position) {
    try {
      return new Item<>(mapping.map(row), position);
    } catch (Exception e) {
      return Item.unreadable(position, e);
    }
  }

  @Override
  public OptionalLong size(Optional<String> pinned) throws SQLException {
    if (!keyset.counted()) {
      return OptionalLong.empty();
    }
    if (pinned.filter(EMPTY::equals).isPresent()) {
      return OptionalLong.of(0);
    }
    try (Connection connection = keyset.dataSource().getConnection()) {
      KeysetTable table = KeysetTable.of(connection, keyset);
      Bounds part = bounds == null ? new Bounds(null, null) : bounds;
      Position upTo = pinned.map(KeysetSource::position).orElse(part.upTo());
      String sql = "SELECT count(*) FROM " + table.name() + where(table, part.after(), upTo);
      try (var statement = connection.prepareStatement(sql)) {
        bind(statement, part.after(), upTo);
        try (ResultSet rows = statement.executeQuery()) {
          rows.next();
          return OptionalLong.of(rows.getLong(1));
        }
      }
    }
  }

  private String where(KeysetTable table, @Nullable Position after, @Nullable Position upTo) {
    var more = new ArrayList<String>();
    if (after != null) {
      more.add(KeysetTable.row(keyset) + " > " + table.parameters());
    }
    if (upTo != null) {
      more.add(KeysetTable.row(keyset) + " <= " + table.parameters());
    }
    return KeysetTable.where(keyset.condition(), more);
  }

  /** Binds the condition's parameters and the bounds; returns the index of the next one. */
  private int bind(PreparedStatement statement, @Nullable Position after, @Nullable Position upTo)
      throws SQLException {
    int index = 1;
    for (Object value : keyset.parameters()) {
      statement.setObject(index++, value);
    }
    for (Position position : new @Nullable Position[] {after, upTo}) {
      if (position != null) {
        requireOurs(position);
        for (String value : position.key()) {
          statement.setString(index++, value);
        }
      }
    }
    return index;
  }

  /** By another key, the rows behind the position are other rows. */
  private void requireOurs(Position position) {
    List<String> columns = position.columns();
    if (position.key().size() != keyset.key().size()
        || (columns != null && !columns.equals(keyset.key()))) {
      throw new IllegalStateException(
          "the saved position %s%s does not belong to the key %s of %s: finish the job with the key with which it began, or restart it [CAIRN-323]"
              .formatted(
                  position.key(),
                  columns == null ? "" : " of the key " + columns,
                  keyset.key(),
                  keyset.table()));
    }
  }

  private String order(String direction) {
    return " ORDER BY "
        + String.join(
            ", ",
            keyset.key().stream().map(it -> KeysetTable.quoted(it) + " " + direction).toList());
  }

  /** The first or last keys. */
  private List<Position> edge(Connection connection, String direction, int rowsMost)
      throws SQLException {
    KeysetTable table = KeysetTable.of(connection, keyset);
    String sql =
        "SELECT "
            + table.keyTexts()
            + " FROM "
            + table.name()
            + where(table, null, null)
            + order(direction)
            + " LIMIT ?";
    try (var statement = connection.prepareStatement(sql)) {
      statement.setInt(bind(statement, null, null), rowsMost);
      return positions(statement);
    }
  }

  private List<Position> positions(PreparedStatement statement) throws SQLException {
    var all = new ArrayList<Position>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        all.add(position(rows, 1));
      }
    }
    return all;
  }

  private Position position(ResultSet row, int first) throws SQLException {
    var values = new ArrayList<String>();
    for (int i = 0; i < keyset.key().size(); i++) {
      String value = row.getString(first + i);
      if (value == null) {
        throw new IllegalStateException(
            "a row of %s has no value in '%s', by which the rows are sorted [CAIRN-322]"
                .formatted(keyset.table(), keyset.key().get(i)));
      }
      values.add(value);
    }
    return new Position(values, keyset.key());
  }

  /**
   * Splits at keys at equal distances. The rows are counted, and then their keys are numbered in
   * one pass over the index, of which only the last ones of the parts are kept: row {@code n} ends
   * a part if {@code n * parts / rows} passes a whole number. The numbers of rows of two parts
   * differ by one at most.
   */
  @Override
  public List<String> split(int parts) throws SQLException {
    try (Connection connection = keyset.dataSource().getConnection()) {
      KeysetTable table = KeysetTable.of(connection, keyset);
      String keys = String.join(", ", keyset.key().stream().map(KeysetTable::quoted).toList());
      String rows = " FROM " + table.name() + where(table, null, null);
      // Computed for each row. A list or join of the last rows is searched or sorted instead.
      String sql =
          "SELECT "
              + table.keyTexts()
              + " FROM (SELECT "
              + keys
              + ", row_number() OVER ("
              + order("ASC").strip()
              + ") AS "
              + NUMBER
              + rows
              + ") AS numbered WHERE "
              + NUMBER
              + " * ? % (SELECT count(*)"
              + rows
              + ") < ? ORDER BY "
              + NUMBER;
      try (var statement = connection.prepareStatement(sql)) {
        int index = 1;
        for (int use = 0; use < 2; use++) {
          for (Object value : keyset.parameters()) {
            statement.setObject(index++, value);
          }
          statement.setInt(index++, parts);
        }
        return described(positions(statement));
      }
    }
  }

  /** The last part has no end, unless the keyset ignores later rows. */
  private List<String> described(List<Position> ends) {
    var all = new ArrayList<String>();
    Position after = null;
    for (int i = 0; i < ends.size(); i++) {
      boolean open = i == ends.size() - 1 && !keyset.bounded();
      all.add(JsonMapper.shared().writeValueAsString(new Bounds(after, open ? null : ends.get(i))));
      after = ends.get(i);
    }
    if (all.isEmpty() && !keyset.bounded()) {
      all.add(JsonMapper.shared().writeValueAsString(new Bounds(null, null)));
    }
    return all;
  }

  @Override
  public Source<T, Position> part(String description) {
    return new KeysetSource<>(
        keyset, mapping, JsonMapper.shared().readValue(description, Bounds.class));
  }

  private static String json(Position position) {
    return JsonMapper.shared().writeValueAsString(position);
  }

  private static Position position(String json) {
    return JsonMapper.shared().readValue(json, Position.class);
  }

  /** Reads a page, closes its connection, and returns the rows one by one. */
  private final class Pages implements Reader<T, Position> {
    private final KeysetTable table;
    private final @Nullable Position upTo;
    private final Deque<Item<T, Position>> page = new ArrayDeque<>();
    private @Nullable Position after;
    private boolean ended;

    Pages(KeysetTable table, @Nullable Position after, @Nullable Position upTo) {
      this.table = table;
      this.after = after;
      this.upTo = upTo;
    }

    @Override
    public @Nullable Item<T, Position> next() throws SQLException {
      if (page.isEmpty() && !ended) {
        readPage();
      }
      return page.poll();
    }

    private void readPage() throws SQLException {
      String sql = selecting(table) + where(table, after, upTo) + order("ASC") + " LIMIT ?";
      try (Connection connection = keyset.dataSource().getConnection();
          var statement = connection.prepareStatement(sql)) {
        // One row more: if it has the key of the last one, the next page would leave it out.
        statement.setLong(bind(statement, after, upTo), keyset.pageSize() + 1L);
        try (ResultSet rows = statement.executeQuery()) {
          // The key is after the columns that the user has selected, so that these keep their
          // positions.
          int first = rows.getMetaData().getColumnCount() - keyset.key().size() + 1;
          ended = true;
          while (rows.next()) {
            Position position = position(rows, first);
            requireNew(position);
            if (page.size() == keyset.pageSize()) {
              ended = false;
              break;
            }
            page.add(item(rows, position));
            after = position;
          }
        }
      }
    }

    private void requireNew(Position position) {
      if (position.equals(after)) {
        throw new IllegalStateException(
            ("two rows of %s have the key %s: the key must be unique, or rows would be "
                    + "skipped [CAIRN-322]")
                .formatted(keyset.table(), position.key()));
      }
    }
  }
}
