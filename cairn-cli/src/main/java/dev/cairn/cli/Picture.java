package dev.cairn.cli;

/** What is drawn on a terminal: text, and the sequences that the terminal obeys. */
public final class Picture {
  private final StringBuilder drawn = new StringBuilder();

  /** Nothing yet. */
  public Picture() {}

  /** A sequence that a terminal obeys. */
  public enum Control {
    /** Hide the cursor. */
    HIDE_CURSOR("\u001b[?25l"),
    SHOW_CURSOR("\u001b[?25h"),
    /** Cut off long lines. */
    NO_WRAP("\u001b[?7l"),
    WRAP("\u001b[?7h"),
    /** Move to the beginning of the line. */
    RETURN("\r"),
    CLEAR_REST_OF_LINE("\u001b[K"),
    CLEAR_BELOW("\u001b[J"),
    NEW_LINE("\n");

    private final String sequence;

    Control(String sequence) {
      this.sequence = sequence;
    }
  }

  /** Adds sequences of the terminal. */
  public Picture control(Control... controls) {
    for (Control control : controls) {
      drawn.append(control.sequence);
    }
    return this;
  }

  /** Moves up by this many lines. */
  public Picture up(int lines) {
    drawn.append("\u001b[").append(lines).append('A');
    return this;
  }

  /** Adds text of one line as plain text. */
  public Picture text(String line) {
    drawn.append(PlainText.line(line));
    return this;
  }

  @Override
  public String toString() {
    return drawn.toString();
  }
}
