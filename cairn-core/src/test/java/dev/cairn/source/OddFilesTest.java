package dev.cairn.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.source.Source.Item;
import java.io.ByteArrayOutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Unusual files: the value of each record, or the reason why it is refused. */
class OddFilesTest {
  @TempDir private Path folder = Path.of("");

  private Path file(byte[] bytes) throws Exception {
    return Files.write(folder.resolve("odd"), bytes);
  }

  private Path file(String text) throws Exception {
    return file(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Arguments lines(String text, String... lines) {
    return Arguments.of(text, List.of(lines));
  }

  static Stream<Arguments> texts() {
    return Stream.of(
        lines(""),
        lines("\n", ""),
        lines("\r", ""),
        lines("\r\n", ""),
        lines("\n\r", "", ""),
        lines("\r\r\n\n", "", "", ""),
        lines("a", "a"),
        lines("a\nb", "a", "b"),
        lines("a\r\nb\r\n", "a", "b"),
        lines("a\rb\r", "a", "b"),
        lines("a\rb\nc\r\nd\n\re", "a", "b", "c", "d", "", "e"),
        lines("a\r\r\nb", "a", "", "b"),
        lines("a\n\n\n", "a", "", ""),
        lines("\uFEFF"),
        lines("\uFEFF\n", ""),
        lines("\uFEFFa\n\uFEFFb", "a", "\uFEFFb"),
        lines("a\0b\n\0", "a\0b", "\0"),
        lines("\0\n", "\0"),
        lines("a\u0085b\u2028c\u2029d\fe\u000Bf", "a\u0085b\u2028c\u2029d\fe\u000Bf"),
        lines("\"a\nb\"", "\"a", "b\""),
        lines(" a \n\t\n", " a ", "\t"),
        lines("ü漢🪨\n\uFFFDü", "ü漢🪨", "\uFFFDü"));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void r16_everyLineOfAnOddTextHasItsValue(String text, List<String> lines) throws Exception {
    assertThat(Resuming.stoppedAtEveryItem(Sources.lines(file(text)))).isEqualTo(lines);
  }

  @ParameterizedTest
  @MethodSource("texts")
  void r16_everyLineOfAnOddTextHasItsValueWhenItIsPackedByGzip(String text, List<String> lines)
      throws Exception {
    Path file = folder.resolve("odd.txt.gz");
    for (int length : new int[] {1, 3, 100}) {
      Files.write(file, Gzip.membersOf(length, text.getBytes(StandardCharsets.UTF_8)));
      assertThat(Resuming.stoppedAtEveryItem(Sources.lines(file)))
          .as("members of %d bytes", length)
          .isEqualTo(lines);
    }
  }

  @Test
  void r16_recordsKnowTheLinesOfTheFileAsAnEditorCountsThem() throws Exception {
    FileSource<FileRecord> source =
        Sources.quotedRecords(file("\uFEFFa\r\n\"b\r\nb\rb\nb\"\r\rc\n\nd"));

    List<Item<FileRecord, FilePosition>> all = Resuming.read(source, null, source.pin());
    assertThat(all)
        .extracting(item -> item.value().line().orElseThrow())
        .containsExactly(1L, 2L, 6L, 7L, 8L, 9L);
    assertThat(all)
        .extracting(item -> item.value().offset())
        .containsExactly(3L, 6L, 17L, 18L, 20L, 21L);
    assertThat(Resuming.read(source, all.get(1).position(), source.pin()))
        .extracting(item -> item.value().where())
        .startsWith(folder.resolve("odd") + ", line 6 (byte 17)");
    assertThat(Resuming.read(source, FilePosition.at(17), source.pin()))
        .as("a position without a line number")
        .extracting(item -> item.value().where())
        .startsWith(folder.resolve("odd") + ", byte 17");
  }

  static Stream<Arguments> quotedRecords() {
    return Stream.of(
        lines("1,5\" pipe\n2,b\"\"\n", "1,5\" pipe", "2,b\"\""),
        lines("a\"\nb\"\n", "a\"", "b\""),
        lines(" \"a\nb\"\n", " \"a", "b\""),
        lines("\"a\nb\",\"c\r\n\"\"d\"\ne", "\"a\nb\",\"c\r\n\"\"d\"", "e"),
        lines("\"a\"\"\nb\"\nc", "\"a\"\"\nb\"", "c"),
        lines("\"a\"b\"\nc", "\"a\"b\"", "c"),
        lines("\"a\" ,\"b\nc\"\n", "\"a\" ,\"b\nc\""),
        lines("\"\"\n\"\"\"\n\"", "\"\"", "\"\"\"\n\""),
        lines(",\"\n\",\n,", ",\"\n\",", ","),
        lines("\uFEFF\"a\nb\"", "\"a\nb\""),
        lines("\"a\rb\"\rc", "\"a\rb\"", "c"));
  }

  @ParameterizedTest
  @MethodSource("quotedRecords")
  void r16_aQuoteOpensOnlyAtTheBeginningOfAField(String text, List<String> records)
      throws Exception {
    assertThat(Resuming.stoppedAtEveryItem(Sources.quotedRecords(file(text)).map(FileRecord::text)))
        .isEqualTo(records);
  }

  @Test
  void r16_separatorsMayBeAnyCharacterButAQuoteOrALineEnd() throws Exception {
    for (char separator : new char[] {';', '\t', '|', '§', '¦', '漢', '\0', ' '}) {
      String text = "a$\"b\nc$\"$\"d\n\"\ne$f\"\n".replace('$', separator);
      assertThat(Resuming.values(Sources.quotedRecords(file(text), separator)))
          .as("separated by %s", separator)
          .extracting(FileRecord::text)
          .containsExactly(
              "a$\"b\nc$\"$\"d\n\"".replace('$', separator), "e$f\"".replace('$', separator));
    }
    Path file = file("a");
    for (char refused : new char[] {'"', '\n', '\r', '\uD83E'}) {
      assertThatThrownBy(() -> Sources.quotedRecords(file, refused))
          .hasMessageContaining("cannot separate fields");
    }
  }

  @Test
  void r16_whatIsNotInUtf8FailsWithItsLineAndTheOthersAreRead() throws Exception {
    byte[][] broken = {
      {(byte) 0xFF},
      {(byte) 0xC3},
      {(byte) 0xC0, (byte) 0x80},
      {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
      {(byte) 0xF0, (byte) 0x9F, (byte) 0xAA},
      "ü".getBytes(StandardCharsets.ISO_8859_1)
    };
    for (byte[] each : broken) {
      var bytes = new ByteArrayOutputStream();
      bytes.writeBytes("one\ntwo ".getBytes(StandardCharsets.UTF_8));
      bytes.writeBytes(each);
      bytes.writeBytes("\nthree".getBytes(StandardCharsets.UTF_8));
      Path file = file(bytes.toByteArray());

      List<FileRecord> records = Resuming.values(Sources.quotedRecords(file));
      assertThat(records.get(0).text()).isEqualTo("one");
      assertThatThrownBy(() -> records.get(1).text())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("odd, line 2 (byte 4): the record is not in UTF-8");
      assertThat(records.get(1).toString()).startsWith("two \uFFFD");
      assertThat(records.get(2).text()).isEqualTo("three");
      assertThatThrownBy(() -> Resuming.values(Sources.lines(file)))
          .hasMessageContaining("odd, line 2 (byte 4): the record is not in UTF-8");
    }
  }

  @Test
  void r16_wideTextsAndPackedFilesAreRefusedInWords() throws Exception {
    for (String name :
        List.of("UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE", "UTF-32BE")) {
      Path file = file("name,note\n".getBytes(Charset.forName(name)));
      assertThatThrownBy(() -> Resuming.values(Sources.lines(file)))
          .as(name)
          .hasMessageContaining("odd is in UTF-16 or UTF-32, but sources read text in UTF-8");
    }
    Path marked = file("\uFEFFa".getBytes(StandardCharsets.UTF_16LE));
    assertThatThrownBy(() -> Resuming.values(Sources.lines(marked)))
        .hasMessageContaining("in UTF-16");

    Path packed = Files.write(folder.resolve("people.csv"), Gzip.members("a\n"));
    assertThatThrownBy(() -> Resuming.values(Sources.quotedRecords(packed)))
        .hasMessageContaining("people.csv is compressed by gzip")
        .hasMessageContaining("may stay so if its name ends with .gz");
    Path workbook = file("PK\3\4whatever");
    assertThatThrownBy(() -> Resuming.values(Sources.lines(workbook)))
        .hasMessageContaining("a zip archive");
    Path archive = file("name" + "\0".repeat(253) + "ustar\0" + "00".repeat(200));
    assertThatThrownBy(() -> Resuming.values(Sources.lines(archive)))
        .hasMessageContaining("a tar archive");
  }

  @Test
  void r16_everyJsonLineHasItsValueOrFailsWithItsLine() throws Exception {
    record Row(int id, String name) {}
    String one = "{\"id\":1,\"name\":\"a\\nb\"}";
    Path file =
        file("\uFEFF" + one + "\r\n\n \t\r" + one + "\r {\"name\":\"ü\",\"id\":2} \n" + one);
    assertThat(Resuming.stoppedAtEveryItem(Sources.ndjson(file, Row.class)))
        .containsExactly(
            new Row(1, "a\nb"), new Row(1, "a\nb"), new Row(2, "ü"), new Row(1, "a\nb"));

    for (String broken :
        List.of(
            one + one,
            one + " x",
            "{\"id\":1",
            "null",
            "[]",
            "\u3000",
            "\0",
            "\u2028",
            "{\"id\":\"x\"}")) {
      Path odd = file(one + "\n\n" + broken + "\n" + one);
      assertThatThrownBy(() -> Resuming.values(Sources.ndjson(odd, Row.class)))
          .as(broken)
          .hasMessageContaining("odd, line 3 (byte 24): the line has no Row: ");
    }
  }

  /** A line of a gigabyte took all memory. */
  @Test
  void r16_aLineThatIsTooLongFailsWithItsLineAndTheLimitsName() throws Exception {
    Path sparse = file("first\nsecond");
    try (var file = new RandomAccessFile(sparse.toFile(), "rw")) {
      file.setLength(20L * 1024 * 1024);
      file.seek(file.length());
      file.write("\nthird".getBytes(StandardCharsets.UTF_8));
    }

    assertThatThrownBy(() -> Resuming.values(Sources.lines(sparse)))
        .hasMessageContaining(
            "odd, line 2 (byte 6): the record is longer than 16777216 bytes, the limit that maxRecordBytes sets");
    List<FileRecord> records = Resuming.values(Sources.quotedRecords(sparse));
    assertThat(records).hasSize(3);
    assertThat(records.get(1).toString()).startsWith("second\0").hasSize(103);
    assertThat(records.get(2).text()).isEqualTo("third");
    assertThat(records.get(2).line()).hasValue(3);
  }

  @Test
  void r16_theLimitIsWhatIsSetAndHoldsForTheRecordWithoutItsLineEnd() throws Exception {
    Path file = file("12345\r\n123456\n");

    assertThat(Resuming.values(Sources.lines(file).maxRecordBytes(6)))
        .containsExactly("12345", "123456");
    assertThatThrownBy(() -> Resuming.values(Sources.lines(file).maxRecordBytes(5)))
        .hasMessageContaining("line 2 (byte 7): the record is longer than 5 bytes");
    Path wide = file("üü\n");
    assertThat(Resuming.values(Sources.lines(wide).maxRecordBytes(4))).containsExactly("üü");
    assertThatThrownBy(() -> Resuming.values(Sources.lines(wide).maxRecordBytes(3)))
        .hasMessageContaining("longer than 3 bytes");
    for (int refused : new int[] {0, Integer.MAX_VALUE}) {
      assertThatThrownBy(() -> Sources.lines(wide).maxRecordBytes(refused))
          .hasMessageContaining("maxRecordBytes must be from 1 to 1073741824, not " + refused);
    }

    Path quoted = file("a,\"" + "b\n".repeat(100) + "\",\"c\nd\"\ne\n");
    List<FileRecord> records = Resuming.values(Sources.quotedRecords(quoted).maxRecordBytes(10));
    assertThat(records).hasSize(2);
    assertThatThrownBy(() -> records.get(0).text()).hasMessageContaining("longer than 10 bytes");
    assertThat(records.get(1).text()).as("behind the whole record").isEqualTo("e");
  }

  @Test
  void r16_aFileThatEndsWithinQuotesFailsBeforeTheRecordsInThemVanish() throws Exception {
    FileSource<FileRecord> source = Sources.quotedRecords(file("a\nb,\"c\nd\ne\n"));

    try (var reader = source.open(null, Optional.empty())) {
      assertThat(Objects.requireNonNull(reader.next()).value().text()).isEqualTo("a");
      assertThatThrownBy(reader::next)
          .hasMessageContaining(
              "odd, line 2 (byte 2): the file ends within double quotes that were opened in the record that begins here");
    }
  }
}
