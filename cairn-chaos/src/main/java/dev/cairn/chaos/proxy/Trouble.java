package dev.cairn.chaos.proxy;

/** Decides what happens to a statement on its way to the database. */
@FunctionalInterface
public interface Trouble {
  /**
   * Called before a statement is passed on. The time that it takes delays the statement. Must be
   * thread-safe.
   *
   * @param sql the statement's text
   */
  Reaction meets(String sql) throws InterruptedException;

  /** What happens to the statement and its connection. */
  enum Reaction {
    /** The statement is passed on. */
    PASS,
    /** The connection is cut; the database never receives the statement. */
    CUT_BEFORE,
    /** The connection is cut while the database may still execute the statement. */
    CUT_MIDDLE,
    /** The statement is executed, and the connection is cut instead of passing the answer on. */
    CUT_AFTER,
    /** Nothing passes any more in either direction, but no connection is closed. */
    DARK
  }
}
