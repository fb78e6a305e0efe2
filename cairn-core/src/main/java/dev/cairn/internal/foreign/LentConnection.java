package dev.cairn.internal.foreign;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Supplier;

/** A connection that Cairn passes to the code of a job, and commits and closes itself. */
public final class LentConnection {
  private LentConnection() {}

  /**
   * Checks a connection when the code has returned. A closed connection does not tell who has
   * closed it: the code, or the driver because it broke. So an outage or an interruption comes
   * first.
   *
   * @param others throws if the database is not available or the attempt has to stop
   * @param who whose transaction it is, for the message
   * @throws Closed if the connection is closed, and nothing else explains that
   */
  public static void requireOpen(Connection connection, Runnable others, Supplier<String> who) {
    if (isClosed(connection)) {
      others.run();
      throw new Closed(
          ("%s: the body of its transaction has closed the connection, or the connection broke and "
                  + "the body has caught the exception. Cairn commits and closes the connection: "
                  + "leave that out [CAIRN-335]")
              .formatted(who.get()));
    }
  }

  private static boolean isClosed(Connection connection) {
    try {
      return connection.isClosed();
    } catch (SQLException e) {
      return false;
    }
  }

  /** A connection was closed before its transaction had ended. This is no failure of an item. */
  public static final class Closed extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    Closed(String message) {
      super(message);
    }
  }
}
