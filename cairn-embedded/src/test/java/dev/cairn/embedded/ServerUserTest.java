package dev.cairn.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** As whom PostgreSQL's programs run, which refuse root and users without a name. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there everybody has a name")
class ServerUserTest {
  /** One that nobody has. */
  private static final int ID = 54_321;

  private Path folder = Path.of("");

  @BeforeEach
  void createFolder() throws IOException {
    folder = Files.createTempDirectory("cairn-user-");
    assumeTrue(Ownership.of(folder).areWeRoot(folder), "only root can give it to others");
  }

  @AfterEach
  void deleteFolder() throws IOException {
    Folders.delete(folder);
  }

  private Path ofUser(int id) throws IOException {
    return Files.setAttribute(folder, "unix:uid", id);
  }

  @Test
  void rootIsInDisguiseOrNobody() throws IOException {
    assertThat(ServerUser.of(folder, user -> true)).isEqualTo(ServerUser.IN_DISGUISE);
    assertThat(ServerUser.of(folder, user -> user != ServerUser.IN_DISGUISE))
        .isEqualTo(ServerUser.NOBODY);
    assertThatThrownBy(() -> ServerUser.of(folder, user -> false))
        .isInstanceOf(EmbeddedDatabaseException.class)
        .hasMessageContainingAll("as root", "[CAIRN-803]");
  }

  @Test
  void aUserWithANameIsNotAskedForIt() throws IOException {
    Path ofNobody = ofUser(65_534);
    assumeTrue(Files.getOwner(ofNobody).getName().equals("nobody"), "here it is another one");
    assertThat(
            ServerUser.of(
                ofNobody,
                user -> {
                  throw new AssertionError("a process for nothing");
                }))
        .isEqualTo(ServerUser.OURSELVES);
  }

  @Test
  void aUserWithoutANameIsInDisguise() throws IOException {
    Path unnamed = ofUser(ID);

    assertThat(ServerUser.of(unnamed, user -> true)).isEqualTo(ServerUser.IN_DISGUISE);
    assertThat(ServerUser.of(unnamed, user -> user == ServerUser.OURSELVES))
        .isEqualTo(ServerUser.OURSELVES);
    assertThatThrownBy(() -> ServerUser.of(unnamed, user -> user == ServerUser.NOBODY))
        .isInstanceOf(EmbeddedDatabaseException.class)
        .hasMessageContainingAll("the user with id " + ID, "/etc/passwd", "[CAIRN-803]");
  }

  /** As in a container that is started with {@code --user 54321}. */
  @Tag("thorough")
  @Test
  void aUserWithoutANameStartsAServerOrLearnsWhatIsMissing() throws Exception {
    assumeTrue(Files.exists(Path.of("/usr/bin/setpriv")), "it makes us another user");
    assumeTrue(
        Ownership.isOpenToAll(Path.of(System.getProperty("java.home"))), "they need our JDK");
    Folders.openToAll(folder);
    ProcessBuilder child = ChildJvm.of(Program.class);
    List<String> command = child.command();
    command.set(command.indexOf(System.getProperty("java.class.path")), readableClassPath());
    command.addAll(0, List.of("setpriv", "--reuid=" + ID, "--regid=" + ID, "--clear-groups"));

    Process process = child.directory(folder.toFile()).start();

    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).isZero();
    assertThat(
            said.lines().filter(line -> line.contains("started") || line.contains("/etc/passwd")))
        .hasSize(1);
  }

  /** The other user cannot read ours if it is in a home folder. */
  private String readableClassPath() throws IOException {
    var copies = new ArrayList<String>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path source = Path.of(entry);
      if (Files.exists(source)) {
        Path target = folder.resolve(copies.size() + "-" + source.getFileName());
        copy(source, target);
        copies.add(target.toString());
      }
    }
    return String.join(File.pathSeparator, copies);
  }

  private static void copy(Path source, Path target) throws IOException {
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : files.toList()) {
        Path copy = target.resolve(source.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Folders.openToAll(Files.createDirectory(copy));
        } else {
          Files.write(copy, Files.readAllBytes(file));
        }
      }
    }
  }

  /** The program of the other user. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) throws IOException {
      try (var server = EmbeddedDatabase.start()) {
        System.out.println("started " + server.serverVersion());
      } catch (EmbeddedDatabaseException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
