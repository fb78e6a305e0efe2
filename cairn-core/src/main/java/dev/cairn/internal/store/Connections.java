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
}
