package dev.cairn.cli;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.Charset;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The one way to print. Whatever is printed here, also by picocli, becomes {@linkplain PlainText
 * plain text}; what a terminal is to obey comes as a {@link Picture}. Thread-safe.
 */
public final class Output extends PrintWriter {
  private final Writer terminal;
  private final Charset charset;
  private final BooleanSupplier isLost;
  private final Terminal size = new Terminal();

  private Output(Writer terminal, Charset charset, BooleanSupplier isLost) {
    super(new PlainWriter(terminal), true);
    this.terminal = terminal;
    this.charset = charset;
    this.isLost = isLost;
  }

  /** Standard output. A command ends when its output can no longer be written. */
  static Output on(PrintStream stream) {
    // A print stream keeps its failures to itself, and this writer sees none.
    return on(stream, stream::checkError);
  }

  /** Standard error. A failure to write there is ignored. */
  static Output onErrors(PrintStream stream) {
    return on(stream, () -> false);
  }

  private static Output on(PrintStream stream, BooleanSupplier isLost) {
    return new Output(new OutputStreamWriter(stream, stream.charset()), stream.charset(), isLost);
  }

  /** On a writer that may be one already. */
  public static Output on(PrintWriter writer) {
    return writer instanceof Output output
        ? output
        : new Output(writer, System.out.charset(), () -> false);
  }

  /** Where a command prints. */
  public static Output of(CommandSpec command) {
    return on(command.commandLine().getOut());
  }

  /** Where a command prints errors. */
  public static Output errorsOf(CommandSpec command) {
    return on(command.commandLine().getErr());
  }

  /**
   * Prints exactly one line, whatever the text contains.
   *
   * @throws UncheckedIOException if it cannot be written
   */
  public void line(String text) {
    println(PlainText.line(text));
    requireWhole();
  }

  /**
   * Prints a line about the progress of the command, and ignores a failure to write it. The same
   * Ctrl-C kills the reader of a pipe and stops the command, which still has to stop in good order.
   */
  public void message(String text) {
    println(PlainText.line(text));
    flush();
  }

  /**
   * Prints several lines, such as SQL, JSON and whole reports, with their own line ends.
   *
   * @throws UncheckedIOException if they cannot be written
   */
  public void text(String lines) {
    print(lines);
    requireWhole();
  }

  /**
   * Checks that all that was printed could be written.
   *
   * @throws UncheckedIOException if a part could not
   */
  void requireWhole() {
    flush();
    if (isLost.getAsBoolean()) {
      throw new UncheckedIOException(
          "the output could not be written: its reader has ended, or the disk is full [CAIRN-906]",
          new IOException());
    }
  }

  /** Draws on a terminal. */
  public void draw(Picture picture) {
    synchronized (lock) {
      flush();
      try {
        terminal.write(picture.toString());
        terminal.flush();
      } catch (IOException e) {
        setError();
      }
    }
  }

  /** Whether a character can be shown. */
  public boolean canShow(char c) {
    return charset.newEncoder().canEncode(c);
  }

  /** Whether standard output is a terminal, so that pictures can be drawn in place. */
  public static boolean isTerminal() {
    return Terminal.isThere();
  }

  /**
   * The columns that a line may fill: the width of the terminal, or {@link Integer#MAX_VALUE} in a
   * file or a pipe. Changes when the window is resized.
   */
  public int columns() {
    return size.columns();
  }

  /** How many lines a picture may fill. */
  public int lines() {
    return size.lines();
  }
}
