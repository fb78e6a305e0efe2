package dev.cairn.source;

import com.fasterxml.jackson.annotation.JsonCreator;
import dev.cairn.internal.options.Option;
import dev.cairn.internal.options.Options;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Describes the rows of a table in the order of a unique key. The rows are read page by page, each
 * page strictly after the last row of the previous one. The connection is closed before the first
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
 * <p>The columns of the key may have any type that PostgreSQL sorts. Positions are kept as
 * PostgreSQL's own texts, with all digits, and only PostgreSQL compares them. A row that is
 * inserted after the position is found, and a row that is inserted before it is not. Immutable.
 */
public final class Keyset {
  private static final Option<DataSource> DATA_SOURCE = Option.required("dataSource");
  private static final Option<String> TABLE = Option.required("table");
  private static final Option<List<String>> KEY = Option.of("key", List.of());
  private static final Option<List<String>> COLUMNS = Option.of("columns", List.of());
  private static final Option<@Nullable String> CONDITION = Option.of("condition");
  private static final Option<List<Object>> PARAMETERS = Option.of("parameters", List.of());
  private static final Option<Integer> PAGE_SIZE = Option.of("pageSize", 500);
  private static final Option<Boolean> BOUNDED = Option.of("bounded", false);
  private static final Option<Boolean> TRUSTED = Option.of("trusted", false);
  private static final Option<Boolean> COUNTED = Option.of("counted", false);

  private final Options options;

  private Keyset(Options options) {
    this.options = options;
  }

  static Keyset of(DataSource dataSource, String table) {
    return new Keyset(
        Options.none()
            .with(DATA_SOURCE, Objects.requireNonNull(dataSource, "dataSource"))
            .with(TABLE, Objects.requireNonNull(table, "table")));
  }

  private <T extends @Nullable Object> Keyset with(Option<T> option, T value) {
    return new Keyset(options.with(option, value));
  }

  /** The database that holds the table. */
  public DataSource dataSource() {
    return options.get(DATA_SOURCE);
  }

  /** The name of the table. */
  public String table() {
    return options.get(TABLE);
  }

  /** The columns to sort by, the first one first. */
  public List<String> key() {
    return options.get(KEY);
  }

  /**
   * The columns to sort by. Together they must be unique, by a constraint or index of the table,
   * and never null. Otherwise a row with the same key as another would be skipped. If the order
   * uses a column that is not unique, add the primary key as the last column.
   */
  public Keyset key(String first, String... more) {
    var all = new ArrayList<String>();
    all.add(first);
    all.addAll(List.of(more));
    return with(KEY, List.copyOf(all));
  }

  /** The columns to select beside the key; all if empty. */
  public List<String> columns() {
    return options.get(COLUMNS);
  }

  /**
   * The columns to select; all unless set. The key's columns are selected too, before them and with
   * their own names.
   */
  public Keyset columns(String... names) {
    return with(COLUMNS, List.of(names));
  }

  /** The condition in SQL; null for all rows. */
  public @Nullable String condition() {
    return options.get(CONDITION);
  }

  /** The values of the condition's parameters. */
  public List<Object> parameters() {
    return options.get(PARAMETERS);
  }

  /**
   * Only rows for which a condition is true.
   *
   * @param sql a condition with a {@code ?} for each parameter. It becomes part of the statement,
   *     so never build it from user input
   * @param values the values of its parameters; for a null, write {@code IS NULL} into the
   *     condition
   */
  public Keyset where(String sql, Object... values) {
    return with(CONDITION, Objects.requireNonNull(sql, "sql"))
        .with(PARAMETERS, ListSource.withoutNulls("the parameters", Arrays.asList(values)));
  }

  /** How many rows are read at once. */
  public int pageSize() {
    return options.get(PAGE_SIZE);
  }

  /**
   * How many rows are read at once; 500 unless set.
   *
   * @throws IllegalArgumentException if the number is less than 1
   */
  public Keyset pageSize(int rows) {
    if (rows < 1) {
      throw new IllegalArgumentException("a page must have at least one row, not " + rows);
    }
    return with(PAGE_SIZE, rows);
  }

  /** Whether rows after the last row at the first run are left out. */
  public boolean bounded() {
    return options.get(BOUNDED);
  }

  /** Ignores rows after the last row that exists when the step first runs. */
  public Keyset upToLastRowNow() {
    return with(BOUNDED, true);
  }

  /** Whether the caller promises that the key is unique and never null. */
  public boolean trusted() {
    return options.get(TRUSTED);
  }

  /**
   * Promises that the key is unique and never null where PostgreSQL cannot tell, for example in a
   * view. Two equal keys in a row are still refused.
   */
  public Keyset trustingKey() {
    return with(TRUSTED, true);
  }

  /** Whether the rows are counted, so that the progress has a total. */
  public boolean counted() {
    return options.get(COUNTED);
  }

  /**
   * Counts the rows before the first one is processed, so that the progress of the job has a total.
   * Counting reads the whole table or index once, which takes seconds for a million rows. Without
   * it, the progress shows only how many rows are done.
   */
  public Keyset countingRows() {
    return with(COUNTED, true);
  }

  /**
   * Creates the source.
   *
   * @param mapping creates an item from the current row
   * @throws IllegalStateException if no key was given
   */
  public <T> SplittableSource<T, Position> rows(RowMapping<T> mapping) {
    if (key().isEmpty()) {
      throw new IllegalStateException(
          "the rows of %s need a key: call key(...) [CAIRN-323]".formatted(table()));
    }
    return new KeysetSource<>(this, mapping, null);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Keyset that && options.equals(that.options);
  }

  @Override
  public int hashCode() {
    return options.hashCode();
  }

  @Override
  public String toString() {
    return options.describe("Keyset");
  }

  /** Creates an item from a row. */
  @FunctionalInterface
  public interface RowMapping<T> {
    /** Reads the current row. Must not move to another row. */
    T map(ResultSet row) throws SQLException;
  }

  /**
   * The last finished row. May get further components.
   *
   * @param key the values of the key's columns, as PostgreSQL writes them
   * @param columns the key's columns, so that the position is not taken for one of another key;
   *     null if they are not known
   */
  public record Position(List<String> key, @Nullable List<String> columns) {
    public Position {
      key = List.copyOf(key);
      columns = columns == null ? null : List.copyOf(columns);
    }

    /** From JSON, in which the columns may be missing. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static Position of(Map<String, @Nullable List<String>> members) {
      List<String> key = members.get("key");
      if (key == null) {
        throw new IllegalArgumentException("a position of a keyset needs the values of its key");
      }
      return new Position(key, members.get("columns"));
    }

    /** Whether it is the same row: whether the columns are known does not matter. */
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Position that && key.equals(that.key);
    }

    @Override
    public int hashCode() {
      return key.hashCode();
    }
  }
}
