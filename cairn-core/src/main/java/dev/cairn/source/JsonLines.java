package dev.cairn.source;

import dev.cairn.spi.JsonCodec;
import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** One JSON value a line. */
record JsonLines<T>(Source<String, Long> lines, Path file, Class<T> type, JsonCodec codec)
    implements Source<T, Long> {
  @Override
  public Type cursorType() {
    return Long.class;
  }

  @Override
  public boolean hasPin() {
    return lines.hasPin();
  }

  @Override
  public Optional<String> pin() throws Exception {
    return lines.pin();
  }

  @Override
  public OptionalLong size(Optional<String> pinned) throws Exception {
    return lines.size(pinned);
  }

  @Override
  public long done(Long position, long items) {
    return lines.done(position, items);
  }

  @Override
  public Reader<T, Long> open(@Nullable Long after, Optional<String> pinned) throws Exception {
    Reader<String, Long> reader = lines.open(after, pinned);
    return new Reader<>() {
      @Override
      public @Nullable Item<T, Long> next() throws Exception {
        Item<String, Long> line = reader.next();
        while (line != null && line.value().isBlank()) {
          line = reader.next();
        }
        return line == null ? null : new Item<>(decode(line), line.position());
      }

      @Override
      public void close() throws IOException {
        reader.close();
      }
    };
  }

  private T decode(Item<String, Long> line) throws IOException {
    try {
      return codec.decode(line.value(), type);
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "%s has no %s in the line that ends at byte %d: %s"
              .formatted(file, type.getSimpleName(), line.position(), e.getMessage()),
          e);
    }
  }
}
