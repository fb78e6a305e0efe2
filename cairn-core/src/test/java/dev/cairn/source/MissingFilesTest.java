package dev.cairn.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files and folders that are away, in all ways in which they can be: each error says which. */
class MissingFilesTest {
  private static final String END =
      " The next attempt continues after the last finished item [CAIRN-330]";

  @TempDir private Path folder = Path.of("");

  /** Whatever a job asks of a source first. */
  private static List<Action> asks(Source<?, ?> source) {
    return List.of(
        source::pin,
        () -> source.size(Optional.empty()),
        () -> source.open(null, Optional.empty()).next());
  }

  private interface Action {
    @Nullable Object run() throws Exception;
  }

  private static void assertSaid(Path file, String message) {
    for (Action ask : asks(Sources.lines(file))) {
      assertRefused(ask).withMessage(message);
    }
  }

  private static ThrowableAssertAlternative<IllegalStateException> assertRefused(Action ask) {
    return assertThatIllegalStateException().isThrownBy(ask::run);
  }

  @Test
  void r16_aFileThatDoesNotExistIsNamed() {
    Path file = folder.resolve("people.csv");
    Path mounted = folder.resolve("mount/people.csv");

    assertSaid(file, file + " cannot be read: it does not exist. Put it back." + END);
    assertSaid(
        mounted,
        mounted
            + " cannot be read: neither it nor its folder exists. Put them back, or mount their volume."
            + END);
    assertRefused(() -> Sources.lines(Path.of("no such file.gz")).pin())
        .withMessage("no such file.gz cannot be read: it does not exist. Put it back." + END);
  }

  @Test
  void r16_aLinkToNothingIsNamed() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("today.csv"), folder.resolve("20261127"));

    assertSaid(
        link,
        link
            + " cannot be read: it is a link to something that does not exist. Put that back."
            + END);
    Files.writeString(folder.resolve("20261127"), "one\n");
    assertThat(Resuming.values(Sources.lines(link))).containsExactly("one");
  }

  @Test
  void r16_aFolderInThePlaceOfAFileIsNamed() throws Exception {
    Path file = Files.createDirectory(folder.resolve("people.csv"));

    assertSaid(
        file,
        file + " is a folder, not a file. Name a file, or read all with Sources.files [CAIRN-330]");
    Path below = folder.resolve("file/people.csv");
    Files.writeString(folder.resolve("file"), "");
    assertSaid(
        below,
        below
            + " cannot be read: %s is a file, not a folder. Correct this."
                .formatted(below.getParent())
            + END);
  }

  /** To open a pipe would take until somebody writes to it. */
  @Test
  void r16_aPipeIsNotOpened() throws Exception {
    Path pipe = folder.resolve("pipe");
    assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0);

    assertSaid(
        pipe, pipe + " is a pipe or a device, which cannot be read twice. Name a file [CAIRN-330]");
  }

  @Test
  void r16_aFileThatMayNotBeReadIsNamed() throws Exception {
    Path file = forbidden(Files.writeString(folder.resolve("people.csv"), "one\n"));

    assertRefused(() -> Sources.lines(file).pin())
        .withMessage(
            file
                + " cannot be read: the user of this process may not read it. Give that user the right."
                + END);
  }

  /** Where nothing can be forbidden, for the tests run as the superuser. */
  @Test
  void r16_whateverTheFileSystemSaysIsNamed() throws Exception {
    Path file = folder.resolve("people.csv");

    assertThat(FileAccess.unreadable(file, new AccessDeniedException(file.toString())))
        .hasMessage(
            file
                + " cannot be read: the user of this process may not read it. Give that user the right."
                + END);
    assertThat(
            FileAccess.unreadable(
                file, new FileSystemException(file + "", null, "Stale file handle")))
        .hasMessage(file + " cannot be read: Stale file handle. Correct this." + END);
    assertThat(FileAccess.unreadable(file, new IOException()))
        .hasMessage(file + " cannot be read: java.io.IOException. Correct this." + END);
    assertThatExceptionOfType(ClosedByInterruptException.class)
        .as("an interruption is no fault of the file")
        .isThrownBy(() -> FileAccess.unreadable(file, new ClosedByInterruptException()));
  }

  /** The superuser may read everything. */
  private static Path forbidden(Path path) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("---------"));
    assumeFalse(Files.isReadable(path));
    return path;
  }

  @Test
  void r16_aFileThatFailsWhileItIsReadIsNamed() {
    Path file = Path.of("/proc/self/mem");
    assumeTrue(Files.isReadable(file));

    assertRefused(() -> Sources.lines(file).pin())
        .withMessage(file + " cannot be read at byte 0: Input/output error. Correct this." + END);
  }

  @Test
  void r16_aFileThatVanishesWhileItIsReadIsReadToItsEnd() throws Exception {
    Path file = Files.writeString(folder.resolve("people.csv"), "one\ntwo\n".repeat(50_000));
    int items = 0;
    try (var reader = Sources.lines(file).open(null, Optional.empty())) {
      for (var item = reader.next(); item != null; item = reader.next()) {
        Files.deleteIfExists(file);
        items++;
      }
    }

    assertThat(items).isEqualTo(100_000);
  }

  @Test
  void r16_aFolderThatIsAwayIsNamedAndNeverTakenForEmpty() throws Exception {
    Path root = folder.resolve("in");
    Source<Path, String> source = Sources.files(root);

    assertRefused(() -> source.open(null, Optional.empty()))
        .withMessage(root + " cannot be read: it does not exist. Put it back." + END);
    Files.writeString(root, "a file");
    assertRefused(() -> source.open(null, Optional.empty()))
        .withMessage(
            root
                + " is not a folder. Name a folder, or read the file with another source [CAIRN-330]");
    Files.delete(root);
    Files.createDirectory(root);
    assertThat(Resuming.values(source)).isEmpty();
  }

  @Test
  void r16_aFolderThatMayNotBeReadIsNamed() throws Exception {
    Files.writeString(folder.resolve("a"), "");
    Path inner = forbidden(Files.createDirectory(folder.resolve("b")));
    try (var reader = Sources.files(folder).open(null, Optional.empty())) {
      assertThat(reader.next()).isNotNull();
      assertRefused(reader::next)
          .withMessage(
              inner
                  + " cannot be read: the user of this process may not read it. Give that user the right."
                  + END);
    }
  }

  /** Its name is there, but it cannot be looked at. It must not pass for one that is away. */
  @Test
  void r16_aFileThatCannotBeLookedAtIsNeverTakenForOneThatIsAway() throws Exception {
    // Longer than any path may be: a file there is seen by its folder only.
    Path deep = folder.resolve("tree");
    while (deep.toString().length() < 3_700) {
      deep = deep.resolve("f".repeat(200));
    }
    deep = deep.resolve("g".repeat(4_085 - deep.toString().length() - 1));
    Files.createDirectories(deep.getParent());
    Path near = Files.createDirectory(folder.resolve("near"));
    Files.writeString(near.resolve("long name.txt"), "one");
    Files.move(near, deep);
    try (var reader = Sources.files(folder.resolve("tree")).open(null, Optional.empty())) {
      assertThatExceptionOfType(IllegalStateException.class)
          .isThrownBy(reader::next)
          .withMessageContaining("long name.txt cannot be read");
    } finally {
      Files.move(deep, near);
    }
  }
}
