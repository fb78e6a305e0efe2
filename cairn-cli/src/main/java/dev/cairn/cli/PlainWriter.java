package dev.cairn.cli;

import java.io.IOException;
import java.io.Writer;

/**
 * Passes on {@linkplain PlainText plain text} only. A carriage return stays if it is a part of a
 * line end.
 */
final class PlainWriter extends Writer {
  private final Writer target;
  private boolean returned;

  PlainWriter(Writer target) {
    this.target = target;
  }

  @Override
  public void write(char[] text, int from, int length) throws IOException {
    var plain = new StringBuilder(length);
    for (int i = from; i < from + length; i++) {
      char c = text[i];
      if (returned) {
        plain.append(c == '\n' ? '\r' : PlainText.INSTEAD);
      }
      returned = c == '\r';
      if (!returned) {
        plain.append(PlainText.inText(c));
      }
    }
    target.write(plain.toString());
  }

  @Override
  public void flush() throws IOException {
    target.flush();
  }

  @Override
  public void close() throws IOException {
    target.close();
  }
}
