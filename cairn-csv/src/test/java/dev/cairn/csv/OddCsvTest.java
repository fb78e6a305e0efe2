package dev.cairn.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.source.FilePosition;
import dev.cairn.source.Source.Item;
import dev.cairn.source.Source.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Unusual and malformed CSV files: the value of each field, or the failing line and why (C5). */
class OddCsvTest {
  @TempDir private Path folder = Path.of("");

  private Path file(String text) throws Exception {
    return Files.write(folder.resolve("odd.csv"), text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * @param rows a list of fields, or the text of an error
   */
  private static Arguments csv(String text, Object... rows) {
    return Arguments.of(text, List.of(rows));
  }

  private static List<String> row(String... fields) {
    return List.of(fields);
  }

  static Stream<Arguments> files() {
    return Stream.of(
        // Quotes.
        csv("1,5\" pipe\n2,b\n", row("1", "5\" pipe"), row("2", "b")),
        csv("a\",b\n\"c\"\"\",d", row("a\"", "b"), row("c\"", "d")),
        csv("a\"b\"c,\"\"\n", row("a\"b\"c", "")),
        csv("\"\"\"\",\"\"\"a\"\"\"\n", row("\"", "\"a\"")),
        csv("\"a,b\",\"c\nd\"\n", row("a,b", "c\nd")),
        csv("\"a\r\nb\",\"c\rd\"\n", row("a\r\nb", "c\rd")),
        csv(" \"a\", \"b\"\n", row(" \"a\"", " \"b\"")),
        csv(
            "\"a\"x,b\nc,d\n",
            "line 1 (byte 0): the record is no CSV: field 1 has text after",
            row("c", "d")),
        csv(
            "a,\"b\" \nc,d\n",
            "line 1 (byte 0): the record is no CSV: field 2 has text after",
            row("c", "d")),
        csv(
            "a,\"b\"\"c\"d\"\ne,f\n",
            "line 1 (byte 0): the record is no CSV: field 2",
            row("e", "f")),
        csv(
            "a,\"b\nc,\"d\"\ne,f\n",
            "line 1 (byte 0): the record is no CSV: field 2",
            row("e", "f")),
        csv("a,'b,c'\n", "line 1 (byte 0): the row has 3 fields, but there are 2 columns"),
        csv("a,\\\"b\\\"\n", row("a", "\\\"b\\\"")),
        // Line ends.
        csv("a,b\rc,d\r", row("a", "b"), row("c", "d")),
        csv("a,b\rc,d\ne,f\r\ng,h", row("a", "b"), row("c", "d"), row("e", "f"), row("g", "h")),
        csv("a,b\n\rc,d\r\r\n\n\ne,f\n\n", row("a", "b"), row("c", "d"), row("e", "f")),
        csv("a,b\rc\n", row("a", "b"), "line 2 (byte 4): the row has 1 fields"),
        csv("a,b", row("a", "b")),
        csv("a,", row("a", "")),
        csv("a,\"b\"", row("a", "b")),
        csv("a,\"\"", row("a", "")),
        csv("a,b\u0085\u2028\u000B\f\n", row("a", "b\u0085\u2028\u000B\f")),
        // Nothing.
        csv(""),
        csv("\n\r\n\r"),
        csv("\uFEFF"),
        csv(",\n", row("", "")),
        csv(" \n", "line 1 (byte 0): the row has 1 fields"),
        csv("\"\"\n", "line 1 (byte 0): the row has 1 fields"),
        csv(",,\n", "line 1 (byte 0): the row has 3 fields"),
        // Characters.
        csv("\uFEFFa,b\n", row("a", "b")),
        csv("\uFEFF\"a\",b\n", row("a", "b")),
        csv("a,\uFEFF\n\uFEFF\"c\",d", row("a", "\uFEFF"), row("\uFEFF\"c\"", "d")),
        csv("a,x\0y\n\0,\"\0\"\n", row("a", "x\0y"), row("\0", "\0")),
        csv("ü,漢\n🪨,\uFFFD\n", row("ü", "漢"), row("🪨", "\uFFFD")),
        csv(" a , b\t\n", row(" a ", " b\t")),
        csv("=1+1,@x\n", row("=1+1", "@x")));
  }

  @ParameterizedTest
  @MethodSource("files")
  void r16_everyFieldOfAnOddFileHasItsValue(String text, List<Object> rows) throws Exception {
    assertRows(file(text), rows);
  }

  @ParameterizedTest
  @MethodSource("files")
  void r16_everyFieldOfAnOddFileHasItsValueWhenItIsPackedByGzip(String text, List<Object> rows)
      throws Exception {
    assertRows(packed("odd.csv.gz", text), rows);
  }

  private Path packed(String name, String text) throws Exception {
    Path file = folder.resolve(name);
    try (var out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return file;
  }

  private static void assertRows(Path file, List<Object> rows) throws Exception {
    List<Item<CsvRow, FilePosition>> items = read(CsvSource.of(file).withColumns("one", "two"));
    assertThat(items).hasSameSizeAs(rows);
    for (int i = 0; i < rows.size(); i++) {
      CsvRow row = items.get(i).value();
      if (rows.get(i) instanceof String error) {
        assertThatThrownBy(row::fields)
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining(file.getFileName() + ", " + error);
      } else {
        assertThat(row.fields()).isEqualTo(rows.get(i));
      }
    }
  }

  private static List<Item<CsvRow, FilePosition>> read(CsvSource source) throws Exception {
    var items = new ArrayList<Item<CsvRow, FilePosition>>();
    try (Reader<CsvRow, FilePosition> reader = source.open(null, source.pin())) {
      for (Item<CsvRow, FilePosition> item = reader.next(); item != null; item = reader.next()) {
        items.add(item);
      }
    }
    return items;
  }

  @Test
  void r16_aRowMayHaveAMillionColumns() throws Exception {
    int columns = 1_000_000;
    String header =
        IntStream.range(0, columns).mapToObj(i -> "c" + i).collect(Collectors.joining(","));
    Path file = file(header + "\n" + ",".repeat(columns - 1) + "\"last\"\n" + ",".repeat(columns));

    List<Item<CsvRow, FilePosition>> rows = read(CsvSource.of(file));
    CsvRow first = rows.getFirst().value();
    assertThat(first.get("c999999")).isEqualTo("last");
    assertThat(first.get("c999998")).isEmpty();
    assertThatThrownBy(() -> first.get("c1000000"))
        .hasMessageContaining("no column 'c1000000'; its columns are [c0, c1, ")
        .hasMessageContaining("c49] and 999950 more");
    assertThatThrownBy(() -> rows.get(1).value().fields())
        .hasMessageContaining(
            "line 3 (byte %d): the row has 1000001 fields"
                .formatted(header.length() + 1 + columns - 1 + 7));
  }

  @Test
  void r16_packedAndWideFilesAreRefusedInWords() throws Exception {
    Path packed = packed("people.csv", "a,b\n1,2\n");
    assertThatThrownBy(() -> read(CsvSource.of(packed)))
        .hasMessageContaining("people.csv is compressed by gzip");
    Path wide =
        Files.write(folder.resolve("wide.csv"), "a,b\n1,2\n".getBytes(StandardCharsets.UTF_16));
    assertThatThrownBy(() -> read(CsvSource.of(wide)))
        .hasMessageContaining("wide.csv is in UTF-16");
  }

  @Test
  void r16_aPackedFileIsGoneOnWithByTheNamesInItsFirstRecord() throws Exception {
    CsvSource source = CsvSource.of(packed("people.csv.gz", "name,note\na,1\nb,\"2\n2\"\nc,3\n"));
    List<Item<CsvRow, FilePosition>> all = read(source);
    assertThat(source.size(source.pin())).as("known only after reading").isEmpty();
    assertThat(source.done(all.get(1).position(), 2)).isEqualTo(2);

    try (var reader = source.open(all.get(1).position(), source.pin())) {
      CsvRow row = Objects.requireNonNull(reader.next()).value();
      assertThat(row.get("name")).isEqualTo("c");
      assertThat(row.line()).hasValue(5);
    }
  }

  @Test
  void r16_everyRowIsReadOnceThoughTheFileGrowsBetweenTwoAttempts() throws Exception {
    CsvSource source = CsvSource.of(file("name,note\na,1\nb,\"2")).completeLinesOnly();
    List<Item<CsvRow, FilePosition>> first = read(source);
    assertThat(first).extracting(item -> item.value().get("name")).containsExactly("a");

    file("name,note\na,1\nb,\"2\n2\"\nc,3\n");
    try (var reader = source.open(first.getLast().position(), source.pin())) {
      Item<CsvRow, FilePosition> next = Objects.requireNonNull(reader.next());
      assertThat(next.value().fields()).containsExactly("b", "2\n2");
      assertThat(next.value().line()).hasValue(3);
    }
  }
}
