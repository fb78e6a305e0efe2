package dev.cairn.internal.postgres;

import dev.cairn.InterruptionReason;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.Notifications;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** LISTEN on River's channels. */
final class PostgresNotifications implements Notifications {
  private static final Log log = Log.of(PostgresNotifications.class);
  private static final JsonMapper MAPPER = JsonMapper.shared();
  private static final String PURPOSE = "listen for notifications";
  private static final int ANSWER_MILLIS_MAX = 5_000;
  private static final String INSERT = "river_insert";
  private static final String CONTROL = "river_control";
  private static final String LEADERSHIP = "river_leadership";

  /**
   * Cairn's own actions on River's channel. Clients of River ignore actions that they do not know.
   */
  static final String INTERRUPT = "cairn_interrupt";

  static final String PAUSE = "cairn_pause";

  private final Database database;

  PostgresNotifications(Database database) {
    this.database = database;
  }

  @Override
  public Subscription subscribe() {
    try {
      var connection = database.connect();
      try {
        var before = BorrowedSettings.of(connection);
        listen(connection);
        return new PostgresSubscription(connection, connection.unwrap(PGConnection.class), before);
      } catch (Throwable e) {
        Database.abort(connection);
        throw e;
      }
    } catch (SQLException e) {
      throw SqlErrors.translate(PURPOSE, e);
    }
  }

  private void listen(Connection connection) throws SQLException {
    connection.setAutoCommit(true);
    // A pool may return a connection that is broken without having noticed, so the answer may not
    // come.
    connection.setNetworkTimeout(Runnable::run, ANSWER_MILLIS_MAX);
    try (var statement = connection.createStatement()) {
      for (String suffix : List.of(INSERT, CONTROL, LEADERSHIP)) {
        statement.execute(
            "LISTEN /* cairn: listen */ \"" + database.schema().channel(suffix) + '"');
      }
    }
    connection.setNetworkTimeout(Runnable::run, 0);
  }

  static void dispatch(PGNotification notification, Listener listener) {
    String channel = notification.getName();
    try {
      JsonNode payload = MAPPER.readTree(notification.getParameter());
      String action = payload.path("action").asString("");
      switch (channel.substring(channel.lastIndexOf('.') + 1)) {
        case INSERT -> listener.inserted(payload.path("queue").asString(""));
        case CONTROL -> {
          String queue = payload.path("queue").asString("");
          long jobId = payload.path("job_id").asLong(0);
          switch (action) {
            case "cancel" -> listener.interruptRequested(jobId, InterruptionReason.CANCELLED);
            case INTERRUPT -> listener.interruptRequested(jobId, InterruptionReason.REQUESTED);
            case PAUSE -> listener.interruptRequested(jobId, InterruptionReason.PAUSED);
            case "pause" -> listener.queuePaused(queue);
            case "resume" -> listener.queueResumed(queue);
            default -> log.debug("Ignored the action {} on {}", action, channel);
          }
        }
        case LEADERSHIP -> {
          if (action.equals("resigned")) {
            listener.leaderResigned();
          } else if (action.equals("request_resign")) {
            listener.resignRequested();
          }
        }
        default -> log.debug("Ignored a notification on {}", channel);
      }
    } catch (JacksonException e) {
      log.debug("Ignored a malformed notification on {}", channel, e);
    }
  }

  private static final class PostgresSubscription implements Subscription {
    private final Connection connection;
    private final PGConnection pgConnection;
    private final BorrowedSettings before;

    PostgresSubscription(
        Connection connection, PGConnection pgConnection, BorrowedSettings before) {
      this.connection = connection;
      this.pgConnection = pgConnection;
      this.before = before;
    }

    @Override
    public boolean poll(int timeoutMillis, Listener listener) {
      try {
        PGNotification @Nullable [] heard = pgConnection.getNotifications(timeoutMillis);
        if (heard == null || heard.length == 0) {
          return false;
        }
        for (PGNotification notification : heard) {
          dispatch(notification, listener);
        }
        return true;
      } catch (SQLException e) {
        throw SqlErrors.translate(PURPOSE, e);
      }
    }

    @Override
    public void ping() {
      try (var statement = connection.createStatement()) {
        connection.setNetworkTimeout(Runnable::run, ANSWER_MILLIS_MAX);
        statement.execute("SELECT /* cairn: ping the listening connection */ 1");
        connection.setNetworkTimeout(Runnable::run, 0);
      } catch (SQLException e) {
        throw SqlErrors.translate(PURPOSE, e);
      }
    }

    @Override
    public void abort() {
      Database.abort(connection);
    }

    /** A pooled connection returns to its pool, so it must stop listening. */
    @Override
    public void close() {
      try (connection;
          var statement = connection.createStatement()) {
        statement.execute("UNLISTEN /* cairn: unlisten */ *");
        before.restore(connection);
      } catch (SQLException e) {
        log.debug("Could not stop listening; the connection is closed", e);
      }
    }
  }
}
