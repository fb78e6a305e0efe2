package dev.cairn.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.source.Source.Item;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** H16: names of files that Java cannot decode, two of which may read the same. */
@EnabledOnOs(OS.LINUX)
class FileTreeNamesTest {
  @TempDir private Path folder = Path.of("");

  /** Writes a file whose name is given with its bytes as in a URI. */
  private Path file(String escaped) throws Exception {
    Path file = Path.of(URI.create(folder.toUri() + escaped));
    Files.createDirectories(file.getParent());
    return Files.writeString(file, escaped);
  }

  @Test
  void r16_filesWhoseNamesReadTheSameAreAllFoundAndGoneOnBehind() throws Exception {
    List<String> names =
        List.of(
            "a%FFb",
            "a%FEb",
            "a%EF%BF%BDb",
            "a%25FFb",
            "%E4.txt",
            "%FF/x",
            "%FE/x",
            "%FE/%C3",
            "z",
            "%C3%BC",
            "%F0%9F%AA%A8",
            "%ED%A0%80");
    for (String name : names) {
      file(name);
    }

    List<Path> found = Resuming.stoppedAtEveryItem(Sources.files(folder));
    assertThat(found)
        .extracting(Files::readString)
        .containsExactly(
            "a%25FFb",
            "z",
            "%C3%BC",
            "%F0%9F%AA%A8",
            "%E4.txt",
            "%ED%A0%80",
            "%FE/x",
            "%FE/%C3",
            "%FF/x",
            "a%EF%BF%BDb",
            "a%FEb",
            "a%FFb");
    assertThat(Resuming.read(Sources.files(folder), null, Optional.empty()))
        .extracting(Item::position)
        .as("as a text wherever it is one, in any locale")
        .containsExactly(
            "a%FFb",
            "z",
            "ü",
            "🪨",
            "\uFFFD%E4.txt",
            "\uFFFD%ED%A0%80",
            "\uFFFD%FE/x",
            "\uFFFD%FE/\uFFFD%C3",
            "\uFFFD%FF/x",
            "\uFFFDa%EF%BF%BDb",
            "\uFFFDa%FEb",
            "\uFFFDa%FFb");
  }

  @Test
  void r16_aFolderThatBecomesAFileAndAFileThatBecomesAFolderKeepTheirPlace() throws Exception {
    file("a/b");
    file("c");
    Source<Path, String> files = Sources.files(folder);
    assertThat(Resuming.values(files)).hasSize(2);

    Files.delete(folder.resolve("a/b"));
    Files.delete(folder.resolve("a"));
    file("a");
    assertThat(Resuming.read(files, "a/b", Optional.empty()))
        .extracting(Item::position)
        .containsExactly("c");
    Files.delete(folder.resolve("a"));
    file("a/0");
    file("a/c");
    assertThat(Resuming.read(files, "a", Optional.empty()))
        .extracting(Item::position)
        .containsExactly("a/0", "a/c", "c");
  }
}
