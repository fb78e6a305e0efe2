package dev.cairn.internal.store;

/** The connections on which Cairn's own threads run statements. */
public interface Connections {
  /**
   * Aborts the connections of a thread that does not return from the database. The thread gets an
   * exception. Does nothing for a thread that is not in the database.
   */
  void abortOf(Thread user);

  /** Whether a thread runs a statement, or has a transaction, on a connection. */
  boolean isUsedBy(Thread user);

  /** Whether any statement was answered since a time, in {@link System#nanoTime()}. */
  boolean hasAnsweredSince(long nanos);

  /**
   * Takes this many connections at the same time and returns them. Waits for them as long as the
   * data source does.
   *
   * @throws dev.cairn.CairnException if the data source provides fewer connections
   */
  boolean canHold(int count);

  /**
   * The connections that the data source provides.
   *
   * @param shared whether connections are shared between transactions, as PgBouncer does in
   *     transaction mode
   * @param prepares whether statements are prepared on the server, which needs a session of its own
   * @param isolates whether transactions begin at a stricter isolation level than READ COMMITTED
   */
  record Pooling(boolean shared, boolean prepares, boolean isolates) {}

  /**
   * Finds out whether a pooler is between the client and the server, and how transactions begin.
   * Takes two connections.
   *
   * @throws dev.cairn.CairnException if the data source does not provide two connections, or a
   *     statement fails
   */
  Pooling pooling();
}
