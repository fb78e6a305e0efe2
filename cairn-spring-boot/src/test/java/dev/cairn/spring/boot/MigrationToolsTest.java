package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.SchemaException;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.migrate.MigrationDirection;
import dev.cairn.migrate.MigrationLine;
import dev.cairn.migrate.Migrator;
import dev.cairn.spring.CairnWorker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.liquibase.autoconfigure.LiquibaseAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Applications whose own tables Flyway or Liquibase makes. */
class MigrationToolsTest {
  private final FreshDatabase database = EmbeddedDatabase.shared().newDatabase();

  @TempDir private Path folder = Path.of("");

  @JobKind("migrated")
  record Migrated(int number) {}

  /** Needs a table of the application's own from its first job on. */
  static class Worker {
    private final JdbcClient jdbc;

    Worker(JdbcClient jdbc) {
      this.jdbc = jdbc;
    }

    @CairnWorker
    void work(Migrated args) {
      jdbc.sql("INSERT INTO orders VALUES (?)").param(args.number()).update();
    }
  }

  /** A migration tool. */
  enum Tool {
    FLYWAY {
      @Override
      ApplicationContextRunner in(ApplicationContextRunner application, Path folder) {
        return application
            .withConfiguration(AutoConfigurations.of(FlywayAutoConfiguration.class))
            .withPropertyValues("spring.flyway.locations=filesystem:" + folder);
      }

      @Override
      void write(Path folder, int number, String sql) throws IOException {
        Files.writeString(folder.resolve("V%d__step.sql".formatted(number)), sql);
      }
    },
    LIQUIBASE {
      @Override
      ApplicationContextRunner in(ApplicationContextRunner application, Path folder) {
        return application
            .withConfiguration(AutoConfigurations.of(LiquibaseAutoConfiguration.class))
            .withPropertyValues(
                "spring.liquibase.change-log=file:" + folder.resolve("changes.sql"));
      }

      @Override
      void write(Path folder, int number, String sql) throws IOException {
        Path file = folder.resolve("changes.sql");
        String before = Files.exists(file) ? Files.readString(file) : "--liquibase formatted sql\n";
        Files.writeString(
            file,
            "%s\n--changeset shop:%d splitStatements:false\n%s\n".formatted(before, number, sql));
      }
    };

    abstract ApplicationContextRunner in(ApplicationContextRunner application, Path folder);

    abstract void write(Path folder, int number, String sql) throws IOException;
  }

  private ApplicationContextRunner application(Tool tool) {
    return tool.in(Applications.withoutPool().withBean(HikariDataSource.class, this::pool), folder);
  }

  private HikariDataSource pool() {
    var pool = new HikariDataSource();
    pool.setJdbcUrl(database.jdbcUrl());
    pool.setUsername(database.user());
    pool.setPassword(database.password());
    pool.setMinimumIdle(0);
    return pool;
  }

  private JdbcClient jdbc() {
    return JdbcClient.create(database.dataSource());
  }

  private void completes(Cairn client, int number) {
    long id = client.insert(new Migrated(number)).id();
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> client.jobs().find(id).orElseThrow().state() == JobState.COMPLETED);
    assertThat(
            jdbc()
                .sql("SELECT count(*) FROM orders WHERE id = ?")
                .param(number)
                .query(Long.class)
                .single())
        .isEqualTo(1);
  }

  /** In an empty database, and again when both are there. */
  @ParameterizedTest
  @EnumSource
  void theTablesOfTheApplicationComeFirstAndCairnsAfterThem(Tool tool) throws IOException {
    tool.write(folder, 1, "CREATE TABLE orders (id bigint PRIMARY KEY);");
    ApplicationContextRunner application =
        application(tool).withPropertyValues("cairn.migrate=up").withBean(Worker.class);
    application.run(context -> completes(context.getBean(Cairn.class), 1));

    tool.write(folder, 2, "ALTER TABLE orders ADD note text;");
    application.run(context -> {
      completes(context.getBean(Cairn.class), 2);
      assertThat(jdbc().sql("SELECT note FROM orders").query(String.class).list()).hasSize(2);
    });
  }

  @ParameterizedTest
  @EnumSource
  void withoutMigrateCairnLooksOnlyAfterTheTool(Tool tool) throws IOException {
    tool.write(folder, 1, "CREATE TABLE orders (id bigint PRIMARY KEY);");
    application(tool)
        .run(context ->
            assertThat(context).getFailure().rootCause().isInstanceOf(SchemaException.class));
    assertThat(jdbc().sql("SELECT to_regclass('orders') IS NOT NULL").query(Boolean.class).single())
        .isTrue();
  }

  /** As the page on migrations says: a version, and its record. */
  private void writeCairnsOwn(Tool tool) throws IOException {
    Migrator migrator = Migrator.of(database.dataSource());
    int number = 1;
    for (MigrationLine line : MigrationLine.values()) {
      for (int version = 1; version <= line.newestVersion(); version++) {
        String row =
            line == MigrationLine.MAIN && version <= 4
                ? "(version) VALUES (%d)".formatted(version)
                : "(line, version) VALUES ('%s', %d)".formatted(line.label(), version);
        tool.write(
            folder,
            number++,
            "%s\nINSERT INTO public.river_migration %s;"
                .formatted(migrator.sql(line, version, MigrationDirection.UP), row));
      }
    }
    tool.write(folder, number, "CREATE TABLE orders (id bigint PRIMARY KEY);");
  }

  @ParameterizedTest
  @EnumSource
  void theToolCanMakeCairnsTablesToo(Tool tool) throws IOException {
    writeCairnsOwn(tool);
    application(tool)
        .withBean(Worker.class)
        .run(context -> completes(context.getBean(Cairn.class), 1));
    Migrator.of(database.dataSource()).verify();
  }

  /** As a deployment does. Liquibase cannot run twice in a process. */
  @Test
  void instancesThatStartTogetherMigrateOnce() throws Exception {
    Tool tool = Tool.FLYWAY;
    tool.write(folder, 1, "CREATE TABLE orders (id bigint PRIMARY KEY);");
    ApplicationContextRunner application =
        application(tool).withPropertyValues("cairn.migrate=up").withBean(Worker.class);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<Boolean> start =
          () -> {
            application.run(context -> assertThat(context).hasNotFailed());
            return true;
          };
      for (var each : threads.invokeAll(Collections.nCopies(3, start))) {
        assertThat(each.get()).isTrue();
      }
    }
    assertThat(jdbc().sql("SELECT count(*) FROM river_migration").query(Integer.class).single())
        .isEqualTo(MigrationLine.MAIN.newestVersion() + MigrationLine.CAIRN.newestVersion());
  }

  /** Flyway refuses schemas with tables that it did not make. */
  @Test
  void flywayComesToADatabaseThatHasCairnsTables() throws IOException {
    Migrator.of(database.dataSource()).up();
    Tool.FLYWAY.write(folder, 2, "CREATE TABLE orders (id bigint PRIMARY KEY);");
    ApplicationContextRunner application = application(Tool.FLYWAY).withBean(Worker.class);
    application.run(context ->
        assertThat(context).getFailure().rootCause().hasMessageContaining("baselineOnMigrate"));
    application
        .withPropertyValues("spring.flyway.baseline-on-migrate=true")
        .run(context -> completes(context.getBean(Cairn.class), 1));
  }
}
