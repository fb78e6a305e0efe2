package dev.cairn.cli;

import java.io.PrintStream;

/** Standard error for loggers: what they print becomes {@linkplain PlainText plain text} too. */
final class PlainStream extends PrintStream {
  PlainStream(PrintStream target) {
    super(target, true, target.charset());
  }

  @Override
  public void print(String text) {
    super.print(plain(text));
  }

  @Override
  public void println(String text) {
    super.println(plain(text));
  }

  @Override
  public void println(Object value) {
    println(String.valueOf(value));
  }

  private static String plain(String text) {
    var plain = new StringBuilder(String.valueOf(text));
    for (int i = 0; i < plain.length(); i++) {
      plain.setCharAt(i, PlainText.inText(plain.charAt(i)));
    }
    return plain.toString();
  }
}
