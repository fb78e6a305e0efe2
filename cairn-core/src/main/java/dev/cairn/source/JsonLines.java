package dev.cairn.source;

import dev.cairn.source.Source.Item;
import dev.cairn.spi.JsonCodec;
import org.jspecify.annotations.Nullable;

/** Converts lines with one JSON value each to values, and skips empty lines. */
record JsonLines<T>(Class<T> type, JsonCodec codec)
    implements MappedSource.ItemMapping<FileRecord, T, FilePosition> {
  @Override
  public @Nullable Item<T, FilePosition> apply(Item<FileRecord, FilePosition> item) {
    FileRecord line = item.value();
    String json = line.text();
    if (isEmpty(json)) {
      return null;
    }
    try {
      return new Item<>(codec.decode(json, type), item.position());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s: the line has no %s: %s [CAIRN-321]"
              .formatted(line.where(), type.getSimpleName(), e.getMessage()),
          e);
    }
  }

  /** Whether a line has only JSON's own white space. Anything else is a value that does not fit. */
  private static boolean isEmpty(String json) {
    return json.chars().allMatch(each -> each == ' ' || each == '\t');
  }
}
