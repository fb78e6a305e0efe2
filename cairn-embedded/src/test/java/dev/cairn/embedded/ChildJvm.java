package dev.cairn.embedded;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Processes that run the classes of this one. */
final class ChildJvm {
  private ChildJvm() {}

  /** One that is not started yet. */
  static ProcessBuilder of(Class<?> program, String... args) {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
    command.addAll(List.of(args));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
  }
}
