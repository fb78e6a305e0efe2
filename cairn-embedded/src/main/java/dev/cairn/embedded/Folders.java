package dev.cairn.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** What a server needs to have done to its folders. */
final class Folders {
  private Folders() {}

  /** Deletes a folder with all that is in it; fine if there is none. */
  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> deepestFirst;
    try (Stream<Path> paths = Files.walk(folder)) {
      deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : deepestFirst) {
      Files.deleteIfExists(path);
    }
  }

  /** Lets everybody on this machine look into a folder. */
  static void openToAll(Path folder) throws IOException {
    permit(folder, "rwxr-xr-x");
  }

  static void allowExecution(Path file, boolean allowed) throws IOException {
    permit(file, allowed ? "rwxr-xr-x" : "rw-r--r--");
  }

  private static void permit(Path path, String permissions) throws IOException {
    if (path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }
  }
}
