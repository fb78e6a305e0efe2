package dev.cairn.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plants each fault that the demo could have, and sees that it is found. */
class VerificationTest {
  @TempDir private Path root;

  private final List<InventoryTables.Row> rows = new ArrayList<>();

  @BeforeEach
  void writeFilesAndTheirRows() throws IOException {
    for (String name : List.of("a", "b", "folder/c")) {
      Path file = root.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "content of " + name);
      rows.add(row(name, "content of " + name, 1));
    }
  }

  @Test
  void acceptsWhatIsRight() throws IOException {
    Verification verification = verify(Instant.MAX);

    assertThat(verification)
        .isEqualTo(new Verification(List.of(), List.of(), List.of(), List.of()));
  }

  @Test
  void findsAFileWithoutARow() throws IOException {
    rows.remove(1);

    assertThat(verify(Instant.MAX).missing()).containsExactly("b");
  }

  @Test
  void findsRowsThatAreThereTwice() throws IOException {
    rows.set(0, row("a", "content of a", 3));

    assertThat(verify(Instant.MAX).doubled()).containsExactly("a", "a");
  }

  @Test
  void findsAWrongSizeAndAWrongContent() throws IOException {
    rows.set(0, row("a", "content of a, and more", 1));
    rows.set(1, row("b", "content of c", 1));

    assertThat(verify(Instant.MAX).wrong()).containsExactly("a", "b");
  }

  @Test
  void findsAReadableFileThatIsRecordedAsUnreadable() throws IOException {
    rows.set(0, new InventoryTables.Row("a", 0, "", 1));

    assertThat(verify(Instant.MAX).wrong()).containsExactly("a");
  }

  @Test
  void findsARowWithoutAFile() throws IOException {
    rows.add(row("folder/invented", "x", 1));

    assertThat(verify(Instant.MAX).wrong()).containsExactly("folder/invented");
  }

  @Test
  void doesNotJudgeWhatSomebodyTouchedMeanwhile() throws IOException {
    rows.set(0, row("a", "what it was", 1));
    rows.remove(1);
    Files.delete(root.resolve("folder/c"));

    Verification verification = verify(Instant.EPOCH);

    assertThat(verification.changed()).containsExactlyInAnyOrder("a", "b", "folder/c");
    assertThat(verification.missing()).isEmpty();
    assertThat(verification.wrong()).isEmpty();
  }

  private Verification verify(Instant begun) throws IOException {
    return Verification.of(root, rows, begun, 1);
  }

  private static InventoryTables.Row row(String path, String content, int times) {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    String sha256 = HexFormat.of().formatHex(FileHasher.sha256().digest(bytes));
    return new InventoryTables.Row(path, bytes.length, sha256, times);
  }
}
