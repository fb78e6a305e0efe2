package dev.cairn.source;

import dev.cairn.source.Source.Item;
import dev.cairn.spi.JsonCodec;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Makes values of lines with one JSON value each, and passes over empty ones. */
record JsonLines<T>(Path file, Class<T> type, JsonCodec codec)
    implements MappedSource.ItemMapping<String, T, Long> {
  @Override
  public @Nullable Item<T, Long> apply(Item<String, Long> line) throws IOException {
    if (line.value().isBlank()) {
      return null;
    }
    try {
      return new Item<>(codec.decode(line.value(), type), line.position());
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "%s has no %s in the line that ends at byte %d: %s"
              .formatted(file, type.getSimpleName(), line.position(), e.getMessage()),
          e);
    }
  }
}
