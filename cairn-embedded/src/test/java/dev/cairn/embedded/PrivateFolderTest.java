package dev.cairn.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What other users can see of the files of a server. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there the temporary folder itself is private")
class PrivateFolderTest {
  private static final Set<PosixFilePermission> PASSING =
      PosixFilePermissions.fromString("--x--x--x");

  @ParameterizedTest
  @EnumSource(ServerUser.class)
  void nobodyElseReadsOrChangesThem(ServerUser user) throws IOException, SQLException {
    Path folder = Files.createTempDirectory("cairn-postgres-").toRealPath();
    boolean root = Ownership.of(folder).areWeRoot(folder);
    assumeTrue(root != (user == ServerUser.OURSELVES), "root runs it as another, others cannot");
    try (var server = EmbeddedDatabase.start(ServerOptions.defaults(), false, folder, user)) {
      FreshDatabase database = server.newDatabase();
      assertThat(Path.of(EmbeddedDatabaseTest.ask(database, "SHOW data_directory")))
          .isEqualTo(folder.resolve("data"));

      assertThat(Ownership.of(folder).objectionTo(folder)).isEmpty();
      assertThat(permissionsOfOthers(folder)).isSubsetOf(user.isAnother() ? PASSING : Set.of());
      try (Stream<Path> files = Files.list(folder)) {
        List<Path> all = files.sorted().toList();
        assertThat(all)
            .extracting(file -> file.getFileName().toString())
            .containsExactly("data", "pg_hba.conf", "server.log");
        for (Path file : all) {
          assertThat(permissionsOfOthers(file)).as(file.toString()).isEmpty();
        }
      }
      assertThat(Files.readString(folder.resolve("server.log")))
          .contains("database system is ready")
          .doesNotContain(database.password(), "SCRAM-SHA-256$");
    }
    assertThat(folder).doesNotExist();
  }

  @Test
  void aServerOfAnotherUserGetsNoneOfOurEnvironment() throws IOException, SQLException {
    Path folder = Files.createTempDirectory("cairn-postgres-").toRealPath();
    assumeTrue(Ownership.of(folder).areWeRoot(folder), "only root can try it");
    assumeTrue(Files.exists(Path.of("/proc/self/environ")), "there it can be read");
    try (var server =
        EmbeddedDatabase.start(ServerOptions.defaults(), false, folder, ServerUser.NOBODY)) {
      String pid = Files.readAllLines(folder.resolve("data/postmaster.pid")).getFirst();
      String environment = Files.readString(Path.of("/proc", pid, "environ"));
      assertThat(environment).contains("LC_ALL=C");
      Set<String> ours = new HashSet<>(System.getenv().keySet());
      ours.removeAll(
          Set.of("PATH", "HOME", "SHELL", "USER", "LOGNAME", "PWD", "SHLVL", "_", "LC_ALL"));
      assertThat(ours).isNotEmpty().noneMatch(name -> environment.contains("\0" + name + "="));
      assertThat(server.serverVersion()).isNotEmpty();
    }
  }

  @Test
  void aPrivateFileIsPrivateFromItsFirstMomentOn() throws IOException {
    Path folder = Files.createTempDirectory("cairn-private-");
    Path file = Folders.createPrivateFile(folder.resolve("file"));

    assertThat(permissionsOfOthers(file)).isEmpty();
    Folders.delete(folder);
    assertThat(folder).doesNotExist();
  }

  @Test
  void deletingGoesThroughNoLink() throws IOException {
    Path folder = Files.createTempDirectory("cairn-private-");
    Path elsewhere = Files.createTempDirectory("cairn-private-");
    Path precious = Files.createFile(elsewhere.resolve("precious"));
    Files.createDirectories(folder.resolve("a/b"));
    Files.createSymbolicLink(folder.resolve("a/b/link"), elsewhere);

    Folders.delete(folder);

    assertThat(folder).doesNotExist();
    assertThat(precious).exists();
    Folders.delete(elsewhere);
  }

  private static Set<PosixFilePermission> permissionsOfOthers(Path path) throws IOException {
    Set<PosixFilePermission> all = Files.getPosixFilePermissions(path);
    all.removeAll(PosixFilePermissions.fromString("rwx------"));
    return all;
  }
}
