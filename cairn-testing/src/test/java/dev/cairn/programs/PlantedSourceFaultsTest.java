package dev.cairn.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random programs find each fault that is planted into the sources: the class with the fault is
 * compiled, and comes before the right one on the class path of a process that runs them. {@code
 * -Dtest.excluded=none -Dcairn.faults.programs=1500 -Dcairn.faults.from=N} looks for other seeds.
 */
@Tag("long")
class PlantedSourceFaultsTest {
  private static final Path SOURCES = Path.of("../cairn-core/src/main/java/dev/cairn/source");

  /**
   * So many from its seed on: what strikes a program, and when, is not quite the same each time.
   */
  private static final int PROGRAMS = Integer.getInteger("cairn.faults.programs", 20);

  private static final long MINUTES_MAX = 10;

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void isFound(SourceFault fault) throws Exception {
    Path classes = plant(fault);

    long from = Long.getLong("cairn.faults.from", fault.seed());
    String said = run(classes, fault.name(), Long.toString(from), Integer.toString(PROGRAMS));

    assertThat(said).contains(FaultTrials.FOUND);
  }

  /** Returns the folder of the class that has the fault. */
  private Path plant(SourceFault fault) throws IOException {
    String name = fault.className() + ".java";
    Path source = folder.resolve(name);
    Files.writeString(source, fault.in(Files.readString(SOURCES.resolve(name))));
    Path classes = Files.createDirectory(folder.resolve("classes"));
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                List.of(
                        "-nowarn",
                        "-proc:none",
                        "-parameters",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-d",
                        classes.toString(),
                        source.toString())
                    .toArray(String[]::new));
    assertThat(result).isZero();
    return classes;
  }

  private String run(Path classes, String... arguments) throws Exception {
    Path output = folder.resolve("output");
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classes + File.pathSeparator + System.getProperty("java.class.path"),
                FaultTrials.class.getName()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(MINUTES_MAX, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return Files.readString(output);
  }
}
