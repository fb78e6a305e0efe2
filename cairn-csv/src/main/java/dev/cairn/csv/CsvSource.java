package dev.cairn.csv;

import dev.cairn.source.FilePosition;
import dev.cairn.source.FileRecord;
import dev.cairn.source.FileSource;
import dev.cairn.source.Source;
import dev.cairn.source.Sources;
import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a CSV file in UTF-8, in the format of RFC 4180: commas between fields, names of
 * columns in the first record, line ends and doubled quotes within double quotes. A quote opens
 * only at the beginning of a field; anywhere else in an unquoted field it is an ordinary character.
 * A line ends with LF, CR LF, or CR alone. Empty lines are skipped.
 *
 * <p>Positions, the checks for changed files, and files whose names end with {@code .gz} are those
 * of {@link FileSource}. A row that cannot be parsed is still an item. It fails when it is first
 * accessed, so the step's {@code ItemPolicy} applies to it. A file that ends within quotes fails
 * the attempt under any policy, because the number of rows inside the quotes is unknown.
 */
public final class CsvSource implements Source<CsvRow, FilePosition> {
  private final Path file;
  private final char separator;
  private final @Nullable List<String> columns;
  private final UnaryOperator<FileSource<FileRecord>> settings;
  private final FileSource<FileRecord> records;

  private CsvSource(
      Path file,
      char separator,
      @Nullable List<String> columns,
      UnaryOperator<FileSource<FileRecord>> settings) {
    this.file = file;
    this.separator = separator;
    this.columns = columns;
    this.settings = settings;
    this.records = settings.apply(Sources.quotedRecords(file, separator));
  }

  /**
   * The rows of a file with commas, whose first record names the columns. The file is opened when
   * the step runs.
   */
  public static CsvSource of(Path file) {
    return new CsvSource(file, ',', null, UnaryOperator.identity());
  }

  /**
   * Separates fields by another character instead of a comma, such as a semicolon or a tab.
   *
   * @throws IllegalArgumentException if the character is a quote or a line end
   */
  public CsvSource separatedBy(char character) {
    return new CsvSource(file, character, columns, settings);
  }

  /**
   * Names the columns of a file whose first record is already a row. By default, the first record
   * has the names.
   */
  public CsvSource withColumns(String... names) {
    return new CsvSource(file, separator, List.of(names), settings);
  }

  /**
   * Limits the length of a row, so that a broken file cannot use up the memory. A longer row is a
   * failed item.
   *
   * @param bytes the length without the line end, from 1 to 1 GiB; 16 MiB by default
   * @throws IllegalArgumentException if the limit is out of range
   */
  public CsvSource maxRecordBytes(int bytes) {
    return with(source -> source.maxRecordBytes(bytes));
  }

  /**
   * Leaves out a last row that has no line end. Use it for a file that is still being written: its
   * last row may be incomplete. The step ends before that row.
   */
  public CsvSource completeLinesOnly() {
    return with(FileSource::completeLinesOnly);
  }

  private CsvSource with(UnaryOperator<FileSource<FileRecord>> setting) {
    return new CsvSource(file, separator, columns, source -> setting.apply(settings.apply(source)));
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

  /** The size of the file in bytes; empty for a gzip file. */
  @Override
  public OptionalLong size(Optional<String> pinned) throws Exception {
    return records.size(pinned);
  }

  @Override
  public long done(FilePosition position, long items) {
    return records.done(position, items);
  }

  @Override
  public Reader<CsvRow, FilePosition> open(@Nullable FilePosition after, Optional<String> pinned)
      throws Exception {
    if (columns != null) {
      return new Rows(records.open(after, pinned), new CsvColumns(file, separator, columns));
    }
    if (after == null) {
      return new Rows(records.open(null, pinned), null);
    }
    try (Reader<FileRecord, FilePosition> beginning = records.open(null, pinned)) {
      Item<FileRecord, FilePosition> header = nextRecord(beginning);
      // Whoever goes back to the beginning of the file means its first row.
      FilePosition from =
          header != null && after.offset() < header.position().offset() ? null : after;
      return new Rows(records.open(from, pinned), from == null ? null : columns(header));
    }
  }

  @Override
  public @Nullable Item<CsvRow, FilePosition> find(
      FilePosition position, @Nullable FilePosition before, Optional<String> pinned)
      throws Exception {
    Item<FileRecord, FilePosition> found = records.find(position, before, pinned);
    return found == null
        ? null
        : new Item<>(new CsvRow(columns(pinned), found.value()), found.position());
  }

  private CsvColumns columns(Optional<String> pinned) throws Exception {
    if (columns != null) {
      return new CsvColumns(file, separator, columns);
    }
    try (Reader<FileRecord, FilePosition> beginning = records.open(null, pinned)) {
      return columns(nextRecord(beginning));
    }
  }

  private CsvColumns columns(@Nullable Item<FileRecord, FilePosition> header) throws Exception {
    return header == null
        ? new CsvColumns(file, separator, List.of())
        : CsvColumns.named(file, separator, header.value());
  }

  private static @Nullable Item<FileRecord, FilePosition> nextRecord(
      Reader<FileRecord, FilePosition> reader) throws Exception {
    Item<FileRecord, FilePosition> item = reader.next();
    while (item != null && item.value().isEmpty()) {
      item = reader.next();
    }
    return item;
  }

  private final class Rows implements Reader<CsvRow, FilePosition> {
    private final Reader<FileRecord, FilePosition> reader;
    private @Nullable CsvColumns names;

    Rows(Reader<FileRecord, FilePosition> reader, @Nullable CsvColumns names) {
      this.reader = reader;
      this.names = names;
    }

    @Override
    public @Nullable Item<CsvRow, FilePosition> next() throws Exception {
      CsvColumns rowsColumns = names == null ? columns(nextRecord(reader)) : names;
      names = rowsColumns;
      Item<FileRecord, FilePosition> item = nextRecord(reader);
      return item == null
          ? null
          : new Item<>(new CsvRow(rowsColumns, item.value()), item.position());
    }

    @Override
    public void close() throws IOException {
      reader.close();
    }
  }
}
