package dev.cairn.spring.aot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.jobs.JobQuery;
import dev.cairn.spring.aot.Shop.Address;
import dev.cairn.spring.aot.Shop.Audit;
import dev.cairn.spring.aot.Shop.Item;
import dev.cairn.spring.aot.Shop.Payment;
import dev.cairn.spring.aot.Shop.Return;
import dev.cairn.spring.aot.Shop.Ship;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.aot.agent.RecordedInvocation;
import org.springframework.boot.SpringApplicationAotProcessor;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Processes an application ahead of time as the build plugins of Spring Boot do, without a database
 * and without the properties of its run, and runs what was generated in a JVM.
 */
@Tag("thorough")
class AheadOfTimeTest {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  @TempDir private Path folder = Path.of("");

  @Test
  void anApplicationThatWasProcessedAheadOfTimeWorksItsJobs() throws Exception {
    Path classes = processed();
    FreshDatabase database = EmbeddedDatabase.shared().newDatabase();
    JdbcClient jdbc = JdbcClient.create(database.dataSource());
    jdbc.sql("CREATE TABLE shipped (id bigint)").update();

    Path log = folder.resolve("run.log");
    Process shop = start(classes, database, log);
    try {
      awaitClient(database, shop, log);
      Cairn client = Cairn.builder(database.dataSource()).build();
      var ship = new Ship(7, List.of(new Item("tea", 2)), new Payment.Invoice(new Address("Bonn")));
      JobRow shipped = completed(client, client.insert(ship).id());
      assertThat(shipped.queue()).isEqualTo("default");
      assertThat(shipped.output()).hasValueSatisfying(it -> assertThat(it).contains("Bonn"));
      assertThat(jdbc.sql("SELECT id FROM shipped").query(Long.class).list()).containsExactly(7L);

      assertThat(output(client, "aot_mail")).contains("\"tea\"");
      assertThat(output(client, "aot_count")).contains("42");
      assertThat(output(client, "aot_tick")).contains("\"1h\"");
      assertThat(output(client, "aot_start")).isEmpty();
      long returned = client.insert(new Return(Map.of("a", new Item[] {}))).id();
      assertThat(completed(client, returned).output()).contains("\"Return\"");
      long audited = client.insert(new Audit("proxied")).id();
      assertThat(completed(client, audited).output()).contains("\"proxied\"");
      assertThat(client.clients()).anySatisfy(each -> assertThat(each.id()).isEqualTo("shop-aot"));
    } finally {
      shop.getOutputStream().close();
      boolean ended = shop.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      shop.destroyForcibly();
      assertThat(ended).as(Files.readString(log)).isTrue();
    }
    assertThat(shop.exitValue()).as(Files.readString(log)).isZero();
    assertThat(Files.readString(log))
        .contains("Starting AOT-processed Shop")
        .doesNotContain("ERROR");
  }

  /**
   * There is no GraalVM here whose agent could tell. That of Spring is going to be removed; where
   * it is gone, this test can go too.
   */
  @Test
  void whatCairnReachesByReflectionIsInTheHints() throws Exception {
    FreshDatabase database = EmbeddedDatabase.shared().newDatabase();
    JdbcClient.create(database.dataSource()).sql("CREATE TABLE shipped (id bigint)").update();
    Path log = folder.resolve("agent.log");
    Path agent =
        Path.of(
            RecordedInvocation.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    var arguments =
        new ArrayList<>(
            List.of(
                "-javaagent:" + agent + "=+dev.cairn,+tools.jackson", AgentView.class.getName()));
    arguments.addAll(properties(database));

    ended(java(log, System.getProperty("java.class.path"), arguments.toArray(String[]::new)), log);

    assertThat(Files.readAllLines(log))
        .anyMatch(line -> isKnown(line, "getDeclaredConstructors> on type <" + name(Ship.class)))
        .anyMatch(line -> isKnown(line, name(Payment.Card.class)))
        .anyMatch(line -> isKnown(line, "Method#invoke"))
        .anyMatch(line -> isKnown(line, "dev/cairn/migrate/cairn/001"))
        .noneMatch(line -> line.startsWith("MISSING"));
  }

  private static boolean isKnown(String line, String what) {
    return line.startsWith("KNOWN") && line.contains(what);
  }

  private static String name(Class<?> type) {
    return type.getName().replace('$', '.');
  }

  private static void awaitClient(FreshDatabase database, Process shop, Path log) {
    JdbcClient jdbc = JdbcClient.create(database.dataSource());
    Awaitility.await()
        .atMost(PATIENCE)
        .failFast(() -> assertThat(shop.isAlive()).as(Files.readString(log)).isTrue())
        .until(() ->
            jdbc.sql("SELECT to_regclass('cairn_client') IS NOT NULL").query(Boolean.class).single()
                && jdbc.sql("SELECT count(*) FROM cairn_client").query(Long.class).single() > 0);
  }

  private static Optional<String> output(Cairn client, String kind) {
    long id =
        Awaitility.await()
            .atMost(PATIENCE)
            .until(
                () -> client.jobs().list(JobQuery.all().withKinds(kind)).jobs(),
                jobs -> !jobs.isEmpty())
            .getFirst()
            .id();
    return completed(client, id).output();
  }

  private static JobRow completed(Cairn client, long id) {
    return Awaitility.await()
        .atMost(PATIENCE)
        .until(
            () -> client.jobs().find(id).orElseThrow(),
            job -> job.state() == JobState.COMPLETED || !job.errors().isEmpty());
  }

  /** Generates code and compiles it; the folder of what came out. */
  private Path processed() throws Exception {
    Path sources = Files.createDirectories(folder.resolve("sources"));
    Path classes = Files.createDirectories(folder.resolve("classes"));
    Path log = folder.resolve("process.log");
    ended(
        java(
            log,
            System.getProperty("java.class.path"),
            SpringApplicationAotProcessor.class.getName(),
            Shop.class.getName(),
            sources.toString(),
            classes.toString(),
            classes.toString(),
            "dev.cairn",
            "shop"),
        log);
    compile(sources, classes);
    assertThat(classes.resolve("META-INF/native-image/dev.cairn/shop/reachability-metadata.json"))
        .content()
        .contains(Ship.class.getName());
    return classes;
  }

  private static void ended(ProcessBuilder builder, Path log) throws Exception {
    Process process = builder.start();
    process.getOutputStream().close();
    boolean ended = process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    process.destroyForcibly();
    assertThat(ended).as(Files.readString(log)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(log)).isZero();
  }

  private static void compile(Path sources, Path classes) throws IOException {
    var arguments = new ArrayList<>(List.of("-nowarn", "-d", classes.toString()));
    arguments.addAll(
        List.of(
            "-proc:none",
            "-classpath",
            classes + File.pathSeparator + System.getProperty("java.class.path")));
    try (Stream<Path> files = Files.walk(sources)) {
      files.filter(Files::isRegularFile).map(Path::toString).forEach(arguments::add);
    }
    int result =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(System.out, System.err, arguments.toArray(String[]::new));
    assertThat(result).isZero();
  }

  private static Process start(Path classes, FreshDatabase database, Path log) throws IOException {
    var arguments = new ArrayList<>(List.of("-Dspring.aot.enabled=true", Shop.class.getName()));
    arguments.addAll(properties(database));
    return java(
            log,
            classes + File.pathSeparator + System.getProperty("java.class.path"),
            arguments.toArray(String[]::new))
        .start();
  }

  private static List<String> properties(FreshDatabase database) {
    return List.of(
        "--app.url=" + database.jdbcUrl(),
        "--app.user=" + database.environment().get("PGUSER"),
        "--app.password=" + database.environment().get("PGPASSWORD"),
        "--app.id=shop-aot",
        "--app.queue=shipping",
        "--app.attempts=3",
        "--app.timeout=5m",
        "--app.every=1h",
        "--app.cron=0 3 * * *",
        "--app.zone=Europe/Berlin",
        "--cairn.migrate=up",
        "--cairn.poll-interval=50ms");
  }

  private static ProcessBuilder java(Path log, String classPath, String... arguments) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Dlogging.config=classpath:logback-aot.xml",
            "-cp",
            classPath));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
  }
}
