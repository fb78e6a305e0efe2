package dev.cairn.csv;

import static org.assertj.core.api.Assertions.assertThat;

import de.siegmar.fastcsv.reader.CsvReader;
import dev.cairn.source.FilePosition;
import dev.cairn.source.Source.Item;
import dev.cairn.source.Source.Reader;
import dev.cairn.spi.JacksonCodec;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random CSV files, read with interruptions, against a slow reader and against FastCSV. */
class RandomCsvTest {
  private static final long SEED = 20261126;
  private static final int FILES = 20_000;
  private static final String[] PIECES = {
    "a",
    "1,5\" pipe",
    "ü",
    "漢",
    "🪨",
    " ",
    ";",
    "x\0yz",
    "\"",
    "\"\"",
    "\"a\"",
    "\"a,b\"",
    "\"a\nb\"",
    ",",
    ",",
    ",",
    "\n",
    "\n",
    "\r",
    "\r\n",
    "\uFEFF"
  };

  @TempDir private Path folder = Path.of("");
  private final Random random = new Random(SEED);
  private final JacksonCodec codec = JacksonCodec.create();

  /** The rows that a reader returns until its end, or until it fails. */
  private static final class Result {
    final List<List<String>> rows = new ArrayList<>();
    final List<FilePosition> positions = new ArrayList<>();
    boolean endsWithinQuotes;

    void read(CsvSource source, @Nullable FilePosition after, Optional<String> pinned)
        throws Exception {
      try (Reader<CsvRow, FilePosition> reader = source.open(after, pinned)) {
        for (Item<CsvRow, FilePosition> item = reader.next(); item != null; item = reader.next()) {
          rows.add(fields(item.value()));
          positions.add(item.position());
        }
      } catch (IllegalStateException e) {
        assertThat(e).hasMessageContaining("the file ends within double quotes");
        endsWithinQuotes = true;
      }
    }

    private static List<String> fields(CsvRow row) {
      try {
        return row.fields();
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageMatching("(?s).*random\\.csv, line \\d+ \\(byte \\d+\\): the r.*");
        return SlowCsv.BROKEN;
      }
    }
  }

  private Path file = Path.of("");
  private FileChannel written;

  @BeforeEach
  void openFile() throws Exception {
    file = folder.resolve("random.csv");
    written = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  @AfterEach
  void closeFile() throws Exception {
    written.close();
  }

  /** Writes without opening the file again, which may wait for the disk. */
  private void write(byte[] bytes) throws Exception {
    written.write(ByteBuffer.wrap(bytes), 0);
    written.truncate(bytes.length);
  }

  private byte[] bytes() {
    var bytes = new ByteArrayOutputStream();
    int length = random.nextInt(24);
    for (int i = 0; i < length; i++) {
      if (random.nextInt(200) == 0) {
        bytes.write(0x80 + random.nextInt(0x80));
      } else {
        bytes.writeBytes(PIECES[random.nextInt(PIECES.length)].getBytes(StandardCharsets.UTF_8));
      }
    }
    return bytes.toByteArray();
  }

  @Tag("thorough")
  @Test
  void r16_randomCsvIsReadWhereverTheReaderStops() throws Exception {
    CsvSource source = CsvSource.of(file).withColumns("a", "b");
    int comparedWithFastCsv = 0;
    int rows = 0;
    int broken = 0;
    for (int run = 0; run < FILES; run++) {
      byte[] bytes = bytes();
      String name = "run %d: %s".formatted(run, new String(bytes, StandardCharsets.UTF_8));
      var expected = new SlowCsv(bytes, 2);
      write(bytes);
      var all = new Result();
      Optional<String> pinned = source.pin();
      all.read(source, null, pinned);
      assertSame(all, expected, name);
      if (!all.rows.isEmpty()) {
        int finished = 1 + random.nextInt(all.rows.size());
        var resumed = new Result();
        resumed.rows.addAll(all.rows.subList(0, finished));
        resumed.read(source, saved(all.positions.get(finished - 1)), pinned);
        assertSame(resumed, expected, name);
      }
      assertReadsWhatGrows(source, bytes, expected, name);
      rows += all.rows.size();
      broken += Collections.frequency(all.rows, SlowCsv.BROKEN);
      comparedWithFastCsv += compareWithFastCsv(bytes, all, name);
    }
    assertThat(rows - broken).as("rows that were read").isGreaterThan(FILES / 4);
    assertThat(broken).as("rows that must fail").isGreaterThan(FILES);
    assertThat(comparedWithFastCsv).as("files without a fault").isGreaterThan(FILES / 20);
  }

  private static void assertSame(Result result, SlowCsv expected, String name) {
    assertThat(result.rows).as(name).isEqualTo(expected.rows);
    assertThat(result.endsWithinQuotes).as(name).isEqualTo(expected.endsWithinQuotes);
  }

  private FilePosition saved(FilePosition position) {
    return (FilePosition)
        Objects.requireNonNull(
            codec.decodeExactly(codec.encodeExactly(position), FilePosition.class));
  }

  /** Reads a file that is cut at a random byte, and continues when the whole file is there. */
  private void assertReadsWhatGrows(CsvSource source, byte[] bytes, SlowCsv expected, String name)
      throws Exception {
    write(Arrays.copyOf(bytes, random.nextInt(bytes.length + 1)));
    var result = new Result();
    Optional<String> pinned = source.pin();
    result.read(source.completeLinesOnly(), null, pinned);
    @Nullable FilePosition position =
        result.positions.isEmpty() ? null : result.positions.getLast();
    // A file that is cut behind a line end within quotes is refused until its rest is there.
    result.endsWithinQuotes = false;
    write(bytes);
    result.read(source, position, pinned);
    assertSame(result, expected, name);
  }

  /** The number of files compared: none if the file is malformed, which FastCSV reads otherwise. */
  private static int compareWithFastCsv(byte[] bytes, Result all, String name) {
    if (all.rows.isEmpty() || all.rows.contains(SlowCsv.BROKEN) || all.endsWithinQuotes) {
      return 0;
    }
    String text = new String(bytes, StandardCharsets.UTF_8);
    String unmarked = text.startsWith("\uFEFF") ? text.substring(1) : text;
    assertThat(CsvReader.builder().ofCsvRecord(unmarked).stream().map(row -> row.getFields()))
        .as(name)
        .isEqualTo(all.rows);
    return 1;
  }
}
