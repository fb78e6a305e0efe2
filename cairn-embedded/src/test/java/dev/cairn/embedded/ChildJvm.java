package dev.cairn.embedded;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Child processes that run classes of this process. */
final class ChildJvm {
  private ChildJvm() {}

  /** A process that is not started yet. */
  static ProcessBuilder of(Class<?> program, String... args) {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
    command.addAll(List.of(args));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
  }
}
