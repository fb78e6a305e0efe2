package dev.cairn.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;

/** A pipe whose reader has ended. */
public final class Broken extends OutputStream {
  private Broken() {}

  /** A standard output that nobody reads. */
  public static PrintStream stream() {
    return new PrintStream(new Broken());
  }

  @Override
  public void write(int b) throws IOException {
    throw new IOException("Broken pipe");
  }
}
