package dev.cairn.csv;

import dev.cairn.source.FileRecord;
import dev.cairn.source.NoSuchColumnException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The names of a file's columns, and the parser for its rows. */
final class CsvColumns {
  private static final int MORE_THAN_ONE = -1;

  /** The maximum number of column names in a message. */
  private static final int NAMES_SHOWN = 50;

  private final Path file;
  private final char separator;
  private final List<String> names;
  private final Map<String, Integer> indexes = new HashMap<>();

  CsvColumns(Path file, char separator, List<String> names) {
    this.file = file;
    this.separator = separator;
    this.names = List.copyOf(names);
    for (int i = 0; i < names.size(); i++) {
      indexes.merge(names.get(i), i, (one, other) -> MORE_THAN_ONE);
    }
  }

  static CsvColumns named(Path file, char separator, FileRecord header) {
    return new CsvColumns(file, separator, fields(header, separator));
  }

  List<String> names() {
    return names;
  }

  /**
   * The fields of a row, one for each column.
   *
   * @throws IllegalArgumentException if the row is not well-formed, or has another number of fields
   */
  List<String> fields(FileRecord row) {
    List<String> fields = fields(row, separator);
    if (fields.size() != names.size()) {
      throw new IllegalArgumentException(
          "%s: the row has %d fields, but there are %d columns [CAIRN-321]"
              .formatted(row.where(), fields.size(), names.size()));
    }
    return fields;
  }

  private static List<String> fields(FileRecord record, char separator) {
    String text = record.text();
    try {
      return CsvFields.of(text, separator);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s: the record is no CSV: %s [CAIRN-321]".formatted(record.where(), e.getMessage()), e);
    }
  }

  /**
   * The index of a column, from 0.
   *
   * @throws NoSuchColumnException if there is no column of this name, or more than one
   */
  int index(String name) {
    Integer index = indexes.get(name);
    if (index == null || index == MORE_THAN_ONE) {
      throw new NoSuchColumnException(
          "%s has %s column '%s'; its columns are %s [CAIRN-323]"
              .formatted(file, index == null ? "no" : "more than one", name, shownNames()));
    }
    return index;
  }

  private String shownNames() {
    return names.size() <= NAMES_SHOWN
        ? names.toString()
        : "%s and %d more".formatted(names.subList(0, NAMES_SHOWN), names.size() - NAMES_SHOWN);
  }
}
