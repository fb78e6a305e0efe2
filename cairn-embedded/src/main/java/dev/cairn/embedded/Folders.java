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

/** Creates, opens and deletes the folders and files of a server. */
final class Folders {
  private static final String PRIVATE_FILE = "rw-------";
  private static final String PRIVATE_FOLDER = "rwx------";

  private Folders() {}

  /** Creates a file that other users can never open. */
  static Path createPrivateFile(Path file) throws IOException {
    return Files.createFile(file, withPermissions(file, PRIVATE_FILE));
  }

  /** Creates the folder and its parents if they are missing, closed to other users. */
  static Path createPrivateFolders(Path folder) throws IOException {
    return Files.createDirectories(folder, withPermissions(folder, PRIVATE_FOLDER));
  }

  /** Lets every user of this machine list a folder and run the programs in it. */
  static void openToAll(Path folder) throws IOException {
    permit(folder, "rwxr-xr-x");
  }

  /** Lets other users open files in a folder that they know by name, without listing it. */
  static void letThrough(Path folder) throws IOException {
    permit(folder, "rwx--x--x");
  }

  static void allowExecution(Path file, boolean allowed) throws IOException {
    permit(file, allowed ? "rwxr-xr-x" : "rw-r--r--");
  }

  /** Deletes a folder with its content. Does nothing if there is no such folder. */
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
   * Works with open folders instead of paths. In a data directory of another user, that user could
   * otherwise replace a folder with a link, and make root delete the target of the link.
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
