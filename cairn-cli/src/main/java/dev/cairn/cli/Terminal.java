package dev.cairn.cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where standard output goes, and how large it is. A terminal is asked by {@code stty} at most once
 * a second, so that a display follows when the window is resized. The environment variables {@code
 * COLUMNS} and {@code LINES} override its answer. Thread-safe.
 */
final class Terminal {
  /** Set by the launcher, which knows. Otherwise the system is asked. */
  private static final String IS_TERMINAL = "cairn.stdout.terminal";

  /** Overrides the size, as lines and columns: {@code 24 80}. */
  private static final String SIZE = "cairn.stdout.size";

  private static final Pattern LINES_AND_COLUMNS = Pattern.compile("\\s*(\\d{1,5}) (\\d{1,5})\\s*");
  private static final Size UNKNOWN = new Size(24, 80);
  private static final long VALID_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int ANSWER_MS = 1_000;

  private @Nullable Size size;
  private long askedAtNanos;

  /** Characters. */
  record Size(int lines, int columns) {}

  /** Whether standard output is a terminal. */
  static boolean isThere() {
    String said = System.getProperty(IS_TERMINAL);
    return said == null ? Asked.IS_TERMINAL : Boolean.parseBoolean(said);
  }

  /** Java tells only whether standard input and output both are terminals. Asked at first use. */
  private static final class Asked {
    private static final boolean IS_TERMINAL = isTerminal();

    private Asked() {}

    private static boolean isTerminal() {
      try {
        Process test =
            new ProcessBuilder("sh", "-c", "test -t 1")
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .start();
        return test.waitFor(ANSWER_MS, TimeUnit.MILLISECONDS) && test.exitValue() == 0;
      } catch (IOException e) {
        // Without a shell, nobody knows.
        return false;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
  }

  /** The columns of a line; unlimited in a file or a pipe, unless {@code COLUMNS} is set. */
  int columns() {
    Optional<Size> given = parse(System.getProperty(SIZE));
    if (given.isPresent()) {
      return given.get().columns();
    }
    return number(System.getenv("COLUMNS"))
        .orElseGet(() -> isThere() ? current().columns() : Integer.MAX_VALUE);
  }

  /** The lines of a display. */
  int lines() {
    Optional<Size> given = parse(System.getProperty(SIZE));
    if (given.isPresent()) {
      return given.get().lines();
    }
    return number(System.getenv("LINES")).orElseGet(() -> current().lines());
  }

  private synchronized Size current() {
    long now = System.nanoTime();
    Size known = size;
    if (known == null || now - askedAtNanos > VALID_NANOS) {
      known = isThere() ? asked().orElse(UNKNOWN) : UNKNOWN;
      size = known;
      askedAtNanos = now;
    }
    return known;
  }

  private static Optional<Size> asked() {
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(new File("/dev/tty"))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!stty.waitFor(ANSWER_MS, TimeUnit.MILLISECONDS)) {
        stty.destroyForcibly();
        return Optional.empty();
      }
      return parse(new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
    } catch (IOException e) {
      // Without stty or a terminal of its own, the size is unknown.
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /** Empty as well if the terminal says that it does not know, which is 0. */
  static Optional<Size> parse(@Nullable String answer) {
    if (answer == null) {
      return Optional.empty();
    }
    Matcher matcher = LINES_AND_COLUMNS.matcher(answer);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    var size = new Size(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    return size.lines() > 0 && size.columns() > 0 ? Optional.of(size) : Optional.empty();
  }

  private static Optional<Integer> number(@Nullable String text) {
    return text != null && text.matches("[1-9]\\d{0,4}")
        ? Optional.of(Integer.valueOf(text))
        : Optional.empty();
  }
}
