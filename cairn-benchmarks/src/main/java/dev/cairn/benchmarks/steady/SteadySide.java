package dev.cairn.benchmarks.steady;

import java.sql.SQLException;

/** A way to insert jobs and to work them, both at the same time. */
interface SteadySide {
  /** What it is called in tables. */
  String name();

  /** Begins; until it is closed it may have connections. */
  Session open() throws Exception;

  /** One time of inserting and working. */
  interface Session extends AutoCloseable {
    /**
     * Inserts jobs at once. Called by one thread.
     *
     * @param dues when each of them should have been inserted, in {@link System#nanoTime()}
     */
    void insert(long[] dues) throws Exception;

    /** Begins to work all jobs there are. */
    void work(Meter meter) throws Exception;

    /** Claims no more, and returns when the last outcomes are written. */
    @Override
    void close() throws SQLException;
  }
}
