package dev.cairn.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The digest of the bytes before a position. */
class FileTrailTest {
  private static final long SEED = 20261126;

  @Test
  void isOfTheLastOneToTwoBlocksHoweverThePositionWasReached(@TempDir Path folder)
      throws Exception {
    var random = new Random(SEED);
    byte[] bytes = new byte[100];
    random.nextBytes(bytes);
    Path file = Files.write(folder.resolve("bytes"), bytes);
    try (FileChannel channel = FileChannel.open(file)) {
      for (int block : new int[] {1, 2, 7, 10, 50, 100, 1000}) {
        for (int start = 0; start <= bytes.length; start++) {
          FileTrail trail = FileTrail.before(FileContent.of(file, channel), start, block);
          int position = start;
          while (true) {
            assertThat(trail.digest())
                .as("block %d, from %d to %d", block, start, position)
                .isEqualTo(naive(bytes, position, block));
            if (position == bytes.length) {
              break;
            }
            int end = position + 1 + random.nextInt(bytes.length - position);
            trail.add(bytes, position, end);
            position = end;
          }
        }
      }
    }
  }

  private static String naive(byte[] bytes, int position, int block) {
    int begin = 0;
    while (begin + 2 * block <= position) {
      begin += block;
    }
    var crc = new CRC32C();
    crc.update(Arrays.copyOfRange(bytes, begin, position));
    return "%d:%08x".formatted(position - begin, crc.getValue());
  }
}
