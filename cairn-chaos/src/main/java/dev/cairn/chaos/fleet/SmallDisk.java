package dev.cairn.chaos.fleet;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file system of a fixed size, in memory, for the data of a server. Only root on Linux can make
 * one. It is unmounted when it is closed, or when this JVM ends for any reason.
 */
public final class SmallDisk implements AutoCloseable {
  private static final int MEGABYTES = 320;
  private static final int CHUNK_BYTES = 1 << 16;

  /** Unmounts the disk after the server's own guard has stopped the server. */
  private static final String GUARD =
      """
      trap '' INT TERM HUP QUIT
      read -r end
      tries=0
      while ! umount "$1" && [ $tries -lt 300 ]; do sleep 0.2; tries=$((tries + 1)); done
      rmdir "$1"
      """;

  private final Path folder;
  private final Process guard;

  private SmallDisk(Path folder, Process guard) {
    this.folder = folder;
    this.guard = guard;
  }

  /** Tests whether this user can mount file systems here. */
  public static boolean isPossible() {
    try {
      try (SmallDisk probe = mount(Files.createTempDirectory("cairn-chaos-disk-"))) {
        probe.free();
      }
      return true;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * Mounts a small disk.
   *
   * @param folder an empty folder, which is deleted with the disk
   * @throws IOException if this user cannot mount a disk
   */
  static SmallDisk mount(Path folder) throws IOException, InterruptedException {
    Process mount =
        new ProcessBuilder(
                "mount",
                "-t",
                "tmpfs",
                "-o",
                "size=%dm".formatted(MEGABYTES),
                "tmpfs",
                folder.toString())
            .redirectErrorStream(true)
            .start();
    String answer = new String(mount.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (mount.waitFor() != 0) {
      Files.delete(folder);
      throw new IOException("a small disk cannot be mounted: " + answer.strip());
    }
    Process guard =
        new ProcessBuilder("sh", "-c", GUARD, "small-disk-guard", folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return new SmallDisk(folder, guard);
  }

  Path folder() {
    return folder;
  }

  /** Fills the disk completely. */
  void fill() throws IOException {
    try (var file = new FileOutputStream(ballast().toFile())) {
      byte[] chunk = new byte[CHUNK_BYTES];
      while (true) {
        file.write(chunk);
      }
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).contains("No space left")) {
        throw e;
      }
    }
  }

  /** Deletes the file that fills the disk. */
  void free() throws IOException {
    Files.deleteIfExists(ballast());
  }

  @Override
  public void close() throws IOException {
    guard.getOutputStream().close();
  }

  private Path ballast() {
    return folder.resolve("ballast");
  }
}
