package dev.cairn.source;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Describes the rows of a table in the order of a unique key. They are read page by page, each page
 * strictly after the last row of the one before, on a connection that is closed before the first
 * row of the page is worked.
 *
 * <pre>{@code
 * Sources.keyset(dataSource, "person")
 *     .key("created_at", "id")
 *     .where("country = ?", "NZ")
 *     .upToLastRowNow()
 *     .rows(row -> new Person(row.getLong("id"), row.getString("email")))
 * }</pre>
 *
 * <p>The columns of the key may be of any type that PostgreSQL sorts: positions are kept as texts
 * that PostgreSQL has written, with all their digits, and only PostgreSQL compares them. A row that
 * is inserted behind the position is found, one before it is not. Immutable.
 *
 * @param table as it was given
 * @param key the columns, the first one first
 * @param columns to select beside the key; all if empty
 * @param condition SQL, without parameters of the caller's users in it; null for all rows
 * @param parameters of the condition
 * @param pageSize how many rows are read at once
 * @param bounded whether rows behind the last one at the first run are left out
 * @param trusted whether the caller promises that the key is unique and never null
 * @param counted whether the rows are counted for those who look at the job
 */
public record Keyset(
    DataSource dataSource,
    String table,
    List<String> key,
    List<String> columns,
    @Nullable String condition,
    List<Object> parameters,
    int pageSize,
    boolean bounded,
    boolean trusted,
    boolean counted) {
  private static final int PAGE_SIZE = 500;

  public Keyset {
    key = List.copyOf(key);
    columns = List.copyOf(columns);
    parameters = List.copyOf(parameters);
    if (pageSize < 1) {
      throw new IllegalArgumentException("a page must have at least one row, not " + pageSize);
    }
  }

  static Keyset of(DataSource dataSource, String table) {
    return new Keyset(
        dataSource, table, List.of(), List.of(), null, List.of(), PAGE_SIZE, false, false, false);
  }

  /**
   * The columns to sort by. Together they must be unique, by a constraint or index of the table,
   * and never null: a row that shares its key with another would be skipped. If the order is by
   * something that is not unique, add the primary key as the last column.
   */
  public Keyset key(String first, String... more) {
    var all = new ArrayList<String>();
    all.add(first);
    all.addAll(List.of(more));
    return new Keyset(
        dataSource,
        table,
        all,
        columns,
        condition,
        parameters,
        pageSize,
        bounded,
        trusted,
        counted);
  }

  /**
   * The columns to select; all unless set. Those of the key are selected too, before them, and have
   * their names.
   */
  public Keyset columns(String... names) {
    return new Keyset(
        dataSource,
        table,
        key,
        List.of(names),
        condition,
        parameters,
        pageSize,
        bounded,
        trusted,
        counted);
  }

  /**
   * Only rows for which this holds.
   *
   * @param sql a condition, part of the statement as it is: never build it from what users enter
   * @param values of its parameters
   */
  public Keyset where(String sql, Object... values) {
    return new Keyset(
        dataSource, table, key, columns, sql, List.of(values), pageSize, bounded, trusted, counted);
  }

  /** How many rows are read at once; 500 unless set. */
  public Keyset pageSize(int rows) {
    return new Keyset(
        dataSource, table, key, columns, condition, parameters, rows, bounded, trusted, counted);
  }

  /** Leaves out what lies behind the last row that there is when the step first runs. */
  public Keyset upToLastRowNow() {
    return new Keyset(
        dataSource, table, key, columns, condition, parameters, pageSize, true, trusted, counted);
  }

  /**
   * Promises that the key is unique and never null where PostgreSQL cannot tell, in a view for
   * example. Two equal keys side by side are still refused.
   */
  public Keyset trustingKey() {
    return new Keyset(
        dataSource, table, key, columns, condition, parameters, pageSize, bounded, true, counted);
  }

  /**
   * Counts the rows before the first one is worked, so that those who look at the job see how many
   * there are. That reads the whole table or index once: seconds for a million rows. Without it,
   * they see how many are done.
   */
  public Keyset countingRows() {
    return new Keyset(
        dataSource, table, key, columns, condition, parameters, pageSize, bounded, trusted, true);
  }

  /**
   * The source.
   *
   * @param mapping makes an item of the current row
   * @throws IllegalStateException if no key was given
   */
  public <T> SplittableSource<T, Position> rows(RowMapping<T> mapping) {
    if (key.isEmpty()) {
      throw new IllegalStateException(
          "the rows of %s need a key to go by: call key(...)".formatted(table));
    }
    return new KeysetSource<>(this, mapping, null);
  }

  /** Makes an item of a row. */
  @FunctionalInterface
  public interface RowMapping<T> {
    /** Reads the current row and never moves on. */
    T map(ResultSet row) throws SQLException;
  }

  /**
   * The last finished row.
   *
   * @param key its values, as PostgreSQL writes them
   */
  public record Position(List<String> key) {
    public Position {
      key = List.copyOf(key);
    }
  }
}
