package dev.cairn.benchmarks.latency;

import java.sql.SQLException;

/** A system in which one client inserts single jobs, and another works them as soon as possible. */
interface LatencySide {
  /** The name in tables. */
  String name();

  /** Whether the probe receives outcomes too. */
  boolean tellsCompleted();

  /** Starts waiting for jobs. The session may hold connections until it is closed. */
  Session open(LatencyProbe probe) throws Exception;

  /** One session of inserting and working. */
  interface Session extends AutoCloseable {
    /** Inserts the job with this number. Called by one thread. */
    void insert(int number) throws Exception;

    @Override
    void close() throws SQLException;
  }
}
