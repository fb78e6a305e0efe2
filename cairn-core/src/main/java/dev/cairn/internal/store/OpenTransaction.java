package dev.cairn.internal.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Supplier;

/** Checks the connections that the code of a job passes to Cairn. */
public final class OpenTransaction {
  private OpenTransaction() {}

  /**
   * Refuses a connection that commits each statement by itself: a checkpoint would be durable
   * before the work that it stands for. A connection that fails is not refused here, because the
   * statement says why it fails.
   *
   * @param call the method, for the message
   * @param job the job and the attempt, for the message
   */
  public static void require(Connection connection, String call, Supplier<String> job) {
    boolean commitsEachStatement;
    try {
      commitsEachStatement = connection.getAutoCommit();
    } catch (SQLException e) {
      return;
    }
    if (commitsEachStatement) {
      throw new IllegalStateException(
          ("%s: %s needs a connection with an open transaction, and the auto-commit of this one is "
                  + "on. Call setAutoCommit(false), or begin a transaction [CAIRN-331]")
              .formatted(job.get(), call));
    }
  }
}
