package dev.cairn.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedDatabaseTest {
  @Test
  void runsTheVersionThatTheBuildNames() {
    assertThat(System.getProperty("cairn.test.postgres"))
        .startsWith(EmbeddedDatabase.shared().serverVersion() + ".");
  }

  @Test
  void keepsItsPromisesByDefault() throws SQLException {
    try (var server = EmbeddedDatabase.start()) {
      FreshDatabase database = server.newDatabase();
      assertThat(ask(database, "SHOW fsync")).isEqualTo("on");
      assertThat(ask(database, "SHOW synchronous_commit")).isEqualTo("on");
      assertThat(ask(database, "SHOW full_page_writes")).isEqualTo("on");
      assertThat(ask(database, "SHOW max_connections")).isEqualTo("100");
    }
  }

  @Test
  void sharesOneFastServerInAnOddTimeZone() throws SQLException {
    assertThat(EmbeddedDatabase.shared()).isSameAs(EmbeddedDatabase.shared());
    FreshDatabase database = EmbeddedDatabase.shared().newDatabase();
    assertThat(ask(database, "SHOW fsync")).isEqualTo("off");
    assertThat(ask(database, "SHOW synchronous_commit")).isEqualTo("off");
    assertThat(ask(database, "SELECT reset_val FROM pg_settings WHERE name = 'TimeZone'"))
        .isNotEqualTo("UTC");
  }

  @Test
  void closingTheSharedServerHasNoEffect() throws SQLException {
    EmbeddedDatabase.shared().close();
    assertThat(ask(EmbeddedDatabase.shared().newDatabase(), "SELECT 1")).isEqualTo("1");
  }

  @Test
  void newDatabasesAreEmptyAndApart() throws SQLException {
    FreshDatabase one = EmbeddedDatabase.shared().newDatabase();
    FreshDatabase two = EmbeddedDatabase.shared().newDatabase();
    assertThat(one.name()).isNotEqualTo(two.name());
    run(one, "CREATE TABLE stone (id bigint)");
    assertThat(ask(two, "SELECT to_regclass('stone') IS NULL")).isEqualTo("t");
  }

  @Test
  void aCopyHoldsWhatItsOriginalHeldAndIsApart() throws SQLException {
    FreshDatabase original = EmbeddedDatabase.shared().newDatabase();
    run(original, "CREATE TABLE stone AS SELECT 42 AS weight");

    FreshDatabase copy = EmbeddedDatabase.shared().copyOf(original);

    run(original, "UPDATE stone SET weight = 1");
    assertThat(ask(copy, "SELECT weight FROM stone")).isEqualTo("42");
  }

  @Test
  void aDatabaseMayHaveAWordOfSqlForItsName() throws SQLException {
    FreshDatabase database = EmbeddedDatabase.shared().database("user");
    run(database, "CREATE TABLE stone AS SELECT 42 AS weight");
    FreshDatabase copy = EmbeddedDatabase.shared().copyOf(database);
    assertThat(ask(copy, "SELECT weight FROM stone")).isEqualTo("42");
    EmbeddedDatabase.shared().drop(database);
  }

  @Test
  void theDatabaseOfAnotherServerIsNotCopied() {
    FreshDatabase ours = EmbeddedDatabase.shared().newDatabase();
    var others =
        new FreshDatabase(ours.host(), ours.port() + 1, ours.name(), ours.user(), ours.password());
    assertThatThrownBy(() -> EmbeddedDatabase.shared().copyOf(others))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is one of the server on port");
  }

  @Tag("thorough")
  @Test
  void nothingIsCopiedWhileSomebodyIsConnected() throws SQLException {
    FreshDatabase original = EmbeddedDatabase.shared().newDatabase();
    try (Connection connection = original.dataSource().getConnection()) {
      assertThat(connection.isValid(30)).isTrue();
      assertThatThrownBy(() -> EmbeddedDatabase.shared().copyOf(original))
          .isInstanceOf(EmbeddedDatabaseException.class)
          .hasMessageContaining(original.name())
          .hasMessageContaining("accessed by other users");
    }
  }

  @Test
  void closingStopsTheServerAndDeletesItsData() throws SQLException {
    FreshDatabase database;
    Path data;
    try (var server = EmbeddedDatabase.start()) {
      database = server.newDatabase();
      data = Path.of(ask(database, "SHOW data_directory"));
      assertThat(data).isDirectory();
    }
    assertThat(data.getParent()).doesNotExist();
    assertThatThrownBy(() -> ask(database, "SELECT 1")).isInstanceOf(SQLException.class);
  }

  /** Seen in a build: the last checkpoint of data that are deleted took more than a minute. */
  @Test
  void closingWritesNoTemporaryDataToTheDisk() throws Exception {
    FreshDatabase database;
    try (var server = EmbeddedDatabase.start()) {
      database = server.newDatabase();
      String checkpointer =
          ask(database, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'");
      assertThat(new ProcessBuilder("kill", "-STOP", checkpointer).start().waitFor()).isZero();
    }
    assertThatThrownBy(() -> ask(database, "SELECT 1")).isInstanceOf(SQLException.class);
  }

  @Test
  void aServerForTestsDoesNotWaitForTheDisk() throws SQLException {
    try (var server = EmbeddedDatabase.start(ServerOptions.forTests())) {
      FreshDatabase database = server.newDatabase();
      assertThat(ask(database, "SHOW fsync")).isEqualTo("off");
      assertThat(ask(database, "SHOW synchronous_commit")).isEqualTo("on");
      assertThat(ask(database, "SHOW full_page_writes")).isEqualTo("on");
    }
  }

  @Test
  void dataStayInADirectoryOfTheirOwn(@TempDir Path folder) throws SQLException, IOException {
    Folders.openToAll(folder);
    ServerOptions options = ServerOptions.defaults().withDataDirectory(folder.resolve("data"));
    try (var server = EmbeddedDatabase.start(options)) {
      run(server.database("kept"), "CREATE TABLE stone AS SELECT 42 AS weight");
    }
    try (var server = EmbeddedDatabase.start(options)) {
      assertThat(ask(server.database("kept"), "SELECT weight FROM stone")).isEqualTo("42");
    }
  }

  @Test
  void closingTwiceIsHarmless() {
    var server = EmbeddedDatabase.start();
    server.close();
    server.close();
  }

  @Test
  void aServerThatDoesNotStopSaysSoAndIsStoppedByTheNextCall(@TempDir Path folder)
      throws SQLException, IOException {
    Folders.openToAll(folder);
    Path data = folder.resolve("data");
    var server = EmbeddedDatabase.start(ServerOptions.defaults().withDataDirectory(data));
    FreshDatabase database = server.newDatabase();
    Path number = data.resolve("postmaster.pid");
    String right = Files.readString(number);
    try {
      Files.writeString(number, "not a number\n");

      assertThatThrownBy(server::close)
          .isInstanceOf(EmbeddedDatabaseException.class)
          .hasMessageContaining("does not stop")
          .hasMessageContaining("[CAIRN-805]");
      assertThat(ask(database, "SELECT 'up'")).isEqualTo("up");
    } finally {
      Files.writeString(number, right);
      server.close();
    }
    assertThatThrownBy(() -> ask(database, "SELECT 1")).isInstanceOf(SQLException.class);
  }

  @Test
  void threadsThatAskForOneDatabaseAtOnceAllGetIt() throws Exception {
    EmbeddedDatabase server = EmbeddedDatabase.shared();
    int threads = 8;
    var together = new CyclicBarrier(threads);
    try (var executor = Executors.newFixedThreadPool(threads)) {
      for (int round = 0; round < 3; round++) {
        String name = "at_once_" + round;
        List<Future<FreshDatabase>> found =
            executor.invokeAll(
                Collections.nCopies(
                    threads,
                    () -> {
                      together.await(30, TimeUnit.SECONDS);
                      return server.database(name);
                    }));
        for (Future<FreshDatabase> each : found) {
          assertThat(ask(each.get(), "SELECT current_database()")).isEqualTo(name);
        }
      }
    }
  }

  @Test
  void aDatabaseThatIsDroppedIsGoneThoughSomebodyIsConnected() throws SQLException {
    EmbeddedDatabase server = EmbeddedDatabase.shared();
    FreshDatabase database = server.newDatabase();
    FreshDatabase other = server.newDatabase();
    try (Connection connection = database.dataSource().getConnection()) {
      assertThat(connection.isValid(30)).isTrue();

      server.drop(database);

      assertThat(connection.isValid(30)).isFalse();
    }
    server.drop(database);
    assertThat(
            ask(
                other,
                "SELECT count(*) FROM pg_database WHERE datname = '%s'".formatted(database.name())))
        .isEqualTo("0");
  }

  @Test
  void aServerThatDoesNotStartSaysWhy(@TempDir Path folder) throws IOException {
    Folders.openToAll(folder);
    Path data = Files.createDirectory(folder.resolve("data"));
    Files.writeString(data.resolve("something"), "that is not PostgreSQL's");
    assertThatThrownBy(
            () -> EmbeddedDatabase.start(ServerOptions.defaults().withDataDirectory(data)))
        .isInstanceOf(EmbeddedDatabaseException.class)
        .hasMessageContaining("not empty");
  }

  @Test
  void aPortThatIsTakenIsSaidSo() throws IOException {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(
              () -> EmbeddedDatabase.start(ServerOptions.defaults().withPort(taken.getLocalPort())))
          .isInstanceOf(EmbeddedDatabaseException.class)
          .hasMessageContaining("could not bind");
    }
  }

  /** As in clusters with IPv6 only. The free port was looked for on an address that is not ours. */
  @Test
  void theAddressIsTheSameInAJvmThatPrefersIpv6() throws Exception {
    ProcessBuilder child = ChildJvm.of(Address.class);
    child.command().add(1, "-Djava.net.preferIPv6Addresses=true");

    Process process = child.start();

    try (BufferedReader output = process.inputReader()) {
      assertThat(output.readLine()).isEqualTo(PostgresProcess.HOST);
    }
    assertThat(process.waitFor()).isZero();
  }

  /** The program of the other JVM. */
  static final class Address {
    private Address() {}

    public static void main(String[] args) throws IOException {
      System.out.println(PostgresProcess.address().getHostAddress());
    }
  }

  @Test
  void settingsThatAShellWouldReadAreRefused() {
    assertThatThrownBy(() -> ServerOptions.defaults().withSetting("search_path", "a; rm -rf /"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("search_path");
  }

  static String ask(FreshDatabase database, String sql) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  static void run(FreshDatabase database, String sql) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
