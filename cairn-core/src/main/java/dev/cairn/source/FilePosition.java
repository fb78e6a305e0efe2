package dev.cairn.source;

import com.fasterxml.jackson.annotation.JsonCreator;
import org.jspecify.annotations.Nullable;

/**
 * How far a file has been read. Two positions are equal if their offsets are equal. The default
 * codec also accepts a plain number: the offset alone, as an operator may write it. May get further
 * components.
 *
 * @param offset the number of bytes before the next record
 * @param line the number of lines before the next record; null if unknown
 * @param digest the digest of the bytes before the offset, as {@link FileSource} describes; null to
 *     skip the comparison
 */
public record FilePosition(long offset, @Nullable Long line, @Nullable String digest) {
  @JsonCreator(mode = JsonCreator.Mode.PROPERTIES)
  public FilePosition {
    if (offset < 0) {
      throw new IllegalArgumentException("the offset must not be negative: " + offset);
    }
  }

  /**
   * A position without line number and digest.
   *
   * @throws IllegalArgumentException if the offset is negative
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static FilePosition at(long offset) {
    return new FilePosition(offset, null, null);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof FilePosition position && position.offset == offset;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(offset);
  }

  @Override
  public String toString() {
    return line == null ? "byte " + offset : "byte %d, after line %d".formatted(offset, line);
  }
}
