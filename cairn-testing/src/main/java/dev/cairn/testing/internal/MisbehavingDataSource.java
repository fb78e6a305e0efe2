package dev.cairn.testing.internal;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A data source that does what another one does, until it is told to misbehave. Its connections
 * behave as those of a pool over PostgreSQL's driver: once broken, every call but {@code close}
 * fails with SQLSTATE 08003; {@code abort} from any thread ends a call that hangs; {@code close}
 * waits for it. Counts every call. Thread-safe.
 *
 * <pre>{@code
 * var source = new MisbehavingDataSource(pool);
 * try (var lost = source.once(DatabaseCall.named("claim jobs"), new Misbehaviour.LosesAnswer())) {
 *   ...
 * }
 * }</pre>
 */
public final class MisbehavingDataSource implements DataSource {
  private static final Duration WITHOUT_END = Duration.ofDays(1);

  private final DataSource target;
  private final List<Disturbance> disturbances = new CopyOnWriteArrayList<>();
  private final Map<String, Long> counts = new LinkedHashMap<>();

  public MisbehavingDataSource(DataSource target) {
    this.target = target;
  }

  /** Disturbs the first of these calls, and leaves the others alone. */
  public Disturbance once(Predicate<DatabaseCall> where, Misbehaviour misbehaviour) {
    return disturb(where, misbehaviour, 0, 1, WITHOUT_END);
  }

  /** Disturbs all of these calls until it is closed. */
  public Disturbance always(Predicate<DatabaseCall> where, Misbehaviour misbehaviour) {
    return disturb(where, misbehaviour, 0, Integer.MAX_VALUE, WITHOUT_END);
  }

  /** Disturbs all of these calls for a time, beginning with the first of them. */
  public Disturbance during(
      Duration time, Predicate<DatabaseCall> where, Misbehaviour misbehaviour) {
    return disturb(where, misbehaviour, 0, Integer.MAX_VALUE, time);
  }

  /**
   * Disturbs calls from now on. Of two disturbances that fit, the older one takes the call.
   *
   * @param spared how many of these calls are left alone before
   * @param timesMax how many calls at most
   * @param most how long at most, from the first call on; one that hangs is then released
   */
  public Disturbance disturb(
      Predicate<DatabaseCall> where,
      Misbehaviour misbehaviour,
      int spared,
      int timesMax,
      Duration most) {
    var disturbance = new Disturbance(where, misbehaviour, spared, timesMax, most);
    disturbances.add(disturbance);
    return disturbance;
  }

  /** Ends all misbehaviour, and releases every call that hangs. */
  public void calmDown() {
    disturbances.forEach(Disturbance::close);
    disturbances.clear();
  }

  /** How often each call was made, by its address, in the order of the first times. */
  public Map<String, Long> counts() {
    synchronized (counts) {
      return new LinkedHashMap<>(counts);
    }
  }

  /** Counts the call, and says what disturbs it. */
  @Nullable Disturbance meet(DatabaseCall call) {
    synchronized (counts) {
      counts.merge(call.address(), 1L, Long::sum);
    }
    for (Disturbance disturbance : disturbances) {
      if (disturbance.takes(call)) {
        return disturbance;
      }
    }
    return null;
  }

  @Override
  public Connection getConnection() throws SQLException {
    Disturbance disturbance =
        meet(new DatabaseCall(DatabaseCall.CONNECT, false, Thread.currentThread().getName()));
    return disturbance == null ? connected() : disturbed(disturbance);
  }

  private Connection connected() throws SQLException {
    return new MisbehavingConnection(this, target.getConnection()).proxy();
  }

  private Connection disturbed(Disturbance disturbance) throws SQLException {
    return switch (disturbance.misbehaviour()) {
      case Misbehaviour.Hangs(boolean executed) -> {
        connectInVain(executed);
        new Waiting().await(disturbance, disturbance.restNanos());
        throw refused("08006");
      }
      case Misbehaviour.AnswersLate(Duration delay) -> {
        Connection late = connected();
        new Waiting().await(disturbance, delay.toNanos());
        yield late;
      }
      case Misbehaviour.LosesAnswer() -> {
        connectInVain(true);
        throw refused("08006");
      }
      case Misbehaviour.LosesStatement() -> throw refused("08006");
      case Misbehaviour.Cuts() -> {
        Connection cut = connected();
        cut.abort(Runnable::run);
        yield cut;
      }
      case Misbehaviour.Fails fails -> throw refused(fails.sqlState());
      case Misbehaviour.Throws(var failure, boolean executed) -> {
        connectInVain(executed);
        throw Failures.unchecked(failure.get());
      }
    };
  }

  private void connectInVain(boolean executed) throws SQLException {
    if (executed) {
      target.getConnection().close();
    }
  }

  private static SQLException refused(@Nullable String state) {
    return new SQLTransientConnectionException(
        "no connection: the data source misbehaves on purpose", state);
  }

  @Override
  public Connection getConnection(String username, String password) throws SQLException {
    throw new SQLFeatureNotSupportedException("connections have the user of their data source");
  }

  @Override
  public @Nullable PrintWriter getLogWriter() throws SQLException {
    return target.getLogWriter();
  }

  @Override
  public void setLogWriter(PrintWriter out) throws SQLException {
    target.setLogWriter(out);
  }

  @Override
  public int getLoginTimeout() throws SQLException {
    return target.getLoginTimeout();
  }

  @Override
  public void setLoginTimeout(int seconds) throws SQLException {
    target.setLoginTimeout(seconds);
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    return target.getParentLogger();
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    return type.isInstance(this) ? type.cast(this) : target.unwrap(type);
  }

  @Override
  public boolean isWrapperFor(Class<?> type) throws SQLException {
    return type.isInstance(this) || target.isWrapperFor(type);
  }
}
