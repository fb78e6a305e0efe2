package dev.cairn.csv;

import dev.cairn.source.Source;
import dev.cairn.source.Sources;
import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a CSV file in UTF-8 as RFC 4180 has it (R16): commas between fields, names of columns
 * in the first record, line ends and doubled quotes within double quotes. Empty lines are passed
 * over.
 *
 * <p>The position is a byte offset, so that a job goes on with a seek. The file may grow between
 * two attempts; one that was cut or replaced is refused. A row that cannot be taken apart is an
 * item like any other, and fails when it is first looked at: so what the step does with poison
 * items holds for it, too.
 */
public final class CsvSource implements Source<CsvRow, Long> {
  private final Path file;
  private final Source<String, Long> records;
  private final char separator;
  private final @Nullable List<String> columns;

  private CsvSource(Path file, char separator, @Nullable List<String> columns) {
    this.file = file;
    this.records = Sources.quotedRecords(file);
    this.separator = separator;
    this.columns = columns;
  }

  /** The rows of a file with commas, whose first record names the columns. */
  public static CsvSource of(Path file) {
    return new CsvSource(file, ',', null);
  }

  /**
   * With another character between the fields, a semicolon or tab for example.
   *
   * @throws IllegalArgumentException if it is a quote or a line end
   */
  public CsvSource separatedBy(char character) {
    if (character == '"' || character == '\n' || character == '\r') {
      throw new IllegalArgumentException("a quote or a line end cannot separate fields");
    }
    return new CsvSource(file, character, columns);
  }

  /** For a file whose first record is a row already: the names of its columns. */
  public CsvSource withColumns(String... names) {
    return new CsvSource(file, separator, List.of(names));
  }

  @Override
  public Type cursorType() {
    return records.cursorType();
  }

  @Override
  public boolean hasPin() {
    return records.hasPin();
  }

  @Override
  public Optional<String> pin() throws Exception {
    return records.pin();
  }

  /** In bytes. */
  @Override
  public OptionalLong size(Optional<String> pinned) throws Exception {
    return records.size(pinned);
  }

  @Override
  public long done(Long position, long items) {
    return records.done(position, items);
  }

  @Override
  public Reader<CsvRow, Long> open(@Nullable Long after, Optional<String> pinned) throws Exception {
    CsvColumns known = columns == null ? null : new CsvColumns(file, separator, columns);
    if (known == null && after != null) {
      try (Reader<String, Long> beginning = records.open(null, pinned)) {
        known = header(beginning);
      }
    }
    return new Rows(records.open(after, pinned), known);
  }

  private CsvColumns header(Reader<String, Long> reader) throws Exception {
    for (Item<String, Long> item = reader.next(); item != null; item = reader.next()) {
      if (!item.value().isEmpty()) {
        return CsvColumns.named(file, separator, item);
      }
    }
    return new CsvColumns(file, separator, List.of());
  }

  private final class Rows implements Reader<CsvRow, Long> {
    private final Reader<String, Long> reader;
    private @Nullable CsvColumns names;

    Rows(Reader<String, Long> reader, @Nullable CsvColumns names) {
      this.reader = reader;
      this.names = names;
    }

    @Override
    public @Nullable Item<CsvRow, Long> next() throws Exception {
      CsvColumns rowsColumns = names == null ? header(reader) : names;
      names = rowsColumns;
      for (Item<String, Long> item = reader.next(); item != null; item = reader.next()) {
        if (!item.value().isEmpty()) {
          return new Item<>(
              new CsvRow(rowsColumns, item.value(), item.position()), item.position());
        }
      }
      return null;
    }

    @Override
    public void close() throws IOException {
      reader.close();
    }
  }
}
