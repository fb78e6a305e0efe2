package dev.cairn.source;

import java.io.IOException;
import java.lang.reflect.Type;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The records of a file. The position is the end of the last finished record, so reading continues
 * with a seek; a gzip file is unpacked up to there.
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
    try (FileContent content = FileContent.open(layout.file())) {
      return Optional.of(new FileIdentity(layout.file(), content).pin());
    }
  }

  /**
   * In bytes, because the number of records is known only after reading them. Unknown for a gzip
   * file.
   */
  @Override
  public OptionalLong size(Optional<String> pinned) throws IOException {
    return isPacked() ? OptionalLong.empty() : OptionalLong.of(FileAccess.size(layout.file()));
  }

  @Override
  public long done(FilePosition position, long items) {
    return isPacked() ? items : position.offset();
  }

  private boolean isPacked() {
    return GzipContent.isNamed(layout.file());
  }

  @Override
  public Reader<FileRecord, FilePosition> open(
      @Nullable FilePosition after, Optional<String> pinned) throws IOException {
    FilePosition start = after == null || after.offset() == 0 ? BEGINNING : after;
    FileContent content = FileContent.open(layout.file());
    boolean opened = false;
    try {
      var identity = new FileIdentity(layout.file(), content);
      identity.requireText();
      var bytes = new FileBytes(content, identity.requireSame(start, pinned));
      var reader = new FileRecordReader(layout, start, bytes);
      opened = true;
      return reader;
    } finally {
      if (!opened) {
        content.close();
      }
    }
  }

  /** Its position may be one before its line end, if that was written later. */
  @Override
  public @Nullable Item<FileRecord, FilePosition> find(
      FilePosition position, @Nullable FilePosition before, Optional<String> pinned)
      throws Exception {
    try (Reader<FileRecord, FilePosition> behind = open(position, pinned)) {
      // Refuses a file in which the record has grown.
      Item<FileRecord, FilePosition> ignored = behind.next();
    }
    try (Reader<FileRecord, FilePosition> reader = open(before, pinned)) {
      Item<FileRecord, FilePosition> item = reader.next();
      while (item != null && item.value().offset() < position.offset()) {
        if (FormerPositions.isAt(reader, item.position(), position)) {
          return new Item<>(item.value(), position);
        }
        item = reader.next();
      }
      return null;
    }
  }
}
