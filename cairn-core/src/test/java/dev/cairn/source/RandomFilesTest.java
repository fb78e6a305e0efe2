package dev.cairn.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.source.Source.Item;
import dev.cairn.spi.JacksonCodec;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random files, read with interruptions, against a split of the whole text. */
class RandomFilesTest {
  private static final long SEED = 20261126;
  private static final int FILES = 10_000;
  private static final String[] PIECES = {
    "a",
    "bc",
    "ü",
    "漢",
    "🪨",
    "\uFEFF",
    "x\0yz",
    "\"",
    ",",
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    "some words "
  };

  @TempDir private Path folder = Path.of("");
  private final Random random = new Random(SEED);

  private Path file = Path.of("");
  private FileChannel written;

  @BeforeEach
  void openFile() throws Exception {
    file = folder.resolve("random");
    written = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  @AfterEach
  void closeFile() throws Exception {
    written.close();
  }

  /** Without opening the file anew, which may wait for the disk. */
  private void write(byte[] bytes) throws Exception {
    written.write(ByteBuffer.wrap(bytes), 0);
    written.truncate(bytes.length);
  }

  private String text(String[] pieces) {
    var text = new StringBuilder();
    int length = random.nextInt(20);
    for (int i = 0; i < length; i++) {
      text.append(pieces[random.nextInt(pieces.length)]);
    }
    return text.toString();
  }

  private static List<String> split(String text) {
    String unmarked = text.startsWith("\uFEFF") ? text.substring(1) : text;
    var lines = new ArrayList<>(List.of(unmarked.split("\r\n|\r|\n", -1)));
    if (lines.getLast().isEmpty()) {
      lines.removeLast();
    }
    return lines;
  }

  @Test
  void r16_randomTextsAreReadWhereverTheReaderStops() throws Exception {
    FileSource<String> source = Sources.lines(file);
    for (int run = 0; run < FILES; run++) {
      String text = text(PIECES);
      String name = "run %d: %s".formatted(run, text);
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      write(bytes);
      List<String> lines = split(text);
      Optional<String> pinned = source.pin();
      List<Item<String, FilePosition>> all = Resuming.read(source, null, pinned);
      assertThat(all).as(name).extracting(Item::value).isEqualTo(lines);
      for (int i = 0; i < all.size(); i++) {
        assertThat(all.get(i).position().line()).as(name).isIn((long) i + 1, (long) i);
      }
      if (!lines.isEmpty()) {
        int finished = 1 + random.nextInt(lines.size());
        FilePosition position = Resuming.saved(source, all.get(finished - 1).position());
        assertGoesOn(source, position, pinned, all.subList(finished, all.size()), name);
        assertRefusesOtherBytes(source, position, pinned, bytes, name);
      }
      assertReadsWhatGrows(bytes, lines, name);
    }
  }

  private static void assertGoesOn(
      FileSource<String> source,
      FilePosition position,
      Optional<String> pinned,
      List<Item<String, FilePosition>> expected,
      String name)
      throws Exception {
    List<Item<String, FilePosition>> rest = Resuming.read(source, position, pinned);
    assertThat(rest).as(name).isEqualTo(expected);
    for (int i = 0; i < rest.size(); i++) {
      assertThat(rest.get(i).position().digest()).isEqualTo(expected.get(i).position().digest());
    }
  }

  private void assertRefusesOtherBytes(
      FileSource<String> source,
      FilePosition position,
      Optional<String> pinned,
      byte[] bytes,
      String name)
      throws Exception {
    byte[] changed = bytes.clone();
    changed[random.nextInt((int) position.offset())] ^= (byte) (1 << random.nextInt(7));
    write(changed);
    assertThatThrownBy(() -> source.open(position, pinned).close())
        .as(name)
        .isInstanceOf(IllegalStateException.class);
    write(Arrays.copyOf(bytes, random.nextInt((int) position.offset())));
    assertThatThrownBy(() -> source.open(position, pinned).close())
        .as(name)
        .hasMessageContaining("it was cut or replaced");
  }

  /** A file whose writer is in the middle of anything, which an attempt reads before the next. */
  private void assertReadsWhatGrows(byte[] bytes, List<String> lines, String name)
      throws Exception {
    write(Arrays.copyOf(bytes, random.nextInt(bytes.length + 1)));
    FileSource<String> growing = Sources.lines(file).completeLinesOnly();
    Optional<String> pinned = growing.pin();
    List<Item<String, FilePosition>> first = Resuming.read(growing, null, pinned);
    @Nullable FilePosition position = first.isEmpty() ? null : first.getLast().position();
    write(bytes);
    var all = new ArrayList<>(first);
    all.addAll(Resuming.read(Sources.lines(file), position, pinned));
    assertThat(all).as(name).extracting(Item::value).isEqualTo(lines);
  }

  @Test
  void r16_randomJsonLinesAreReadWhereverTheReaderStops() throws Exception {
    var codec = JacksonCodec.create();
    FileSource<String> source = Sources.ndjson(file, String.class);
    for (int run = 0; run < FILES / 10; run++) {
      var values = new ArrayList<String>();
      var text = new StringBuilder();
      for (int i = random.nextInt(6); i > 0; i--) {
        values.add(text(PIECES));
        text.append(" ".repeat(random.nextInt(2))).append(codec.encode(values.getLast()));
        text.append(random.nextBoolean() ? "\n" : "\r\n\t\n");
      }
      write(text.toString().getBytes(StandardCharsets.UTF_8));

      assertThat(Resuming.stoppedAtEveryItem(source)).as("run %d: %s", run, text).isEqualTo(values);
    }
  }
}
