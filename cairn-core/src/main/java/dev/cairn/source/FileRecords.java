package dev.cairn.source;

import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The records of a file. The position is where the last finished record ends, so that reading
 * continues with a seek.
 */
record FileRecords(FileLayout layout) implements Source<FileRecord, FilePosition> {
  private static final FilePosition BEGINNING = new FilePosition(0, 0L, null);

  @Override
  public Type cursorType() {
    return FilePosition.class;
  }

  @Override
  public boolean hasPin() {
    return true;
  }

  @Override
  public Optional<String> pin() throws IOException {
    try (FileChannel channel = channel()) {
      return Optional.of(new FileIdentity(layout.file(), channel).pin());
    }
  }

  /** In bytes: how many records there are, only reading them tells. */
  @Override
  public OptionalLong size(Optional<String> pinned) throws IOException {
    return OptionalLong.of(Files.size(layout.file()));
  }

  @Override
  public long done(FilePosition position, long items) {
    return position.offset();
  }

  @Override
  public Reader<FileRecord, FilePosition> open(
      @Nullable FilePosition after, Optional<String> pinned) throws IOException {
    FilePosition start = after == null || after.offset() == 0 ? BEGINNING : after;
    FileChannel channel = channel();
    boolean opened = false;
    try {
      var identity = new FileIdentity(layout.file(), channel);
      identity.requireText();
      var bytes = new FileBytes(channel, identity.requireSame(start, pinned));
      var reader = new FileRecordReader(layout, start, bytes);
      opened = true;
      return reader;
    } finally {
      if (!opened) {
        channel.close();
      }
    }
  }

  private FileChannel channel() throws IOException {
    return FileChannel.open(layout.file(), StandardOpenOption.READ);
  }
}
