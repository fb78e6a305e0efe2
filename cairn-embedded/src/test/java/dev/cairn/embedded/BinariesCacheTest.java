package dev.cairn.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** Only programs that we unpacked ourselves are run. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "it has neither owners nor modes like these")
class BinariesCacheTest {
  private static final String INITDB = "the real initdb";
  private static final int SOMEBODY = 65_534;

  @TempDir private Path folder;

  private Archive archive;
  private Path place;
  private BinariesCache cache;

  @BeforeEach
  void prepare() throws IOException {
    // Otherwise other users could not reach anything below it.
    permit(folder, "rwxr-xr-x");
    archive = new Archive(archive().toUri().toURL());
    place = Files.createDirectory(folder.resolve("cache"));
    permit(place, "rwx------");
    cache = new BinariesCache(List.of(place), Ownership.of(folder), false);
  }

  private Path archive() throws IOException {
    Path file = folder.resolve("programs.txz");
    try (var xz = new XZOutputStream(Files.newOutputStream(file), new LZMA2Options());
        var tar = new TarArchiveOutputStream(xz)) {
      add(tar, "bin/initdb", 0755, INITDB);
      add(tar, "share/postgres.bki", 0664, "some words");
      var link = new TarArchiveEntry("bin/link", TarConstants.LF_SYMLINK);
      link.setModTime(0);
      link.setLinkName("initdb");
      tar.putArchiveEntry(link);
      tar.closeArchiveEntry();
      var twin = new TarArchiveEntry("bin/twin", TarConstants.LF_LINK);
      twin.setModTime(0);
      twin.setLinkName("bin/initdb");
      tar.putArchiveEntry(twin);
      tar.closeArchiveEntry();
    }
    return file;
  }

  private static void add(TarArchiveOutputStream tar, String name, int mode, String content)
      throws IOException {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    var entry = new TarArchiveEntry(name);
    entry.setModTime(0); // otherwise the same archive would differ a second later
    entry.setMode(mode);
    entry.setSize(bytes.length);
    tar.putArchiveEntry(entry);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  private Path home() throws IOException {
    return cache.home(archive, Files.createTempDirectory(folder, "scratch-"));
  }

  private List<String> kept() throws IOException {
    try (Stream<Path> all = Files.list(place.resolve("cairn"))) {
      return all.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  private static void permit(Path path, String permissions) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }

  private static void give(Path path) throws IOException {
    assumeTrue(Ownership.of(path).areWeRoot(path), "only root can try it");
    Files.setAttribute(path, "unix:uid", SOMEBODY);
  }

  @Test
  void unpacksOnceIntoAFolderThatIsOursAlone() throws IOException {
    Path home = home();

    assertThat(home()).isEqualTo(home);
    assertThat(home.getParent()).isEqualTo(place.toRealPath().resolve("cairn"));
    for (Path closed : List.of(home, home.getParent())) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(closed)))
          .isEqualTo("rwx------");
    }
    assertThat(home.resolve("bin/initdb")).hasContent(INITDB).isExecutable();
    assertThat(home.resolve("bin/twin")).hasContent(INITDB);
    assertThat(home.resolve("bin/link")).isSymbolicLink();
    assertThat(home.resolve("share/postgres.bki")).hasContent("some words");
    assertThat(kept()).hasSize(1);
  }

  @Test
  void anotherArchiveIsAnotherFolder() throws IOException {
    Path home = home();
    Files.write(folder.resolve("programs.txz"), new byte[0]);
    archive = new Archive(archive().toUri().toURL());
    assertThat(home()).isEqualTo(home);

    try (var xz =
            new XZOutputStream(
                Files.newOutputStream(folder.resolve("programs.txz")), new LZMA2Options());
        var tar = new TarArchiveOutputStream(xz)) {
      add(tar, "bin/initdb", 0755, "the next initdb");
    }
    assertThat(home().resolve("bin/initdb")).hasContent("the next initdb");
  }

  @Test
  void whatSomebodyElseHasPlantedIsNotUsed() throws IOException {
    Path planted = home();
    Files.writeString(planted.resolve("bin/initdb"), "a planted initdb");
    Files.delete(planted.resolve("manifest"));
    Manifest.of(planted).writeTo(planted);
    give(planted);

    Path home = home();

    assertThat(home).isNotEqualTo(planted);
    assertThat(home.resolve("bin/initdb")).hasContent(INITDB);
    assertThat(planted).doesNotExist();
    assertThat(kept()).hasSize(2).anyMatch(name -> name.startsWith("refused-postgres-"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "bin", "bin/initdb", "manifest"})
  void programsThatBelongToSomebodyElseAreNotUsed(String path) throws IOException {
    Path earlier = home();
    give(earlier.resolve(path));

    assertThat(home()).isNotEqualTo(earlier);
    assertThat(earlier).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "bin", "bin/initdb", "manifest"})
  void programsThatOthersMayChangeAreNotUsed(String path) throws IOException {
    Path earlier = home();
    permit(earlier.resolve(path), "rwxrwxr-x");

    assertThat(home()).isNotEqualTo(earlier);
    assertThat(earlier).doesNotExist();
  }

  @Test
  void aChangedFileIsFoundAlsoWithItsOldSizeAndTime() throws IOException {
    Path earlier = home();
    Path initdb = earlier.resolve("bin/initdb");
    FileTime time = Files.getLastModifiedTime(initdb);
    Files.writeString(initdb, INITDB.toUpperCase(Locale.ROOT));
    Files.setLastModifiedTime(initdb, time);

    assertThat(home().resolve("bin/initdb")).hasContent(INITDB);
    assertThat(earlier).doesNotExist();
  }

  @Test
  void whatIsMissingOrTooMuchIsFound() throws IOException {
    Path missing = home();
    Files.delete(missing.resolve("share/postgres.bki"));
    Path tooMuch = home();
    Files.createFile(tooMuch.resolve("bin/sh"));
    Path otherLink = home();
    Files.delete(otherLink.resolve("bin/link"));
    Files.createSymbolicLink(otherLink.resolve("bin/link"), Path.of("twin"));
    Path unreadable = home();
    Files.writeString(unreadable.resolve("manifest"), "nonsense");
    Path whole = home();

    assertThat(List.of(missing, tooMuch, otherLink, unreadable, whole)).doesNotHaveDuplicates();
    assertThat(home()).isEqualTo(whole);
  }

  @Test
  void aCopyOfTheCacheIsUsedAlthoughItsStampsAreOthers() throws IOException {
    Path home = home();
    Files.setLastModifiedTime(home.resolve("bin/initdb"), FileTime.from(Instant.EPOCH));

    assertThat(home()).isEqualTo(home);
  }

  @Test
  void aLinkInThePlaceOfTheFolderIsNotFollowed() throws IOException {
    Path elsewhere = home();
    Path moved = Files.move(elsewhere, folder.resolve("elsewhere"));
    Files.createSymbolicLink(elsewhere, moved);

    assertThat(home()).isNotEqualTo(elsewhere);

    Path cairn = Files.move(place.resolve("cairn"), folder.resolve("cairn"));
    Files.createSymbolicLink(place.resolve("cairn"), cairn);
    assertThat(home()).startsWith(folder.toRealPath()).hasFileName("programs");
  }

  @Test
  void aCacheThatIsNotOursIsNotUsed() throws IOException {
    home();
    give(place.resolve("cairn"));

    Path home = home();

    assertThat(home).hasFileName("programs");
    assertThat(home.resolve("bin/initdb")).hasContent(INITDB);
  }

  @Test
  void aFolderOnTheWayThatOthersMayChangeIsNotTrusted() throws IOException {
    permit(place, "rwxrwxrwx");
    assertThat(home()).hasFileName("programs");

    permit(place, "rwx------");
    permit(folder, "rwxrwx---");
    assertThat(home()).hasFileName("programs");

    // In a sticky folder, users can move only their own files.
    Files.setAttribute(folder, "unix:mode", 01777);
    assertThat(home()).startsWith(place.toRealPath());
  }

  @Test
  void whatNobodyElseCanGetAtMayHaveAnyMode() throws IOException {
    permit(folder, "rwx------");
    permit(place, "rwxrwxr-x");

    assertThat(home()).startsWith(place.toRealPath());
  }

  @Test
  void withoutAWritablePlaceTheProgramsAreTemporary() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    cache = new BinariesCache(List.of(file.resolve("cache")), Ownership.of(folder), false);
    Path scratch = Files.createTempDirectory(folder, "scratch-");

    assertThat(cache.home(archive, scratch)).startsWith(scratch).isDirectory();
    assertThat(new BinariesCache(List.of(), Ownership.of(folder), false).home(archive, folder))
        .startsWith(folder);
  }

  @Test
  void aServerOfAnotherUserNeedsAFolderThatIsOpen() throws IOException {
    Path open = Files.createDirectory(folder.resolve("open"));
    permit(open, "rwxr-xr-x");
    cache = new BinariesCache(List.of(place, open), Ownership.of(folder), true);
    permit(folder, "rwx------");
    assertThat(home()).hasFileName("programs");

    permit(folder, "rwxr-xr-x");
    Path home = home();

    // We cannot know whether the folders above the temporary ones are open.
    assumeTrue(Ownership.isOpenToAll(folder));
    assertThat(home).startsWith(open.toRealPath());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home)))
        .isEqualTo("rwxr-xr-x");
  }

  @Test
  void whatAKilledProcessHasLeftIsDeleted() throws IOException {
    home();
    Path old = Files.createDirectories(place.resolve("cairn/unpacking-1/bin")).getParent();
    Path young = Files.createDirectories(place.resolve("cairn/unpacking-2"));
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
    Path file = folder.resolve("programs.txz");
    Files.write(file, new byte[0]);
    try (var xz = new XZOutputStream(Files.newOutputStream(file), new LZMA2Options());
        var tar = new TarArchiveOutputStream(xz)) {
      add(tar, "bin/initdb", 0755, "the next initdb");
    }

    home();

    assertThat(old).doesNotExist();
    assertThat(young).exists();
  }

  @Tag("thorough")
  @Test
  void processesMayUnpackAtTheSameTime() throws Exception {
    var processes =
        Stream.of(1, 2)
            .map(number -> ChildJvm.of(Starting.class))
            .peek(child -> child.environment().put("XDG_CACHE_HOME", place.toString()))
            .map(BinariesCacheTest::started)
            .toList();

    for (Process process : processes) {
      assertThat(process.waitFor()).isZero();
    }
    assertThat(kept()).isNotEmpty().allMatch(name -> name.startsWith("postgres-"));
  }

  private static Process started(ProcessBuilder child) {
    try {
      return child.start();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The program of such a process. */
  static final class Starting {
    private Starting() {}

    public static void main(String[] args) {
      try (var server = EmbeddedDatabase.start()) {
        server.newDatabase();
      }
    }
  }

  @Test
  void placesAreThoseOfThePlatform() {
    Map<String, String> none = Map.of();
    assertThat(BinariesCache.places(none, "Linux", "/home/ada", false))
        .containsExactly(Path.of("/home/ada/.cache"));
    assertThat(BinariesCache.places(none, "Mac OS X", "/Users/ada", false))
        .containsExactly(Path.of("/Users/ada/Library/Caches"));
    assertThat(
            BinariesCache.places(
                Map.of("LOCALAPPDATA", "/Users/ada/AppData/Local"), "Windows 11", "/x", false))
        .containsExactly(Path.of("/Users/ada/AppData/Local"));
    assertThat(BinariesCache.places(Map.of("XDG_CACHE_HOME", "/mine"), "Linux", "/home/ada", false))
        .containsExactly(Path.of("/mine"));
    assertThat(
            BinariesCache.places(
                Map.of("XDG_CACHE_HOME", "not/absolute"), "Linux", "/home/ada", false))
        .containsExactly(Path.of("/home/ada/.cache"));
    assertThat(BinariesCache.places(none, "Linux", "/root", true))
        .containsExactly(Path.of("/root/.cache"), Path.of("/var/cache"));
    assertThat(BinariesCache.places(none, "Linux", "?", false)).isEmpty();
    assertThat(BinariesCache.places(none, "Linux", null, false)).isEmpty();
  }
}
