package dev.cairn.cli;

import java.util.Arrays;

/** The columns of a terminal that a text fills, and texts of a given width. */
public final class TextWidth {
  /** Ranges of characters that fill two columns, each with its first and last. */
  private static final int[] WIDE = {
    0x1100, 0x115F, 0x231A, 0x231B, 0x2329, 0x232A, 0x23E9, 0x23EC, 0x2E80, 0x303E, 0x3041, 0x33FF,
    0x3400, 0x4DBF, 0x4E00, 0x9FFF, 0xA000, 0xA4CF, 0xA960, 0xA97F, 0xAC00, 0xD7A3, 0xF900, 0xFAFF,
    0xFE10, 0xFE19, 0xFE30, 0xFE6F, 0xFF00, 0xFF60, 0xFFE0, 0xFFE6, 0x1F300, 0x1F64F, 0x1F680,
    0x1F6FF, 0x1F900, 0x1F9FF, 0x20000, 0x2FFFD, 0x30000, 0x3FFFD
  };

  private TextWidth() {}

  /** The columns that a text of one line fills. */
  public static int of(String text) {
    return text.codePoints().map(TextWidth::of).sum();
  }

  private static int of(int c) {
    if (c < 0x300) {
      return 1;
    }
    int type = Character.getType(c);
    if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
      return 0;
    }
    int at = Arrays.binarySearch(WIDE, c);
    return at >= 0 || (-at - 1) % 2 == 1 ? 2 : 1;
  }

  /** One line of at most this many columns. It ends with two dots if it was cut. */
  public static String fit(String text, int columns) {
    if (of(text) <= columns) {
      return text;
    }
    String dots = "..".substring(0, Math.clamp(columns, 0, 2));
    var line = new StringBuilder();
    int used = dots.length();
    for (int c : text.codePoints().toArray()) {
      used += of(c);
      if (used > columns) {
        break;
      }
      line.appendCodePoint(c);
    }
    return line.append(dots).toString();
  }

  /** The same, filled with blanks behind it. */
  public static String left(String text, int columns) {
    String fitted = fit(text, columns);
    return fitted + " ".repeat(Math.max(columns - of(fitted), 0));
  }

  /** The same, filled with blanks before it. */
  public static String right(String text, int columns) {
    String fitted = fit(text, columns);
    return " ".repeat(Math.max(columns - of(fitted), 0)) + fitted;
  }
}
