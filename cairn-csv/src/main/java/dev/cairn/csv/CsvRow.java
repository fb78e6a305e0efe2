package dev.cairn.csv;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A row of a CSV file. Every method that looks into it throws an {@link IllegalArgumentException}
 * that names the file and the place if the row is not well-formed or has another number of fields
 * than there are columns.
 */
public final class CsvRow {
  private final CsvColumns columns;
  private final String text;
  private final long end;
  private @Nullable List<String> fields;

  CsvRow(CsvColumns columns, String text, long end) {
    this.columns = columns;
    this.text = text;
    this.end = end;
  }

  /**
   * The field of a column; empty if there is nothing in it.
   *
   * @throws IllegalArgumentException if there is no such column, or more than one of this name
   */
  public String get(String column) {
    return fields().get(columns.index(column));
  }

  /** All fields in their order. */
  public List<String> fields() {
    List<String> taken = fields;
    if (taken == null) {
      taken = columns.fields(text, end);
      fields = taken;
    }
    return taken;
  }

  /** The names of the columns in their order. */
  public List<String> columns() {
    return columns.names();
  }

  /** The row as it stands in the file. */
  @Override
  public String toString() {
    return text;
  }
}
