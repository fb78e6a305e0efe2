package dev.cairn.source;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a file is split into records.
 *
 * @param separator the character between the fields of a record, where line ends within double
 *     quotes belong to the record; null if every line is a record
 * @param maxRecordBytes the maximum length of a record, without its line end
 * @param completeLinesOnly whether a last line without a line end is left out
 */
record FileLayout(
    Path file, @Nullable Character separator, int maxRecordBytes, boolean completeLinesOnly) {
  private static final int MAX_RECORD_BYTES = 16 * 1024 * 1024;
  private static final int LARGEST_MAX_RECORD_BYTES = 1024 * 1024 * 1024;

  FileLayout {
    if (maxRecordBytes < 1 || maxRecordBytes > LARGEST_MAX_RECORD_BYTES) {
      throw new IllegalArgumentException(
          "maxRecordBytes must be from 1 to %d, not %d"
              .formatted(LARGEST_MAX_RECORD_BYTES, maxRecordBytes));
    }
    if (separator != null && (separator == '"' || separator == '\n' || separator == '\r')) {
      throw new IllegalArgumentException("a quote or a line end cannot separate fields");
    }
    if (separator != null && Character.isSurrogate(separator)) {
      throw new IllegalArgumentException("half of a surrogate pair cannot separate fields");
    }
  }

  static FileLayout lines(Path file) {
    return new FileLayout(file, null, MAX_RECORD_BYTES, false);
  }

  static FileLayout quoted(Path file, char separator) {
    return new FileLayout(file, separator, MAX_RECORD_BYTES, false);
  }

  /** A place in the file, for messages. */
  String where(long offset, @Nullable Long linesBefore) {
    return linesBefore == null
        ? "%s, byte %d".formatted(file, offset)
        : "%s, line %d (byte %d)".formatted(file, linesBefore + 1, offset);
  }
}
