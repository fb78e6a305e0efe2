package dev.cairn.cli;

import java.util.regex.Pattern;

/** Words of commands that people copy into a shell. */
final class ShellWord {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_.:/@][A-Za-z0-9_.:/@-]*");

  private ShellWord() {}

  /** A text as one word, which a POSIX shell takes as it is. */
  static String of(String text) {
    return PLAIN.matcher(text).matches() ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
