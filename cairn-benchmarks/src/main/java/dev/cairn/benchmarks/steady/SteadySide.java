package dev.cairn.benchmarks.steady;

import java.sql.SQLException;

/** A system that inserts and works jobs at the same time. */
interface SteadySide {
  /** The name in tables. */
  String name();

  /** Opens a session, which may hold connections until it is closed. */
  Session open() throws Exception;

  /** One session of inserting and working. */
  interface Session extends AutoCloseable {
    /**
     * Inserts several jobs together. Called by one thread.
     *
     * @param dues the times at which the jobs should have been inserted, in {@link
     *     System#nanoTime()}
     */
    void insert(long[] dues) throws Exception;

    /** Starts working all jobs. */
    void work(Meter meter) throws Exception;

    /** Stops claiming, and returns when the last outcomes are written. */
    @Override
    void close() throws SQLException;
  }
}
