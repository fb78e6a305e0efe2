package dev.cairn.source;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A record of a file, with its place in the file. Immutable. */
public final class FileRecord {
  /** How many bytes of a record that is too long are kept, for messages. */
  static final int SHOWN_BYTES = 100;

  private static final char REPLACEMENT = '\uFFFD';

  private final FileLayout layout;
  private final FilePosition start;
  private final byte[] bytes;
  private final boolean isTooLong;

  FileRecord(FileLayout layout, FilePosition start, byte[] bytes, boolean isTooLong) {
    this.layout = layout;
    this.start = start;
    this.bytes = bytes;
    this.isTooLong = isTooLong;
  }

  /**
   * The record without its line end.
   *
   * @throws IllegalArgumentException if the record is longer than the source allows, or is not in
   *     UTF-8; the message names the file and the line
   */
  public String text() {
    if (isTooLong) {
      throw new IllegalArgumentException(
          "%s: the record is longer than %d bytes, the limit that maxRecordBytes sets for its source [CAIRN-321]"
              .formatted(where(), layout.maxRecordBytes()));
    }
    String text = new String(bytes, StandardCharsets.UTF_8);
    if (text.indexOf(REPLACEMENT) >= 0) {
      requireUtf8();
    }
    return text;
  }

  /** Decodes strictly, because a replacement character may also be in the file itself. */
  private void requireUtf8() {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          "%s: the record is not in UTF-8 (%s) [CAIRN-321]".formatted(where(), e.getMessage()), e);
    }
  }

  /** Whether the record is an empty line. */
  public boolean isEmpty() {
    return bytes.length == 0;
  }

  /** The number of the line in which the record starts, from 1; empty if unknown. */
  public OptionalLong line() {
    @Nullable Long before = start.line();
    return before == null ? OptionalLong.empty() : OptionalLong.of(before + 1);
  }

  /** The offset of the record's first byte. */
  public long offset() {
    return start.offset();
  }

  /** The file, the line and the byte where the record begins, for messages. */
  public String where() {
    return layout.where(start.offset(), start.line());
  }

  /** The text, never an error: malformed characters are replaced, and a long record is cut. */
  @Override
  public String toString() {
    return new String(bytes, StandardCharsets.UTF_8) + (isTooLong ? "..." : "");
  }
}
