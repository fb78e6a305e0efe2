package dev.cairn.benchmarks.latency;

import java.sql.SQLException;

/** A way to insert single jobs in one place and to work them in another, as soon as possible. */
interface LatencySide {
  /** What it is called in tables. */
  String name();

  /** Whether the probe hears of outcomes too. */
  boolean tellsCompleted();

  /** Begins to wait for jobs; until it is closed it may have connections. */
  Session open(LatencyProbe probe) throws Exception;

  /** One time of inserting and working. */
  interface Session extends AutoCloseable {
    /** Inserts the job with this number. Called by one thread. */
    void insert(int number) throws Exception;

    @Override
    void close() throws SQLException;
  }
}
