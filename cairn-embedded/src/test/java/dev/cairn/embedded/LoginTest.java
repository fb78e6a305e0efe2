package dev.cairn.embedded;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who can log in: over the loopback address, every user of the machine can try. */
class LoginTest {
  private static final String REFUSED = "28P01";
  private static final String NOT_GIVEN = "08004";
  private static final Duration LOOK_INTERVAL = Duration.ofMillis(20);

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"", "wrong", "postgres"})
  void withoutThePasswordNobodyGetsIn(@Nullable String password) throws SQLException {
    FreshDatabase database = EmbeddedDatabase.shared().newDatabase();
    execute(database, "DROP ROLE IF EXISTS guest", "CREATE ROLE guest LOGIN");

    for (String user : List.of("postgres", "guest", System.getProperty("user.name"))) {
      assertThatThrownBy(() -> connect(database, user, password))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isIn(REFUSED, NOT_GIVEN));
    }
  }

  @Test
  void everyRuleAsksForAPassword() throws SQLException {
    FreshDatabase database = EmbeddedDatabase.shared().newDatabase();

    assertThat(
            EmbeddedDatabaseTest.ask(
                database, "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules"))
        .isEqualTo("scram-sha-256");
    assertThat(EmbeddedDatabaseTest.ask(database, "SHOW listen_addresses"))
        .isEqualTo(PostgresProcess.HOST);
    assertThat(EmbeddedDatabaseTest.ask(database, "SHOW unix_socket_directories")).isEmpty();
  }

  @Test
  void eachServerHasAnotherPassword() {
    assertThat(Password.random().text())
        .matches("[0-9a-f]{48}")
        .isNotEqualTo(Password.random().text());
  }

  @Test
  void aDirectoryThatLetEverybodyInDoesSoNoLonger(@TempDir Path folder) throws Exception {
    Folders.openToAll(folder);
    Path data = folder.resolve("data");
    ServerOptions options = ServerOptions.defaults().withDataDirectory(data);
    FreshDatabase earlier;
    try (var server = EmbeddedDatabase.start(options)) {
      earlier = server.database("kept");
      execute(earlier, "ALTER ROLE postgres PASSWORD NULL", "CREATE TABLE stone ()");
    }
    Files.writeString(data.resolve("pg_hba.conf"), "host all all 127.0.0.1/32 trust");

    try (var server = EmbeddedDatabase.start(options)) {
      FreshDatabase database = server.database("kept");
      assertThat(EmbeddedDatabaseTest.ask(database, "SELECT to_regclass('stone')"))
          .isEqualTo("stone");
      for (String password : List.of("", earlier.password())) {
        assertThatThrownBy(() -> connect(database, "postgres", password))
            .isInstanceOf(SQLException.class);
      }
    }
  }

  @Test
  void settingsCannotLetEverybodyIn(@TempDir Path folder) throws IOException, SQLException {
    Folders.openToAll(folder);
    Path rules = Files.writeString(folder.resolve("open.conf"), "host all all 127.0.0.1/32 trust");
    try (var server =
        EmbeddedDatabase.start(
            ServerOptions.defaults().withSetting("hba_file", rules.toString()))) {
      FreshDatabase database = server.newDatabase();
      assertThatThrownBy(() -> connect(database, "postgres", null))
          .isInstanceOf(SQLException.class);
    }
  }

  @Test
  void aChildProcessGetsInByItsEnvironment() throws IOException, InterruptedException {
    FreshDatabase database = EmbeddedDatabase.shared().newDatabase();
    ProcessBuilder child = ChildJvm.of(Child.class);
    child.environment().putAll(database.environment());

    Process process = child.start();

    try (BufferedReader output = process.inputReader()) {
      assertThat(output.readLine()).isEqualTo(database.name());
    }
    assertThat(process.waitFor()).isZero();
    assertThat(commandLines(any -> true)).noneMatch(line -> line.contains(database.password()));
  }

  /** The program of the child process. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) throws SQLException {
      System.out.println(
          EmbeddedDatabaseTest.ask(FreshDatabase.ofEnvironment(), "SELECT current_database()"));
    }
  }

  @Test
  void anEnvironmentThatNamesNoDatabaseIsSaidSo() {
    assumeFalse(System.getenv().containsKey("PGHOST"), "it names one");
    assertThatThrownBy(FreshDatabase::ofEnvironment)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("PGHOST")
        .hasMessageContaining("FreshDatabase.environment()");
  }

  @Test
  void noTextHoldsThePassword() {
    FreshDatabase database = EmbeddedDatabase.shared().newDatabase();
    var texts = new ArrayList<>(List.of(database.toString(), database.jdbcUrl()));
    texts.add(new Password(database.password()).toString());
    texts.add(database.dataSource().toString());
    texts.add(new Password(database.password()).verifier());
    var missing =
        new FreshDatabase(
            database.host(), database.port(), "missing", database.user(), database.password());
    assertThatThrownBy(() -> missing.dataSource().getConnection())
        .satisfies(e -> texts.add(e.toString()));
    assertThat(texts).hasSize(6).noneMatch(text -> text.contains(database.password()));
  }

  @Test
  void noArgumentOfAProcessHoldsThePasswordWhileAServerStarts() throws Exception {
    Set<Long> earlier = ProcessHandle.allProcesses().map(ProcessHandle::pid).collect(toSet());
    Set<String> seen = ConcurrentHashMap.newKeySet();
    var observer =
        Thread.ofPlatform()
            .start(() -> {
              while (!Thread.currentThread().isInterrupted()) {
                seen.addAll(commandLines(process -> !earlier.contains(process.pid())));
                // Each listing of all processes slows them down.
                LockSupport.parkNanos(LOOK_INTERVAL.toNanos());
              }
            });
    try (var server = EmbeddedDatabase.start()) {
      observer.interrupt();
      observer.join();
      assertThat(seen)
          .anyMatch(line -> line.contains("initdb"))
          .anyMatch(line -> line.contains("pg_ctl"))
          .noneMatch(line -> line.contains(server.newDatabase().password()))
          .noneMatch(line -> line.contains("SCRAM-SHA-256$"));
    }
  }

  private static List<String> commandLines(Predicate<ProcessHandle> which) {
    return ProcessHandle.allProcesses()
        .filter(which)
        .flatMap(process -> process.info().commandLine().stream())
        .toList();
  }

  private static void connect(FreshDatabase database, String user, @Nullable String password)
      throws SQLException {
    var login = new Properties();
    login.putAll(
        password == null ? Map.of("user", user) : Map.of("user", user, "password", password));
    try (Connection connection = DriverManager.getConnection(database.jdbcUrl(), login)) {
      throw new AssertionError(user + " was let in to " + connection.getCatalog());
    }
  }

  private static void execute(FreshDatabase database, String... statements) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        var statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }
}
