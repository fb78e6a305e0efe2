package dev.cairn.csv;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import dev.cairn.source.Source.Item;
import java.nio.file.Path;
import java.util.List;

/** What the rows of a file have in common, and how they are taken apart. */
record CsvColumns(Path file, char separator, List<String> names) {
  static CsvColumns named(Path file, char separator, Item<String, Long> header) {
    var unnamed = new CsvColumns(file, separator, List.of());
    return new CsvColumns(file, separator, unnamed.parse(header.value(), header.position()));
  }

  /** The fields of a row, as many as there are columns. */
  List<String> fields(String row, long end) {
    List<String> fields = parse(row, end);
    if (fields.size() != names.size()) {
      throw new IllegalArgumentException(
          "%s has %d columns, but %d fields in the row that ends at byte %d"
              .formatted(file, names.size(), fields.size(), end));
    }
    return fields;
  }

  private List<String> parse(String record, long end) {
    try {
      return CsvReader.builder().fieldSeparator(separator).ofSingleCsvRecord(record).getFields();
    } catch (CsvParseException e) {
      throw new IllegalArgumentException(
          "%s is no CSV in the record that ends at byte %d: %s"
              .formatted(file, end, e.getMessage()),
          e);
    }
  }

  /**
   * Where a column is.
   *
   * @throws IllegalArgumentException if there is none of this name, or more than one
   */
  int index(String name) {
    int index = names.indexOf(name);
    if (index < 0 || index != names.lastIndexOf(name)) {
      throw new IllegalArgumentException(
          "%s has %s column '%s'; its columns are %s"
              .formatted(file, index < 0 ? "no" : "more than one", name, names));
    }
    return index;
  }
}
