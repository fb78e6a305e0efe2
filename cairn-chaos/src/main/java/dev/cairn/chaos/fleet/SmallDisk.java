package dev.cairn.chaos.fleet;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file system of a fixed size, in memory, for the data of a server. Only root on Linux can make
 * one. It is unmounted when it is closed, and after this JVM whatever ended that.
 */
public final class SmallDisk implements AutoCloseable {
  private static final int MEGABYTES = 320;
  private static final int CHUNK_BYTES = 1 << 16;

  /** The server's own guard stops it first, for as long as the disk is busy. */
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

  /** Whether this user may mount file systems here, which is tried. */
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
   * Mounts one.
   *
   * @param folder an empty one, which is deleted with the disk
   * @throws IOException if this user may not
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

  /** Leaves no byte free. */
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

  /** Undoes that. */
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
