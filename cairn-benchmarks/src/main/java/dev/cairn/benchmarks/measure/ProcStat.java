package dev.cairn.benchmarks.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What Linux knows of a process or a thread, in ticks.
 *
 * @param parent the process that has started it
 * @param own the processor time that it has used
 * @param ofEndedChildren and that of those that it has started
 */
record ProcStat(long parent, long own, long ofEndedChildren) {
  /** Linux counts these in a second, on every platform, for whoever reads {@code /proc}. */
  private static final long TICKS_PER_SECOND = 100;

  /** Of a file {@code stat}. */
  static ProcStat read(Path file) throws IOException {
    String line = Files.readString(file);
    // The name in brackets may hold anything; behind it the third field follows.
    String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
    return new ProcStat(
        Long.parseLong(fields[1]),
        Long.parseLong(fields[11]) + Long.parseLong(fields[12]),
        Long.parseLong(fields[13]) + Long.parseLong(fields[14]));
  }

  static Duration duration(long ticks) {
    return Duration.ofSeconds(ticks).dividedBy(TICKS_PER_SECOND);
  }
}
