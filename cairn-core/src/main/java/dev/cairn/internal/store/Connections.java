package dev.cairn.internal.store;

/** The connections that Cairn's own threads run statements on. */
public interface Connections {
  /**
   * Breaks off the connections of a thread that does not come back from the database: it gets an
   * exception there. Does nothing for a thread that is elsewhere.
   */
  void abortOf(Thread user);

  /**
   * Takes so many connections at once and gives them back; true if there were that many. Waits for
   * them as long as the data source does.
   *
   * @throws dev.cairn.CairnException if the data source gives no more
   */
  boolean canHold(int count);

  /**
   * What stands between the client and the server.
   *
   * @param shared whether connections are shared between transactions, as PgBouncer does in
   *     transaction mode
   * @param prepares whether statements are prepared on the server, which a session of its own is
   *     needed for
   */
  record Pooling(boolean shared, boolean prepares) {}

  /**
   * Finds out what stands between the client and the server; takes two connections.
   *
   * @throws dev.cairn.CairnException if the data source gives no two, or a statement fails
   */
  Pooling pooling();
}
