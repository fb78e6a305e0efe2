package dev.cairn.cli;

/**
 * Text without what a terminal obeys instead of showing it. Kinds, queues, errors, names of steps,
 * tags and all else in a database may hold whatever somebody put there: sequences that move the
 * cursor, rename the window or answer in the user's place, and marks that make a line read in
 * another order than it is written. Each such character becomes a question mark.
 */
public final class PlainText {
  static final char INSTEAD = '?';

  private PlainText() {}

  /** As one line: line breaks are replaced as well. */
  public static String line(String text) {
    var plain = new StringBuilder(text);
    for (int i = 0; i < plain.length(); i++) {
      if (isObeyed(plain.charAt(i))) {
        plain.setCharAt(i, INSTEAD);
      }
    }
    return plain.toString();
  }

  /** As text of several lines, which may have tabs. */
  static char inText(char c) {
    return isObeyed(c) && c != '\n' && c != '\t' ? INSTEAD : c;
  }

  /** Whether a character has an effect of its own, so that it must not reach a terminal. */
  static boolean isObeyed(char c) {
    return Character.isISOControl(c)
        || isMarkOfDirection(c)
        || c == '\u2028' // begins a line
        || c == '\u2029'; // begins a paragraph
  }

  /** The control characters of Unicode's bidirectional algorithm. */
  private static boolean isMarkOfDirection(char c) {
    return c == '\u061C'
        || c == '\u200E'
        || c == '\u200F'
        || (c >= '\u202A' && c <= '\u202E')
        || (c >= '\u2066' && c <= '\u2069');
  }
}
