package dev.cairn.cli.demo;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;

/**
 * Counts the files that a process has read, including those whose batch is lost with it. The count
 * is in a mapped file, which the operating system keeps when the process is killed. Used by one
 * thread.
 */
final class HashCounter {
  private static final String PREFIX = "hashed-";

  private final MappedByteBuffer count;

  private HashCounter(MappedByteBuffer count) {
    this.count = count;
  }

  /** The counter of one process, in a folder that it shares with the others. */
  static HashCounter of(Path folder, String clientId) throws IOException {
    try (var channel =
        FileChannel.open(
            folder.resolve(PREFIX + clientId),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      return new HashCounter(channel.map(MapMode.READ_WRITE, 0, Long.BYTES));
    }
  }

  void increment() {
    count.putLong(0, count.getLong(0) + 1);
  }

  /** What all processes have counted together. */
  static long total(Path folder) throws IOException {
    long total = 0;
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (String.valueOf(file.getFileName()).startsWith(PREFIX)) {
          total += Files.size(file) < Long.BYTES ? 0 : count(file);
        }
      }
    }
    return total;
  }

  private static long count(Path file) throws IOException {
    return ByteBuffer.wrap(Files.readAllBytes(file)).getLong();
  }
}
