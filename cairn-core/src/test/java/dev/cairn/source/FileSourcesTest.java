package dev.cairn.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files by line and folders by name (R16). */
class FileSourcesTest {
  private static final long SEED = 20261124;

  @TempDir private Path folder = Path.of("");

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("file.txt"), text);
  }

  @Test
  void r16_linesGoOnBehindAnyLine() throws Exception {
    Path file = file("one\r\nzwei äöü\n\n 🪨 cairn\nlast");

    assertThat(Resuming.stoppedAtEveryItem(Sources.lines(file)))
        .containsExactly("one", "zwei äöü", "", " 🪨 cairn", "last");
    assertThat(Resuming.stoppedAtEveryItem(Sources.lines(file("")))).isEmpty();
    assertThat(Resuming.stoppedAtEveryItem(Sources.lines(file("\n")))).containsExactly("");
  }

  @Test
  void r16_aFileTellsItsSizeInBytesAndAFolderNone() throws Exception {
    Source<String, FilePosition> lines = Sources.lines(file("äö\n🪨\nlast"));

    assertThat(lines.size(Optional.empty())).hasValue(14);
    assertThat(
            Resuming.read(lines, null, Optional.empty()).stream()
                .map(item -> lines.done(item.position(), 1)))
        .containsExactly(5L, 10L, 14L);
    assertThat(Sources.files(folder).size(Optional.empty())).isEmpty();
  }

  @Test
  void r16_aByteOrderMarkIsNoPartOfTheFirstLine() throws Exception {
    assertThat(Resuming.stoppedAtEveryItem(Sources.lines(file("\uFEFFfirst\nsecond"))))
        .containsExactly("first", "second");
    assertThat(Resuming.values(Sources.lines(file("\uFEFF")))).isEmpty();
    byte[] half = {(byte) 0xEF, (byte) 0xBB, 'x'};
    Path broken = Files.write(folder.resolve("half"), half);
    assertThatThrownBy(() -> Resuming.values(Sources.lines(broken)))
        .hasMessageContaining("line 1 (byte 0): the record is not in UTF-8");
  }

  /** Against a reader that knows the whole text, with random texts and all places to stop at. */
  @Test
  void r16_randomFilesAreReadAsByANaiveReader() throws Exception {
    var random = new Random(SEED);
    String[] pieces = {"a", "ü", "漢", "🪨", "\n", "\r\n", "\n\n", "\"", ",", "long ".repeat(50)};
    for (int run = 0; run < 200; run++) {
      var text = new StringBuilder();
      int length = random.nextInt(40);
      for (int i = 0; i < length; i++) {
        text.append(pieces[random.nextInt(pieces.length)]);
      }
      List<String> naive = new ArrayList<>(List.of(text.toString().split("\n", -1)));
      if (naive.getLast().isEmpty()) {
        naive.removeLast();
      }
      boolean endsOpen = !text.toString().endsWith("\n");
      for (int i = 0; i < naive.size() - (endsOpen ? 1 : 0); i++) {
        naive.set(i, naive.get(i).replaceAll("\r$", ""));
      }

      assertThat(Resuming.stoppedAtEveryItem(Sources.lines(file(text.toString()))))
          .as("run %d of seed %d: %s", run, SEED, text)
          .isEqualTo(naive);
    }
  }

  @Test
  void r16_linesLongerThanTheBufferAreWhole() throws Exception {
    String longLine = "ü".repeat(200_000);

    assertThat(Resuming.stoppedAtEveryItem(Sources.lines(file(longLine + "\n" + longLine))))
        .containsExactly(longLine, longLine);
  }

  @Test
  void r16_quotedLineEndsBelongToTheirRecord() throws Exception {
    Path file = file("id,text\n1,\"two\nlines and \"\"quotes\"\"\"\r\n2,plain\n");

    assertThat(Resuming.stoppedAtEveryItem(Sources.quotedRecords(file).map(FileRecord::text)))
        .containsExactly("id,text", "1,\"two\nlines and \"\"quotes\"\"\"", "2,plain");
    assertThatThrownBy(() -> Resuming.values(Sources.quotedRecords(file("a,\"open\nb\n"))))
        .hasMessageContaining("line 1 (byte 0): the file ends within double quotes");
  }

  @Test
  void r16_aFileThatWasCutOrReplacedIsRefusedAndOneThatHasGrownIsReadOn() throws Exception {
    Path file = file("one\ntwo\nthree\n");
    Source<String, FilePosition> source = Sources.lines(file);
    Optional<String> pinned = source.pin();

    file("one\ntwo\nthree\nfour\n");
    assertThat(Resuming.read(source, FilePosition.at(8), pinned))
        .extracting(Source.Item::value)
        .containsExactly("three", "four");
    file("one\n");
    assertThatThrownBy(() -> source.open(FilePosition.at(8), pinned))
        .hasMessageContaining("was read up to byte 8, but now has only 4");
    file("ONE\ntwo\nthree\nfour\n");
    assertThatThrownBy(() -> source.open(FilePosition.at(8), pinned))
        .hasMessageContaining("is not the file that this job started to read");
  }

  @Test
  void r16_jsonLinesAreDecodedAndErrorsSayWhere() throws Exception {
    record Row(int id, String name) {}
    Path file = file("{\"id\":1,\"name\":\"a\"}\n\n{\"id\":2,\"name\":\"b\"}\n");

    assertThat(Resuming.stoppedAtEveryItem(Sources.ndjson(file, Row.class)))
        .containsExactly(new Row(1, "a"), new Row(2, "b"));
    Path broken = file("{\"id\":1,\"name\":\"a\"}\n{oops\n");
    assertThatThrownBy(() -> Resuming.values(Sources.ndjson(broken, Row.class)))
        .hasMessageContaining("line 2 (byte 20): the line has no Row");
  }

  @Test
  void r16_filesOfATreeGoOnBehindAnyFileWhateverComesAndGoes() throws Exception {
    for (String name : List.of("b/2", "a/x/1", "a.txt", "a/x", "c", "a/y/z/3", "a-b/4")) {
      Path path = folder.resolve("tree").resolve(name + ".f");
      Files.createDirectories(path.getParent());
      Files.writeString(path, name, StandardCharsets.UTF_8);
    }
    Path tree = folder.resolve("tree");
    Source<Path, String> source = Sources.files(tree);

    List<String> names =
        Resuming.stoppedAtEveryItem(source).stream()
            .map(path -> tree.relativize(path).toString())
            .toList();
    assertThat(names)
        .containsExactly("a/x/1.f", "a/x.f", "a/y/z/3.f", "a-b/4.f", "a.txt.f", "b/2.f", "c.f");

    Files.delete(tree.resolve("a/y/z/3.f"));
    Files.writeString(tree.resolve("a/y/new.f"), "");
    Files.writeString(tree.resolve("a/before.f"), "");
    assertThat(Resuming.read(source, "a/y/z/3.f", Optional.empty()))
        .extracting(Source.Item::position)
        .containsExactly("a-b/4.f", "a.txt.f", "b/2.f", "c.f");
    assertThat(Resuming.read(source, "a/x.f", Optional.empty()))
        .extracting(Source.Item::position)
        .startsWith("a/y/new.f", "a-b/4.f");
    assertThatThrownBy(() -> Sources.files(folder.resolve("none")).open(null, Optional.empty()))
        .hasMessageContaining("none cannot be read: it does not exist");
  }
}
