package dev.cairn.benchmarks.measure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The processor time of a PostgreSQL server on this machine: that of all its processes, and of
 * those that have ended, which Linux adds up in their parent. Known on Linux only.
 *
 * @param postmaster the process whose children all others are
 */
record ServerCpu(long postmaster) {
  /** Linux counts these in a second, on every platform, for whoever reads {@code /proc}. */
  private static final long TICKS_PER_SECOND = 100;

  /** What is known of one process, in ticks. */
  private record Stat(long parent, long own, long ofEndedChildren) {
    static Optional<Stat> of(long pid) {
      try {
        String line = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
        // The name in brackets may hold anything; behind it the third field follows.
        String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
        return Optional.of(
            new Stat(
                Long.parseLong(fields[1]),
                Long.parseLong(fields[11]) + Long.parseLong(fields[12]),
                Long.parseLong(fields[13]) + Long.parseLong(fields[14])));
      } catch (NoSuchFileException e) {
        return Optional.empty();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** That of the server at the other end; empty where it cannot be known. */
  static Optional<ServerCpu> behind(Connection connection) throws SQLException {
    try (var statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT pg_backend_pid()")) {
      rows.next();
      return Stat.of(rows.getLong(1)).map(backend -> new ServerCpu(backend.parent()));
    }
  }

  /** Since the server has started; to a hundredth of a second for each process. */
  Duration used() {
    Stream<ProcessHandle> children =
        ProcessHandle.of(postmaster).stream().flatMap(ProcessHandle::children);
    long ticks =
        Stat.of(postmaster).map(stat -> stat.own() + stat.ofEndedChildren()).orElse(0L)
            + children.flatMap(child -> Stat.of(child.pid()).stream()).mapToLong(Stat::own).sum();
    return Duration.ofSeconds(ticks).dividedBy(TICKS_PER_SECOND);
  }
}
