package dev.cairn.cli.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The notes of the worker processes about jobs that they have given up, each in its own file. */
final class LetGo {
  private LetGo() {}

  /** One more. Each is one byte. */
  static void note(Path folder, String clientId) throws IOException {
    Files.write(
        file(folder, clientId),
        new byte[] {'x'},
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  static long times(Path folder, String clientId) throws IOException {
    Path file = file(folder, clientId);
    return Files.exists(file) ? Files.size(file) : 0;
  }

  private static Path file(Path folder, String clientId) {
    return folder.resolve("let-go-" + clientId);
  }
}
