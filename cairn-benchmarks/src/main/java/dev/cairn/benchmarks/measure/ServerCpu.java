package dev.cairn.benchmarks.measure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The processor time of a PostgreSQL server on this machine: that of all its processes, including
 * those that have ended, which Linux adds up in their parent. Known on Linux only.
 *
 * @param postmaster the id of the parent of all other processes
 */
record ServerCpu(long postmaster) {
  private static Optional<ProcStat> stat(long pid) {
    try {
      return Optional.of(ProcStat.read(Path.of("/proc", Long.toString(pid), "stat")));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The processor time of the server of a connection; empty if it is unknown. */
  static Optional<ServerCpu> behind(Connection connection) throws SQLException {
    try (var statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT pg_backend_pid()")) {
      rows.next();
      return stat(rows.getLong(1)).map(backend -> new ServerCpu(backend.parent()));
    }
  }

  /** The time used since the start of the server, to a hundredth of a second for each process. */
  Duration used() {
    Stream<ProcessHandle> children =
        ProcessHandle.of(postmaster).stream().flatMap(ProcessHandle::children);
    long ticks =
        stat(postmaster).map(stat -> stat.own() + stat.ofEndedChildren()).orElse(0L)
            + children.flatMap(child -> stat(child.pid()).stream()).mapToLong(ProcStat::own).sum();
    return ProcStat.duration(ticks);
  }
}
