package dev.cairn.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * What docs/spring.md says of the ten lines from an application that {@code spring init} makes to a
 * job that survives {@code kill -9}. Has no web server, so nothing but the client keeps it alive.
 */
@Tag("thorough")
class TenLinesTest {
  private static final Path BEFORE = Path.of("src/test/spring-init/before");
  private static final Path AFTER = Path.of("src/test/spring-init/after");
  private static final Path UPLOADS = Path.of("src/main/java/com/example/shop/Uploads.java");
  private static final Path PROPERTIES = Path.of("src/main/resources/application.properties");

  private static final Duration PATIENCE = Duration.ofMinutes(20);
  private static final int PRODUCTS = 1_000;

  /** What the sample has and that application has not. */
  private static final Pattern NOT_THERE =
      Pattern.compile(
          "cairn-(spring-sample|csv|dashboard|embedded)|servlet|tomcat|webmvc|security|actuator|devtools");

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder = Path.of("");

  @Test
  void tenLinesComeBesideTheJob() throws IOException {
    assertThat(added(Path.of("pom.xml"))).hasSize(5);
    assertThat(added(PROPERTIES)).hasSize(2);
    assertThat(added(UPLOADS)).hasSize(3);
    try (Stream<Path> files = Files.walk(AFTER)) {
      assertThat(files.filter(Files::isRegularFile).map(AFTER::relativize))
          .filteredOn(file -> !Files.exists(BEFORE.resolve(file)))
          .extracting(file -> file.getFileName().toString())
          .containsExactlyInAnyOrder("ImportCatalog.java", "CatalogImport.java"); // the job
    }
  }

  /**
   * The lines of a file that are new. Nothing else has changed but imports and a parameter in a
   * constructor.
   */
  private static List<String> added(Path file) throws IOException {
    List<String> before = lines(BEFORE.resolve(file));
    List<String> after = lines(AFTER.resolve(file));
    var added = new ArrayList<String>();
    int known = 0;
    for (String line : after) {
      if (known < before.size() && line.equals(before.get(known))) {
        known++;
      } else {
        added.add(line);
      }
    }
    assertThat(known).as("lines of %s that are still there", file).isEqualTo(before.size());
    return added;
  }

  private static List<String> lines(Path file) throws IOException {
    return Files.readAllLines(file).stream()
        .map(line -> line.replace(", Cairn cairn)", ")").strip())
        .filter(line -> !line.isEmpty() && !line.startsWith("import "))
        .toList();
  }

  @Test
  void withThemTheJobSurvivesToBeKilled() throws Exception {
    ShopDatabase database = ShopDatabase.fresh();
    database.sql("CREATE TABLE upload (file text PRIMARY KEY)").update();
    database
        .sql("CREATE TABLE product (id bigint GENERATED ALWAYS AS IDENTITY, name text NOT NULL)")
        .update();
    Path classes = compiled();
    Path catalog =
        Files.write(
            folder.resolve("catalog.txt"),
            IntStream.rangeClosed(1, PRODUCTS).mapToObj(number -> "product " + number).toList());

    try (var gate = Gate.at(database, "product 550")) {
      Process killed = start(classes, database, catalog.toString());
      try {
        gate.awaitWaiting(); // in the middle of the sixth batch
      } finally {
        killed.destroyForcibly().onExit().join();
      }
    }
    assertThat(database.count("product")).isEqualTo(500);

    Process again = start(classes, database);
    try {
      await("the rest of the import")
          .atMost(PATIENCE)
          .until(() -> database.count("river_job WHERE state = 'completed'") == 1);
      assertThat(database.count("product")).isEqualTo(PRODUCTS);
      assertThat(database.number("SELECT count(DISTINCT name) FROM product")).isEqualTo(PRODUCTS);
      assertThat(again.isAlive()).isTrue();
      again.destroy();
      assertThat(again.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } finally {
      again.destroyForcibly().onExit().join();
    }
  }

  private Path compiled() throws IOException {
    Path project = Files.createDirectories(folder.resolve("project"));
    copy(BEFORE, project);
    copy(AFTER, project);
    Path classes = Files.createDirectories(folder.resolve("classes"));
    Files.copy(project.resolve(PROPERTIES), classes.resolve(PROPERTIES.getFileName().toString()));
    var arguments =
        new ArrayList<>(
            List.of("-parameters", "-proc:none", "-d", classes.toString(), "-cp", classPath()));
    try (Stream<Path> files = Files.walk(project)) {
      files.map(Path::toString).filter(file -> file.endsWith(".java")).forEach(arguments::add);
    }
    int result =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(System.out, System.err, arguments.toArray(String[]::new));
    assertThat(result).isZero();
    return classes;
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = to.resolve(from.relativize(file));
        Files.createDirectories(target.getParent());
        Files.write(target, Files.readAllBytes(file));
      }
    }
  }

  /** That of the application: JPA, the driver and the starter. */
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !NOT_THERE.matcher(artifact(Path.of(entry))).find())
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** The names in a path that tell what it is, without those of the folders of this machine. */
  private static String artifact(Path entry) {
    int names = entry.getNameCount();
    return entry.subpath(Math.max(0, names - 3), names).toString();
  }

  private Process start(Path classes, ShopDatabase database, String... files) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"));
    command.addAll(List.of("-cp", classes + File.pathSeparator + classPath()));
    command.add("com.example.shop.ShopApplication");
    command.addAll(List.of(files));
    Path log = Files.createTempFile(folder, "shop-", ".log");
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().putAll(database.environment());
    // Long enough for a busy machine, short enough for a test.
    builder.environment().put("CAIRN_HEARTBEATTIMEOUT", "8s");
    Process process = builder.start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    return process;
  }
}
