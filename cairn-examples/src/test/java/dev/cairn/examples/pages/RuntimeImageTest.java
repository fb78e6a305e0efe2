package dev.cairn.examples.pages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.embedded.ServerOptions;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Links a run-time image as docs/modules.md describes it, and works a job in it. No module in it is
 * automatic: {@code jlink} refuses those.
 */
@Tag("thorough")
class RuntimeImageTest {
  private static final Path SOURCES = Path.of("src/test/modules/linked");
  private static final Pattern EXPLICIT =
      Pattern.compile(".*(cairn-core/target|/cairn-\\d|jackson|slf4j-api|jspecify).*");
  private static final Pattern DRIVER = Pattern.compile(".*/postgresql-[^/]*\\.jar");

  @TempDir private Path folder = Path.of("");

  @Test
  void aJobIsWorkedInARuntimeImage() throws Exception {
    Path driver = driverWithDescriptor();
    String modules =
        Stream.concat(Stream.of(driver), onClassPath(EXPLICIT))
            .map(Path::toString)
            .collect(Collectors.joining(File.pathSeparator));
    Path program = folder.resolve("program");
    run(
        "javac",
        "--module-path",
        modules,
        "-d",
        program,
        SOURCES.resolve("module-info.java"),
        SOURCES.resolve("linked/jobs/Main.java"));
    Path image = folder.resolve("image");
    run(
        "jlink",
        "--module-path",
        modules + File.pathSeparator + program,
        "--add-modules",
        "linked",
        "--output",
        image);

    try (var server = EmbeddedDatabase.start(ServerOptions.forTests())) {
      assertThat(output(image, server.newDatabase())).contains("Hello, Ada");
    }
  }

  /** The only dependency without a descriptor: one is made, and put into a copy of the jar. */
  private Path driverWithDescriptor() throws IOException {
    Path jar = Files.copy(onClassPath(DRIVER).findFirst().orElseThrow(), folder.resolve("pg.jar"));
    Path generated = folder.resolve("generated");
    run(
        "jdeps",
        "--multi-release",
        "21",
        "--ignore-missing-deps",
        "--generate-module-info",
        generated,
        jar);
    Path descriptor;
    try (Stream<Path> files = Files.walk(generated)) {
      descriptor =
          files.filter(file -> file.endsWith("module-info.java")).findFirst().orElseThrow();
    }
    Path classes = folder.resolve("descriptor");
    run("javac", "--patch-module", "org.postgresql.jdbc=" + jar, "-d", classes, descriptor);
    run("jar", "--update", "--file", jar, "-C", classes, "module-info.class");
    return jar;
  }

  private static Stream<Path> onClassPath(Pattern wanted) {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> wanted.matcher(entry).matches())
        .map(Path::of);
  }

  private static void run(String tool, Object... arguments) {
    var text = new StringWriter();
    var out = new PrintWriter(text);
    int result =
        ToolProvider.findFirst(tool)
            .orElseThrow()
            .run(out, out, Stream.of(arguments).map(Object::toString).toArray(String[]::new));
    assertThat(result).as("%s: %s", tool, text).isZero();
  }

  private static String output(Path image, FreshDatabase database) throws Exception {
    var command = new ArrayList<>(List.of(image.resolve("bin/java").toString()));
    command.addAll(List.of("-m", "linked/linked.jobs.Main", database.jdbcUrl()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(database.environment());
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
