package dev.cairn.benchmarks.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Linux's statistics of a process or a thread, in ticks.
 *
 * @param parent the id of the parent process
 * @param own the processor time that it has used
 * @param ofEndedChildren the processor time of its children that have ended
 */
record ProcStat(long parent, long own, long ofEndedChildren) {
  /** The ticks of a second. {@code /proc} uses this number on every platform. */
  private static final long TICKS_PER_SECOND = 100;

  /** Reads a file {@code stat}. */
  static ProcStat read(Path file) throws IOException {
    String line = Files.readString(file);
    // The name in brackets may contain anything; the third field follows it.
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
