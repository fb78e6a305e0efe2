package dev.cairn.csv;

import dev.cairn.source.FileRecord;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A row of a CSV file. {@link #get} and {@link #fields} throw an {@link IllegalArgumentException}
 * that names the file and the line if the row is not well-formed, is too long, is not in UTF-8, or
 * has another number of fields than there are columns.
 */
public final class CsvRow {
  private final CsvColumns columns;
  private final FileRecord record;
  private @Nullable List<String> fields;

  CsvRow(CsvColumns columns, FileRecord record) {
    this.columns = columns;
    this.record = record;
  }

  /**
   * The field of a column; an empty text if the field is empty.
   *
   * @throws dev.cairn.source.NoSuchColumnException if there is no such column, or more than one of
   *     this name; that fails the attempt, and is no failure of the row
   */
  public String get(String column) {
    return fields().get(columns.index(column));
  }

  /** All fields in their order. */
  public List<String> fields() {
    List<String> taken = fields;
    if (taken == null) {
      taken = Collections.unmodifiableList(columns.fields(record));
      fields = taken;
    }
    return taken;
  }

  /** The names of the columns in their order. */
  public List<String> columns() {
    return columns.names();
  }

  /** The number of the line in which the row begins, from 1; empty if it is not known. */
  public OptionalLong line() {
    return record.line();
  }

  /**
   * The text of the row. Never throws: malformed characters are replaced, and a long row is cut.
   */
  @Override
  public String toString() {
    return record.toString();
  }
}
