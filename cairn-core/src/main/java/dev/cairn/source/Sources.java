package dev.cairn.source;

import dev.cairn.source.Source.Item;
import dev.cairn.spi.JacksonCodec;
import dev.cairn.spi.JsonCodec;
import java.nio.file.Path;
import java.util.List;
import javax.sql.DataSource;

/** The common sources. All of them are immutable. */
public final class Sources {
  private Sources() {}

  /**
   * The rows of a table by key, strictly after the last one, page by page. See {@link Keyset}.
   *
   * @param table the name of the table, as in SQL: a name with capital letters needs quotes, as in
   *     {@code "\"Person\""}. With the name of its schema and a dot in front if the schema is not
   *     in the search path
   */
  public static Keyset keyset(DataSource dataSource, String table) {
    return Keyset.of(dataSource, table);
  }

  /**
   * The numbers from {@code first}, inclusive, to {@code end}, exclusive.
   *
   * @throws IllegalArgumentException if {@code end} is less than {@code first}
   */
  public static SplittableSource<Long, Long> range(long first, long end) {
    return new Range(first, end);
  }

  /** The elements of a list, which must be the same in every attempt. */
  public static <T> SplittableSource<T, Integer> list(List<T> list) {
    return new ListSource<>(list);
  }

  /**
   * The lines of a file in UTF-8, without their line ends. A last line without a line end counts as
   * a line. A file that was cut or replaced since the job started is refused. A file may grow. A
   * file whose name ends with {@code .gz} is unpacked, see {@link FileSource}.
   */
  public static FileSource<String> lines(Path file) {
    return new FileSource<>(
        FileLayout.lines(file), line -> new Item<>(line.value().text(), line.position()));
  }

  /** Like {@link #quotedRecords(Path, char)}, with commas between the fields. */
  public static FileSource<FileRecord> quotedRecords(Path file) {
    return quotedRecords(file, ',');
  }

  /**
   * The records of a file in UTF-8 in which line ends may occur within double quotes, as in CSV
   * (RFC 4180). A quote opens only at the beginning of a field. Records are not parsed; the module
   * {@code cairn-csv} does that. A record that cannot be read fails when its text is requested. A
   * file that ends within quotes fails the attempt, because the end of that record is unknown.
   *
   * @param separator the character between the fields of a record
   * @throws IllegalArgumentException if the separator is a quote or a line end
   */
  public static FileSource<FileRecord> quotedRecords(Path file, char separator) {
    return new FileSource<>(FileLayout.quoted(file, separator), record -> record);
  }

  /**
   * The values of a file with one JSON value per line, read by {@link JacksonCodec#create()}. Empty
   * lines are skipped.
   */
  public static <T> FileSource<T> ndjson(Path file, Class<T> type) {
    return ndjson(file, type, JacksonCodec.create());
  }

  /**
   * The values of a file with one JSON value per line, read by a codec. Empty lines are skipped.
   */
  public static <T> FileSource<T> ndjson(Path file, Class<T> type, JsonCodec codec) {
    return new FileSource<>(FileLayout.lines(file), new JsonLines<>(type, codec));
  }

  /**
   * The regular files below a folder, those of each folder in the order of their names. Files that
   * are added after the position are found, and files before it are not. Symbolic links are not
   * followed: neither the file nor the folder that a link names is read. If something below the
   * folder cannot be read, the attempt fails.
   */
  public static Source<Path, String> files(Path folder) {
    return new FileTree(folder);
  }

  /**
   * The items of a service that returns them in pages, each page with the token of the next one.
   */
  public static <T> Source<T, Page.Position> pages(Page.Fetch<T> fetch) {
    return new PagedSource<>(fetch);
  }

  /**
   * The items within the items of another source.
   *
   * @param innerType the type of the inner positions
   * @param inner opens the inner source of an outer item
   */
  public static <T, U, C, D> Source<Nested<T, U>, Nested.Position<C, D>> nested(
      Source<T, C> outer, Class<D> innerType, Nested.Inner<T, U, D> inner) {
    return new Nested.NestedSource<>(outer, inner, innerType);
  }
}
