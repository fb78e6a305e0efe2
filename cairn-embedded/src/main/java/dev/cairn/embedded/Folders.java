package dev.cairn.embedded;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/** What a server needs to have done to its folders and files. */
final class Folders {
  private static final String PRIVATE_FILE = "rw-------";
  private static final String PRIVATE_FOLDER = "rwx------";

  private Folders() {}

  /** A new file that nobody else can open, from its first moment on. */
  static Path createPrivateFile(Path file) throws IOException {
    return Files.createFile(file, withPermissions(file, PRIVATE_FILE));
  }

  /** The folder, made if it is missing; those that are made are closed to others. */
  static Path createPrivateFolders(Path folder) throws IOException {
    return Files.createDirectories(folder, withPermissions(folder, PRIVATE_FOLDER));
  }

  /** Lets everybody on this machine look into a folder and execute what is in it. */
  static void openToAll(Path folder) throws IOException {
    permit(folder, "rwxr-xr-x");
  }

  /** Lets others pass through a folder to what they may open in it, without listing it. */
  static void letThrough(Path folder) throws IOException {
    permit(folder, "rwx--x--x");
  }

  static void allowExecution(Path file, boolean allowed) throws IOException {
    permit(file, allowed ? "rwxr-xr-x" : "rw-r--r--");
  }

  /** Deletes a folder with all that is in it; fine if there is none. */
  static void delete(Path folder) throws IOException {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (DirectoryStream<Path> content = Files.newDirectoryStream(folder)) {
      if (content instanceof SecureDirectoryStream<Path> secure) {
        deleteContent(secure);
      } else {
        deleteContent(content);
      }
    }
    Files.deleteIfExists(folder);
  }

  /**
   * Goes by open folders instead of by paths: in a data directory that belongs to another user,
   * that user could otherwise put a link where a folder was, and have root delete what it leads to.
   */
  private static void deleteContent(SecureDirectoryStream<Path> folder) throws IOException {
    for (Path entry : folder) {
      Path name = entry.getFileName();
      boolean isFolder =
          folder
              .getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
              .readAttributes()
              .isDirectory();
      if (isFolder) {
        try (var inner = folder.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
          deleteContent(inner);
        }
        folder.deleteDirectory(name);
      } else {
        folder.deleteFile(name);
      }
    }
  }

  private static void deleteContent(DirectoryStream<Path> folder) throws IOException {
    for (Path entry : folder) {
      if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
        delete(entry);
      } else {
        Files.deleteIfExists(entry);
      }
    }
  }

  private static FileAttribute<?>[] withPermissions(Path path, String permissions) {
    return hasPermissions(path)
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }

  private static void permit(Path path, String permissions) throws IOException {
    if (hasPermissions(path)) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }
  }

  private static boolean hasPermissions(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}
