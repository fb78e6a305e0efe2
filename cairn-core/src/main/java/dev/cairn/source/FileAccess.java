package dev.cairn.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/** Opens files and folders. If one cannot be read, the error says why and what to do. */
final class FileAccess {
  private FileAccess() {}

  /**
   * Opens a file to read it.
   *
   * @throws IllegalStateException if it does not exist, is not a file, or may not be read
   */
  static FileChannel open(Path file) throws ClosedChannelException {
    requireFile(file);
    try {
      return FileChannel.open(file, StandardOpenOption.READ);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /** The size of a file. Throws the same exceptions as {@link #open}. */
  static long size(Path file) throws ClosedChannelException {
    return requireFile(file).size();
  }

  /**
   * Refuses anything else, because opening a pipe would wait for its writer, and a folder can be
   * opened but not read.
   */
  private static BasicFileAttributes requireFile(Path file) throws ClosedChannelException {
    BasicFileAttributes attributes = attributes(file);
    if (attributes.isDirectory()) {
      throw isNot(file, "is a folder, not a file. Name a file, or read all with Sources.files");
    }
    if (attributes.isOther()) {
      throw isNot(file, "is a pipe or a device, which cannot be read twice. Name a file");
    }
    return attributes;
  }

  /**
   * Requires a folder that exists.
   *
   * @throws IllegalStateException if it does not exist, or is not a folder
   */
  static void requireFolder(Path folder) throws ClosedChannelException {
    if (!attributes(folder).isDirectory()) {
      throw isNot(folder, "is not a folder. Name a folder, or read the file with another source");
    }
  }

  private static BasicFileAttributes attributes(Path path) throws ClosedChannelException {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class);
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  /** Reads bytes at an offset; -1 at the current end. */
  static int read(Path file, FileChannel channel, ByteBuffer buffer, long offset)
      throws ClosedChannelException {
    try {
      return channel.read(buffer, offset);
    } catch (IOException e) {
      throw unreadable("%s cannot be read at byte %d".formatted(file, offset), file, e);
    }
  }

  /**
   * The exception for an error of the file system.
   *
   * @throws ClosedChannelException if the error is one, because the thread was interrupted while it
   *     read
   */
  static IllegalStateException unreadable(Path path, IOException error)
      throws ClosedChannelException {
    return unreadable("%s cannot be read".formatted(path), path, error);
  }

  private static IllegalStateException unreadable(String what, Path path, IOException error)
      throws ClosedChannelException {
    if (error instanceof ClosedChannelException closed) {
      throw closed;
    }
    return new IllegalStateException(
        "%s: %s. The next attempt continues after the last finished item [CAIRN-330]"
            .formatted(what, why(path, error)),
        error);
  }

  private static IllegalStateException isNot(Path path, String what) {
    return new IllegalStateException("%s %s [CAIRN-330]".formatted(path, what));
  }

  private static String why(Path path, IOException error) {
    if (error instanceof NoSuchFileException) {
      return missing(path);
    }
    if (error instanceof AccessDeniedException) {
      return "the user of this process may not read it. Give that user the right";
    }
    String reason = error instanceof FileSystemException e ? e.getReason() : error.getMessage();
    return "%s. Correct this".formatted(reason == null ? error.getClass().getName() : reason);
  }

  /** Distinguishes a deleted file from a volume that is not mounted. */
  private static String missing(Path path) {
    if (Files.isSymbolicLink(path)) {
      return "it is a link to something that does not exist. Put that back";
    }
    Path parent = path.toAbsolutePath().getParent();
    if (parent == null || Files.isDirectory(parent)) {
      return "it does not exist. Put it back";
    }
    return Files.exists(parent)
        ? "%s is a file, not a folder. Correct this".formatted(parent)
        : "neither it nor its folder exists. Put them back, or mount their volume";
  }
}
