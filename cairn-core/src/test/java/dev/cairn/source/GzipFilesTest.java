package dev.cairn.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.source.Source.Item;
import java.io.ByteArrayOutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files that are compressed by gzip, whole, odd, damaged, and changed between two attempts (C5).
 */
class GzipFilesTest {
  private static final long SEED = 20261126;
  private static final int MEMBER_HEADER = 10;

  @TempDir private Path folder = Path.of("");

  private Path file(byte[] bytes) throws Exception {
    return Files.write(folder.resolve("file.txt.gz"), bytes);
  }

  private Path file(String... members) throws Exception {
    return file(Gzip.members(members));
  }

  private static byte[] joined(byte[]... parts) {
    var joined = new ByteArrayOutputStream();
    Arrays.stream(parts).forEach(joined::writeBytes);
    return joined.toByteArray();
  }

  @Test
  void r16_everySourceOfFilesReadsWhatIsPacked() throws Exception {
    record Row(int id) {}
    Path file = file("{\"id\":1}\n{\"i", "d\":2}\n\n", "{\"id\":3}");
    assertThat(Resuming.stoppedAtEveryItem(Sources.ndjson(file, Row.class)))
        .containsExactly(new Row(1), new Row(2), new Row(3));
    file("a,\"b\n", "b\"\r", "\nc");
    assertThat(Resuming.stoppedAtEveryItem(Sources.quotedRecords(file).map(FileRecord::where)))
        .containsExactly(file + ", line 1 (byte 0)", file + ", line 3 (byte 9)");
    Path shouting = Files.write(folder.resolve("FILE.GZ"), Gzip.members("a\n"));
    assertThat(Resuming.values(Sources.lines(shouting))).containsExactly("a");
    var nested = Sources.nested(Sources.files(folder), FilePosition.class, Sources::lines);
    Files.writeString(folder.resolve("plain.txt"), "plain\n");
    assertThat(Resuming.stoppedAtEveryItem(nested))
        .extracting(Nested::inner)
        .containsExactly("a", "a,\"b", "b\"", "c", "plain");
  }

  @Test
  void r16_everyFieldOfAMembersHeaderIsPassedOver() throws Exception {
    byte[] plain = Gzip.members("one\ntwo\n");
    byte[] extra = {3, 0, 1, 2, 3};
    byte[] name = "file\0".getBytes(StandardCharsets.US_ASCII);
    byte[] comment = "as of\nMonday\0".getBytes(StandardCharsets.US_ASCII);
    byte[] checksum = {1, 2};
    byte[] header = Arrays.copyOf(plain, MEMBER_HEADER);
    byte[] rest = Arrays.copyOfRange(plain, MEMBER_HEADER, plain.length);
    header[3] = 1 | 2 | 4 | 8 | 16;
    Path file = file(joined(header, extra, name, comment, checksum, rest, plain));

    assertThat(Resuming.stoppedAtEveryItem(Sources.lines(file)))
        .containsExactly("one", "two", "one", "two");
  }

  @Test
  void r16_aFileOfManyMembersAndMebibytesIsGoneOnWithAnywhere() throws Exception {
    String text = "0123456\n".repeat(FileTrail.BLOCK / 8 * 5 / 2);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    Path plain = Files.write(folder.resolve("file.txt"), bytes);
    Path packed = file(Gzip.membersOf(100_003, bytes));
    FileSource<String> source = Sources.lines(packed);

    List<Item<String, FilePosition>> expected =
        Resuming.read(Sources.lines(plain), null, Optional.empty());
    List<Item<String, FilePosition>> all = Resuming.read(source, null, source.pin());
    assertThat(all).isEqualTo(expected);
    for (int finished : new int[] {1, 127, 128, 129, 131_072, 131_073, 262_144, all.size()}) {
      FilePosition position = Resuming.saved(source, all.get(finished - 1).position());
      assertThat(position.digest()).isEqualTo(expected.get(finished - 1).position().digest());
      assertThat(Resuming.read(source, position, source.pin()))
          .as("after %d", finished)
          .isEqualTo(expected.subList(finished, expected.size()));
    }
  }

  @Test
  void r16_progressIsInRecordsBecauseNobodyKnowsTheWhole() throws Exception {
    FileSource<String> source = Sources.lines(file("one\ntwo\n"));
    assertThat(source.size(source.pin())).isEmpty();
    assertThat(source.done(new FilePosition(8, 2L, null), 2)).isEqualTo(2);
  }

  @Test
  void r16_aPackedFileThatWasReplacedOrCutIsRefused() throws Exception {
    String head = "the same line\n".repeat(100);
    FileSource<String> source = Sources.lines(file(head + "1\n2\n3\n"));
    Optional<String> pinned = source.pin();
    FilePosition position =
        Resuming.saved(source, Resuming.read(source, null, pinned).get(101).position());
    assertThat(position.offset()).isEqualTo(1404);

    file(
        Gzip.member(
            (head + "1\n2\n3\n").getBytes(StandardCharsets.UTF_8), Deflater.NO_COMPRESSION));
    assertThat(Resuming.read(source, position, pinned))
        .as("the same text, packed in another way")
        .extracting(Item::value)
        .containsExactly("3");
    file(head + "1\n7\n3\n");
    assertThatThrownBy(() -> source.open(position, pinned))
        .hasMessageContaining("file.txt.gz is not the file that this job started to read")
        .hasMessageContaining("the bytes before byte 1404 differ. Restart the job");
    file("another line\n" + head);
    assertThatThrownBy(() -> source.open(position, pinned))
        .hasMessageContaining("its first 1024 bytes differ");
    for (String cut : List.of(head + "1\n", head)) {
      file(cut);
      assertThatThrownBy(() -> source.open(position, pinned))
          .hasMessageContaining(
              "file.txt.gz was read up to byte 1404, but now has only %d: it was cut or replaced"
                  .formatted(cut.length()));
    }
    file("a\n");
    assertThatThrownBy(() -> source.open(position, pinned)).hasMessageContaining("now has only 2");
  }

  @Test
  void r16_aPackedFileMayGrowByMembers() throws Exception {
    Path file = file("one\ntwo\r");
    FileSource<String> source = Sources.lines(file);
    Optional<String> pinned = source.pin();
    FilePosition end = Resuming.read(source, null, pinned).getLast().position();
    Files.write(file, Gzip.members("\nthree\n12"), StandardOpenOption.APPEND);

    assertThat(Resuming.read(source.completeLinesOnly(), end, pinned))
        .extracting(Item::value)
        .containsExactly("three");
    List<Item<String, FilePosition>> rest = Resuming.read(source, end, pinned);
    assertThat(rest).extracting(Item::value).containsExactly("three", "12");
    Files.write(file, Gzip.members("34\n"), StandardOpenOption.APPEND);
    try (var reader = source.open(rest.getLast().position(), pinned)) {
      assertThatThrownBy(reader::next).hasMessageContaining("in the middle of a line");
    }
  }

  @Test
  void r16_aPackedFileCutAnywhereFailsAndIsGoneOnWithWhenItIsWhole() throws Exception {
    byte[] first = Gzip.members("one\n");
    byte[] whole = joined(first, Gzip.members("two\nthree\n"));
    FileSource<String> source = Sources.lines(file(whole));
    Optional<String> pinned = source.pin();

    for (int length = 1; length < whole.length; length++) {
      file(Arrays.copyOf(whole, length));
      var read = new ArrayList<Item<String, FilePosition>>();
      if (length == first.length) {
        assertThat(Resuming.values(source)).as("whole members").containsExactly("one");
        continue;
      }
      int cut = length;
      assertThatThrownBy(() -> readInto(read, source, pinned))
          .as("cut at byte %d", length)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("file.txt.gz cannot be unpacked after byte ")
          .hasMessageContaining("(byte %d of the file): it ends within a gzip member", cut)
          .hasMessageContaining("Replace the file with an intact copy and retry the job");
      file(whole);
      if (!read.isEmpty()) {
        FilePosition position = Resuming.saved(source, read.getLast().position());
        Resuming.read(source, position, pinned).forEach(read::add);
        assertThat(read).extracting(Item::value).containsExactly("one", "two", "three");
      }
    }
    Path empty = file(new byte[0]);
    assertThatThrownBy(() -> Resuming.values(Sources.lines(empty)))
        .hasMessageContaining("file.txt.gz is not compressed by gzip, as its name says");
  }

  private static void readInto(
      List<Item<String, FilePosition>> read, FileSource<String> source, Optional<String> pinned)
      throws Exception {
    try (var reader = source.open(null, pinned)) {
      for (var item = reader.next(); item != null; item = reader.next()) {
        read.add(item);
      }
    }
  }

  /** Whatever byte of a file is wrong: its text is whole, or the attempt fails. */
  @Test
  void r16_noRecordOfADamagedFileVanishes() throws Exception {
    var random = new Random(SEED);
    List<String> lines = random.ints(400, 0, 1_000).mapToObj(Integer::toString).toList();
    byte[] text = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
    byte[] whole = Gzip.membersOf(500, text);
    int refused = 0;
    for (int at = 0; at < whole.length; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= (byte) (1 << random.nextInt(8));
      FileSource<String> source = Sources.lines(file(damaged));
      List<String> read;
      try {
        read = Resuming.values(source);
      } catch (IllegalStateException e) {
        assertThat(e).hasMessageContaining("file.txt.gz ");
        refused++;
        continue;
      }
      assertThat(read).as("byte %d", at).isEqualTo(lines);
    }
    assertThat(refused)
        .as("only times and the like do not matter")
        .isGreaterThan(whole.length * 4 / 5);
  }

  @Test
  void r16_randomPackedTextsAreReadWhereverTheReaderStops() throws Exception {
    var random = new Random(SEED);
    String[] pieces = {
      "a", "bc", "ü", "\uFEFF", "\n", "\r", "\r\n", "some words ", "0".repeat(600)
    };
    Path plain = folder.resolve("file.txt");
    for (int run = 0; run < 300; run++) {
      var text = new StringBuilder();
      for (int i = random.nextInt(12); i > 0; i--) {
        text.append(pieces[random.nextInt(pieces.length)]);
      }
      byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
      Files.write(plain, bytes);
      FileSource<String> source =
          Sources.lines(file(Gzip.membersOf(1 + random.nextInt(bytes.length + 1), bytes)));
      List<String> lines = Resuming.values(Sources.lines(plain));
      assertThat(Resuming.stoppedAtEveryItem(source)).as("run %d", run).isEqualTo(lines);
      if (!lines.isEmpty()) {
        assertRefusesOtherBytes(source, bytes, random, run);
      }
    }
  }

  private void assertRefusesOtherBytes(
      FileSource<String> source, byte[] bytes, Random random, int run) throws Exception {
    Optional<String> pinned = source.pin();
    List<Item<String, FilePosition>> all = Resuming.read(source, null, pinned);
    FilePosition position = all.get(random.nextInt(all.size())).position();
    byte[] changed = bytes.clone();
    changed[random.nextInt((int) position.offset())] ^= 1;
    for (byte[] other :
        List.of(changed, Arrays.copyOf(bytes, random.nextInt((int) position.offset())))) {
      file(Gzip.member(other, Deflater.BEST_SPEED));
      assertThatThrownBy(() -> source.open(position, pinned).close())
          .as("run %d", run)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("file.txt.gz ")
          .hasMessageContaining("Restart the job");
    }
  }

  @Test
  void r16_whatFollowsAMemberAndIsNoneIsRefusedAndNotTakenForTheEnd() throws Exception {
    byte[] first = Gzip.members("one\n");
    byte[] second = Gzip.members("two\n");
    second[0] = 'x';
    for (byte[] rest : List.of(second, new byte[512], "two\n".getBytes(StandardCharsets.UTF_8))) {
      FileSource<String> source = Sources.lines(file(joined(first, rest)));
      assertThatThrownBy(() -> Resuming.values(source))
          .hasMessageContaining("after byte 4 of its text")
          .hasMessageContaining("the bytes after a gzip member are not another member");
    }
    FileSource<String> short1 = Sources.lines(file(joined(first, new byte[] {0})));
    assertThatThrownBy(() -> Resuming.values(short1))
        .hasMessageContaining("it ends within a gzip member");
  }

  @Test
  void r16_aNameThatEndsWithGzIsTakenByItsWord() throws Exception {
    Path plain = file("one\n".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> Sources.lines(plain).pin())
        .hasMessageContaining("file.txt.gz is not compressed by gzip, as its name says: rename it");
    Path twice = file(Gzip.member(Gzip.members("one\n"), Deflater.BEST_SPEED));
    assertThatThrownBy(() -> Resuming.values(Sources.lines(twice)))
        .hasMessageContaining("file.txt.gz is compressed by gzip, but sources read text in UTF-8");
    Path archive = file("name" + "\0".repeat(253) + "ustar\0" + "00".repeat(200));
    assertThatThrownBy(() -> Resuming.values(Sources.lines(archive)))
        .hasMessageContaining("file.txt.gz is a tar archive");
    Path wide = file(Gzip.member("one\n".getBytes(StandardCharsets.UTF_16), Deflater.BEST_SPEED));
    assertThatThrownBy(() -> Resuming.values(Sources.lines(wide)))
        .hasMessageContaining("file.txt.gz is in UTF-16");
  }

  @Test
  void r16_aPackedFileThatIsCutWhileItIsReadDoesNotPassForReadToItsEnd() throws Exception {
    byte[] first = Gzip.members("one\n");
    Path file = file(joined(first, Gzip.members("two\n")));
    FileSource<String> source = Sources.lines(file);

    try (var reader = source.open(null, source.pin())) {
      reader.next();
      try (var bytes = new RandomAccessFile(file.toFile(), "rw")) {
        bytes.setLength(first.length);
      }
      assertThatThrownBy(
              () -> {
                while (reader.next() != null) {
                  // Until the end of what was read ahead.
                }
              })
          .hasMessageContaining("but now has only %d: it was cut while it was read", first.length);
    }
  }
}
