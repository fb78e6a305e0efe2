package dev.cairn.testing.internal;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How statements are called in {@link DatabaseCall}. */
final class Statements {
  private static final Pattern COMMENT =
      Pattern.compile(
          "\\s*(?:\\w+\\s*)?/\\*\\s*(?:cairn:\\s*)?(.*?)\\s*(?:\\(plan \\d+\\)\\s*)?\\*/.*",
          Pattern.DOTALL);
  private static final Pattern FIRST_WORD = Pattern.compile("\\W*(\\w+).*", Pattern.DOTALL);

  private Statements() {}

  /** The text of the comment before or after the first word; else the first word, in lower case. */
  static String name(String sql) {
    Matcher comment = COMMENT.matcher(sql);
    if (comment.matches()) {
      return comment.group(1);
    }
    Matcher word = FIRST_WORD.matcher(sql);
    return word.matches() ? word.group(1).toLowerCase(Locale.ROOT) : "statement";
  }

  /** Whether a statement says what it is for. */
  static boolean hasPurpose(String sql) {
    return COMMENT.matcher(sql).matches();
  }
}
