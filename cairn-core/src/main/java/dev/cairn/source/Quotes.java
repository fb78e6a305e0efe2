package dev.cairn.source;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Follows the double quotes of a record byte by byte. A quote opens only at the beginning of a
 * field; in an unquoted field it is an ordinary character.
 */
final class Quotes {
  private enum Place {
    FIELD_START,
    UNQUOTED,
    QUOTED,
    /** After a quote within quotes: it closes the field, or is the first of two. */
    QUOTE_IN_QUOTED
  }

  private final boolean areKnown;
  private final int separator;
  private final int separatorMask;
  private int lastBytes;
  private Place place = Place.FIELD_START;

  /**
   * @param separator the character between fields; null if quotes have no meaning
   */
  Quotes(@Nullable Character separator) {
    this.areKnown = separator != null;
    int packed = 0;
    int mask = 0;
    if (separator != null) {
      for (byte each : separator.toString().getBytes(StandardCharsets.UTF_8)) {
        packed = packed << 8 | (each & 0xFF);
        mask = mask << 8 | 0xFF;
      }
    }
    this.separator = packed;
    this.separatorMask = mask;
  }

  void beginRecord() {
    place = Place.FIELD_START;
    lastBytes = 0;
  }

  /** Whether a line end here belongs to the record. */
  boolean areOpen() {
    return place == Place.QUOTED;
  }

  void pass(int read) {
    if (!areKnown) {
      return;
    }
    lastBytes = lastBytes << 8 | read;
    place =
        switch (place) {
          case QUOTED -> read == '"' ? Place.QUOTE_IN_QUOTED : Place.QUOTED;
          case FIELD_START, QUOTE_IN_QUOTED -> read == '"' ? Place.QUOTED : unquoted();
          case UNQUOTED -> unquoted();
        };
  }

  private Place unquoted() {
    return (lastBytes & separatorMask) == separator ? Place.FIELD_START : Place.UNQUOTED;
  }
}
