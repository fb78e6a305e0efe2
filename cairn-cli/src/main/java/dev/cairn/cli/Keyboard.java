package dev.cairn.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What standard input is to this process. */
final class Keyboard {
  private static final Path STAT = Path.of("/proc/self/stat");
  private static final Path INPUT = Path.of("/proc/self/fd/0");

  private Keyboard() {}

  /**
   * Whether standard input can be read. The system stops a process that reads its terminal in the
   * background. Only Linux tells; elsewhere, the answer is yes.
   */
  static boolean mayBeRead() {
    try {
      return !isTerminal(Files.readSymbolicLink(INPUT).toString())
          || !isInBackground(Files.readString(STAT));
    } catch (IOException | UnsupportedOperationException e) {
      return true;
    }
  }

  static boolean isTerminal(String file) {
    return file.startsWith("/dev/pts/")
        || file.startsWith("/dev/tty")
        || file.equals("/dev/console");
  }

  /**
   * Whether another group of processes has the terminal.
   *
   * @param stat as in {@code /proc/self/stat}: the number of the process, its name in brackets, its
   *     state, parent, group, session, terminal, and the group that has the terminal
   */
  static boolean isInBackground(String stat) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
    // Without a terminal, the last one is -1.
    return fields.length > 5 && !fields[5].startsWith("-") && !fields[2].equals(fields[5]);
  }
}
