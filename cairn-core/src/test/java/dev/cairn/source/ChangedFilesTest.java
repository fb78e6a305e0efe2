package dev.cairn.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.source.Source.Item;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that grow, shrink or are replaced while a job reads them, or between two attempts. */
class ChangedFilesTest {
  private static final int BLOCK = FileTrail.BLOCK;

  @TempDir private Path folder = Path.of("");

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("file.txt"), text);
  }

  private static FilePosition after(Source<String, FilePosition> source, int items)
      throws Exception {
    return Resuming.read(source, null, source.pin()).get(items - 1).position();
  }

  /** C6: the first KiB was all that told one file from another. */
  @Test
  void r16_aReplacedFileIsRefusedThoughItBeginsAlike() throws Exception {
    String head = "the same line\n".repeat(100);
    Path file = file(head + "2025-01-01,1\n2025-01-02,2\n");
    Source<String, FilePosition> source = Sources.lines(file);
    Optional<String> pinned = source.pin();
    FilePosition position = Resuming.saved(source, after(source, 101));

    file(head + "2025-01-01,1.00\n2025-01-02,2.00\n");
    assertThatThrownBy(() -> source.open(position, pinned))
        .hasMessageContaining(
            "file.txt is not the file that this job started to read: the bytes before byte 1413 differ")
        .hasMessageContaining("Restart the job");
    file(head + "2025-01-01,1\n2025-01-03,3\n2025-01-04,4\n");
    assertThat(Resuming.read(source, position, pinned))
        .as("what comes behind the position may change")
        .extracting(Item::value)
        .containsExactly("2025-01-03,3", "2025-01-04,4");
  }

  @Test
  void r16_everyChangedByteIsNoticedUpToAMebibyteBack() throws Exception {
    Path file = file("0123456\n".repeat(BLOCK / 8 * 5 / 2));
    Source<String, FilePosition> source = Sources.lines(file);
    Optional<String> pinned = source.pin();
    FilePosition position = after(source, (int) (Files.size(file) / 8));
    assertThat(position.digest()).startsWith(BLOCK * 3 / 2 + ":");
    Resuming.read(source, position, pinned);

    for (long noticed :
        new long[] {0, 1023, BLOCK, BLOCK + 8, 2L * BLOCK - 1, 2L * BLOCK, position.offset() - 2}) {
      try (var bytes = new RandomAccessFile(file.toFile(), "rw")) {
        bytes.seek(noticed);
        int before = bytes.read();
        bytes.seek(noticed);
        bytes.write('x');
        assertThatThrownBy(() -> source.open(position, pinned))
            .as("byte %d", noticed)
            .hasMessageContaining("is not the file that this job started to read");
        bytes.seek(noticed);
        bytes.write(before);
      }
    }
    Resuming.read(source, position, pinned);
  }

  @Test
  void r16_positionsOfFormerVersionsAreReadOn() throws Exception {
    Path file = file("one\ntwo\nthree\n");
    Source<String, FilePosition> source = Sources.lines(file);
    FilePosition former = Resuming.decoded(source, "8");
    Optional<String> formerPin = Optional.of("14:2d62a28d9bd4eb3aef8ba4ab85b6b1f1");

    assertThat(former).isEqualTo(new FilePosition(8, null, null));
    List<Item<String, FilePosition>> rest = Resuming.read(source, former, source.pin());
    assertThat(rest).extracting(Item::value).containsExactly("three");
    assertThat(rest.getFirst().position())
        .as("compared from the next position on, without a line")
        .satisfies(next -> assertThat(next.digest()).isEqualTo("14:" + digest(file)))
        .satisfies(next -> assertThat(next.line()).isNull());
    assertThatThrownBy(() -> source.open(FilePosition.at(6), source.pin()).next())
        .as("replaced, and read from the middle of a line")
        .hasMessageContaining("continues after byte 6 in the middle of a line");
    assertThatThrownBy(() -> source.open(former, formerPin))
        .hasMessageContaining("its first 14 bytes differ");
    assertThat(source.pin()).as("pins are what they were").hasValue("14:" + sha(file));
  }

  private static String digest(Path file) throws IOException {
    var crc = new CRC32C();
    crc.update(Files.readAllBytes(file));
    return "%08x".formatted(crc.getValue());
  }

  @Test
  void r16_aPositionIsKeptAsItsThreeParts() {
    String json = "{\"offset\":12,\"line\":3,\"digest\":\"12:00c0ffee\"}";
    assertThat(Resuming.encoded(new FilePosition(12, 3L, "12:00c0ffee"))).isEqualTo(json);
    assertThat(Resuming.encoded(FilePosition.at(12)))
        .isEqualTo("{\"offset\":12,\"line\":null,\"digest\":null}");
    assertThatThrownBy(() -> FilePosition.at(-1))
        .hasMessageContaining("the offset must not be negative: -1");
  }

  @Test
  void r16_aFileThatHasGrownIsReadOn() throws Exception {
    Path file = file("one\ntwo\r");
    Source<String, FilePosition> source = Sources.lines(file);
    Optional<String> pinned = source.pin();
    FilePosition end = Resuming.saved(source, after(source, 2));
    assertThat(end.offset()).isEqualTo(8);

    Files.writeString(file, "\nthree\n", StandardOpenOption.APPEND);
    assertThat(Resuming.read(source, end, pinned))
        .as("the LF that was still to come belongs to the line before")
        .singleElement()
        .satisfies(item -> assertThat(item.value()).isEqualTo("three"))
        .satisfies(item -> assertThat(item.position().line()).isEqualTo(3));
  }

  @Test
  void r16_aLastLineThatWasWorkedHalfWrittenStopsTheJobWhenTheRestArrives() throws Exception {
    Path file = file("one\n12");
    Source<String, FilePosition> source = Sources.lines(file);
    Optional<String> pinned = source.pin();
    FilePosition end = Resuming.saved(source, after(source, 2));
    assertThat(Resuming.read(source, end, pinned)).as("it is the end").isEmpty();

    file("one\n1234.50\nthree\n");
    try (var reader = source.open(end, pinned)) {
      assertThatThrownBy(reader::next)
          .hasMessageContaining("file.txt continues after byte 6 in the middle of a line")
          .hasMessageContaining("completeLinesOnly()");
    }
    file("one\n12");
    try (var reader = source.open(null, pinned)) {
      reader.next();
      assertThat(Objects.requireNonNull(reader.next()).value()).isEqualTo("12");
      Files.writeString(file, "34.50\n", StandardOpenOption.APPEND);
      assertThatThrownBy(reader::next).hasMessageContaining("in the middle of a line");
    }
  }

  @Test
  void r16_aFileThatIsStillWrittenMayBeReadByCompleteLinesOnly() throws Exception {
    Path file = file("one\n12");
    FileSource<String> source = Sources.lines(file).completeLinesOnly();
    assertThat(Resuming.stoppedAtEveryItem(source)).containsExactly("one");
    Optional<String> pinned = source.pin();
    FilePosition one = Resuming.saved(source, after(source, 1));

    file("one\n1234.50\nthree");
    assertThat(Resuming.read(source, one, pinned))
        .extracting(Item::value)
        .containsExactly("1234.50");
    Path quoted = file("a\n\"b\nc");
    assertThat(Resuming.values(Sources.quotedRecords(quoted).completeLinesOnly()))
        .extracting(FileRecord::text)
        .containsExactly("a");
  }

  @Test
  void r16_aLineEndThatIsWrittenBeforeTheNextLineEndsTheLastOne() throws Exception {
    for (String end : List.of("\n", "\r\n", "\r")) {
      Path file = file("one" + end + "two");
      Source<String, FilePosition> source = Sources.lines(file);
      Optional<String> pinned = source.pin();
      FilePosition two = Resuming.saved(source, after(source, 2));

      Files.writeString(file, end, StandardOpenOption.APPEND);
      assertThat(Resuming.read(source, two, pinned)).isEmpty();
      try (var reader = source.open(two, pinned)) {
        Files.writeString(file, "three", StandardOpenOption.APPEND);
        Item<String, FilePosition> three = Objects.requireNonNull(reader.next());
        assertThat(three.value()).isEqualTo("three");
        assertThat(three.position().line()).isEqualTo(2);
        Files.writeString(file, end + "four", StandardOpenOption.APPEND);
        assertThat(Objects.requireNonNull(reader.next()).value()).isEqualTo("four");
        Files.writeString(file, "teen", StandardOpenOption.APPEND);
        assertThatThrownBy(reader::next).hasMessageContaining("in the middle of a line");
      }
    }
  }

  @Test
  void r16_aPositionBehindTheByteOrderMarkIsTheBeginningOfALine() throws Exception {
    Source<String, FilePosition> source = Sources.lines(file("\uFEFFone\ntwo\n"));

    assertThat(Resuming.read(source, FilePosition.at(3), source.pin()))
        .extracting(Item::value)
        .containsExactly("one", "two");
    Source<String, FilePosition> other = Sources.lines(file("\uFF5Fone\n"));
    assertThatThrownBy(() -> Resuming.read(other, FilePosition.at(3), other.pin()))
        .hasMessageContaining("in the middle of a line");
  }

  /** A finished file: a record that a writer has only begun does not end with a line end. */
  @Test
  void r16_aQuoteThatIsNotClosedDoesNotLeaveOutTheRestOfAFile() throws Exception {
    Path file = file("1,a\n7,\"5 inch,3\n8,b\n9,c\n");
    FileSource<FileRecord> source = Sources.quotedRecords(file).completeLinesOnly();

    assertThatThrownBy(() -> Resuming.values(source))
        .hasMessageContaining("file.txt, line 2 (byte 4): the file ends within double quotes")
        .hasMessageContaining("if the file is still being written, retry the job");
    file("1,a\n7,\"" + "8,b\n".repeat(10) + "9");
    assertThatThrownBy(() -> Resuming.values(source.maxRecordBytes(30)))
        .hasMessageContaining("the file ends within double quotes");
    assertThat(Resuming.values(source)).as("it may still be written").hasSize(1);
  }

  @Test
  void r16_aFileCutInTheMiddleOfACharacterFailsWithThatLine() throws Exception {
    byte[] whole = "one\nzwei ü🪨\n".getBytes(StandardCharsets.UTF_8);
    Path file = folder.resolve("file.txt");
    Files.write(file, whole);
    Source<String, FilePosition> source = Sources.lines(file);
    Optional<String> pinned = Optional.of("4:" + sha(file("one\n")));
    FilePosition one = new FilePosition(4, 1L, "4:" + digest(file));

    for (int length = 4; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      if (length == 4) {
        assertThat(Resuming.read(source, one, pinned)).isEmpty();
      } else if (length == 10 || (length > 11 && length < 15)) {
        assertThatThrownBy(() -> Resuming.read(source, one, pinned).getFirst().value())
            .as("cut at byte %d", length)
            .hasMessageContaining("file.txt, line 2 (byte 4): the record is not in UTF-8");
      } else {
        assertThat(Resuming.read(source, one, pinned)).hasSize(1);
      }
    }
    Files.write(file, Arrays.copyOf(whole, 3));
    assertThatThrownBy(() -> source.open(one, pinned))
        .hasMessageContaining("was read up to byte 4, but now has only 3");
  }

  @Test
  void r16_aFileThatIsCutWhileItIsReadDoesNotPassForReadToItsEnd() throws Exception {
    Path file = file("0123456\n".repeat(100_000));
    Source<String, FilePosition> source = Sources.lines(file);

    try (var reader = source.open(null, source.pin())) {
      reader.next();
      try (var bytes = new RandomAccessFile(file.toFile(), "rw")) {
        bytes.setLength(800);
      }
      assertThatThrownBy(
              () -> {
                while (reader.next() != null) {
                  // Until the end of what was read ahead.
                }
              })
          .hasMessageContaining("but now has only 800: it was cut while it was read");
    }
  }

  @Test
  void r35_aReplacedFileWithinAFolderIsRefused() throws Exception {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Files.writeString(tree.resolve("a"), "1\n2\n");
    Path inner = Files.writeString(tree.resolve("b"), "3\n44\n555\n");
    var source = Sources.nested(Sources.files(tree), FilePosition.class, Sources::lines);
    assertThat(Resuming.stoppedAtEveryItem(source))
        .extracting(Nested::inner)
        .containsExactly("1", "2", "3", "44", "555");
    var position =
        Resuming.saved(source, Resuming.read(source, null, source.pin()).get(3).position());

    Files.writeString(inner, "3\n4\n55555\n");
    assertThatThrownBy(() -> Resuming.read(source, position, source.pin()))
        .hasMessageContaining("its first 9 bytes differ");
    Files.writeString(inner, "3\n44\n555\n6666\n");
    assertThat(Resuming.read(source, position, source.pin()))
        .as("a file that has grown")
        .extracting(item -> item.value().inner())
        .containsExactly("555", "6666");
  }

  /** Behind the digest of a position, only what was pinned tells one file from another. */
  @Test
  void r35_aFileWithinAFolderIsKnownByItsBeginningToo() throws Exception {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Path inner = Files.writeString(tree.resolve("a"), "0123456\n".repeat(BLOCK / 8 * 3));
    var source = Sources.nested(Sources.files(tree), FilePosition.class, Sources::lines);
    var position =
        Resuming.saved(source, Resuming.read(source, null, source.pin()).getLast().position());

    try (var bytes = new RandomAccessFile(inner.toFile(), "rw")) {
      bytes.write('x');
    }
    assertThatThrownBy(() -> Resuming.read(source, position, source.pin()))
        .hasMessageContaining("its first 1024 bytes differ");
  }

  private static String sha(Path file) throws Exception {
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
    return HexFormat.of().formatHex(hash, 0, 16);
  }

  /** Seen before: a redrive said that the line no longer exists. */
  @Test
  void aLineThatGotItsLineEndLaterIsFoundAgain() throws Exception {
    for (String written : List.of("one\ntwo", "one\r\ntwo\r")) {
      for (String more : List.of("\n\nthree\n", "\n", "\rthree", "")) {
        Path file = file(written);
        Source<String, FilePosition> source = Sources.lines(file);
        Optional<String> pinned = source.pin();
        FilePosition one = after(source, 1);
        FilePosition two = Resuming.saved(source, after(source, 2));
        Files.writeString(file, more, StandardOpenOption.APPEND);

        for (FilePosition before : new FilePosition[] {one, null}) {
          Item<String, FilePosition> found = source.find(two, before, pinned);
          assertThat(found).as("'%s' behind '%s'", more, written).isEqualTo(new Item<>("two", two));
        }
        assertThat(Objects.requireNonNull(source.find(one, null, pinned)).value()).isEqualTo("one");
      }
    }
  }

  @Test
  void anEmptyLineIsNotTakenForTheLineBeforeIt() throws Exception {
    Path file = file("one\n");
    Source<String, FilePosition> source = Sources.lines(file);
    Optional<String> pinned = source.pin();
    FilePosition one = after(source, 1);
    Files.writeString(file, "\n\ntwo", StandardOpenOption.APPEND);
    List<Item<String, FilePosition>> all = Resuming.read(source, null, pinned);

    assertThat(all).extracting(Item::value).containsExactly("one", "", "", "two");
    assertThat(source.find(one, null, pinned)).isEqualTo(new Item<>("one", one));
    for (Item<String, FilePosition> each : all) {
      assertThat(source.find(each.position(), null, pinned)).isEqualTo(each);
    }
    assertThat(source.find(one, one, pinned)).as("behind itself").isNull();
  }

  @Test
  void aLineThatHasGrownIsNotFoundAgain() throws Exception {
    Path file = file("one\n12");
    Source<String, FilePosition> source = Sources.lines(file);
    Optional<String> pinned = source.pin();
    FilePosition last = after(source, 2);
    Files.writeString(file, "34\n", StandardOpenOption.APPEND);

    assertThatThrownBy(() -> source.find(last, after(source, 1), pinned))
        .hasMessageContaining("in the middle of a line");
  }

  /** Seen before: the finished inner items of such a line were done again. */
  @Test
  void aLineThatGotItsLineEndLaterGoesOnWithinANestedSource() throws Exception {
    for (String end : List.of("\n", "\r\n", "\r")) {
      Path file = file("one" + end + "two");
      Source<Nested<String, Long>, Nested.Position<FilePosition, Long>> source =
          Sources.nested(Sources.lines(file), Long.class, line -> Sources.range(0, 3));
      Optional<String> pinned = source.pin();
      List<Item<Nested<String, Long>, Nested.Position<FilePosition, Long>>> all =
          Resuming.read(source, null, pinned);
      Item<Nested<String, Long>, Nested.Position<FilePosition, Long>> done = all.get(4);
      assertThat(done.value()).isEqualTo(new Nested<>("two", 1L));
      Nested.Position<FilePosition, Long> saved = Resuming.saved(source, done.position());

      Files.writeString(file, end + "three" + end, StandardOpenOption.APPEND);
      assertThat(Resuming.read(source, saved, pinned))
          .extracting(Item::value)
          .containsExactly(
              new Nested<>("two", 2L),
              new Nested<>("three", 0L),
              new Nested<>("three", 1L),
              new Nested<>("three", 2L));
      assertThat(Objects.requireNonNull(source.find(saved, all.get(3).position(), pinned)).value())
          .isEqualTo(done.value());
    }
  }
}
