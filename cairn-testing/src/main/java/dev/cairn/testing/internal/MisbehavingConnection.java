package dev.cairn.testing.internal;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/*
 * What a real connection does, seen with the driver 42.7.14, HikariCP 7.1 and a stopped backend:
 * abort() from another thread returns at once and the call that waits throws 08006; the pool's
 * close() waits as long as that call; a network timeout gives the call 08006 and breaks the
 * connection; after any of these every call throws 08003 until close().
 */

/** The calls of one connection, one at a time as in the driver, as far as its source lets them. */
final class MisbehavingConnection implements InvocationHandler {
  private final MisbehavingDataSource source;
  private final Connection target;
  private final Connection proxy;
  private final ReentrantLock calls = new ReentrantLock();
  private final Set<CountDownLatch> hanging = ConcurrentHashMap.newKeySet();
  private volatile boolean broken;
  private volatile boolean closed;
  private volatile int networkTimeoutMillis;

  /** What silenced the connection, if something did. Guarded by {@code calls}. */
  private @Nullable Disturbance silencedBy;

  /** The last statement of the open transaction, for the name of its commit. */
  private String lastStatement = "";

  private boolean lastHadPurpose;

  MisbehavingConnection(MisbehavingDataSource source, Connection target) throws SQLException {
    this.source = source;
    this.target = target;
    this.networkTimeoutMillis = target.getNetworkTimeout();
    this.proxy = Proxies.of(Connection.class, this);
  }

  Connection proxy() {
    return proxy;
  }

  @Override
  public @Nullable Object invoke(Object self, Method method, Object @Nullable [] arguments)
      throws Throwable {
    Operation operation = () -> Proxies.call(target, method, arguments);
    return switch (method.getName()) {
      case "close" -> close();
      case "abort" -> abort((Executor) first(arguments));
      case "isClosed" -> closed || broken || target.isClosed();
      case "isValid" -> !broken && Boolean.TRUE.equals(call("isValid", false, operation));
      case "getNetworkTimeout" -> networkTimeoutMillis;
      case "setNetworkTimeout" -> setNetworkTimeout(operation);
      case "unwrap" -> unwrap((Class<?>) first(arguments));
      case "createStatement" -> statement(pass("createStatement", operation), null);
      case "prepareStatement", "prepareCall" ->
          statement(pass(method.getName(), operation), (String) first(arguments));
      case "setAutoCommit" -> setAutoCommit(operation, (Boolean) first(arguments));
      case "commit" -> endTransaction(DatabaseCall.commitAfter(lastStatement), operation);
      case "rollback" -> endTransaction("rollback", operation);
      case "getSchema" -> call("getSchema", false, operation);
      default -> pass(method.getName(), operation);
    };
  }

  private static Object first(Object @Nullable [] arguments) {
    if (arguments == null) {
      throw new IllegalArgumentException("an argument is missing");
    }
    return arguments[0];
  }

  /** Makes a call that goes to the database, or does to it what a disturbance says. */
  private @Nullable Object call(String name, boolean inTransaction, Operation operation)
      throws Throwable {
    calls.lock();
    try {
      requireUsable(name);
      Disturbance disturbance =
          source.meet(new DatabaseCall(name, inTransaction, Thread.currentThread().getName()));
      if (silencedBy != null) {
        throw hang(name, silencedBy);
      }
      return disturbance == null ? operation.run() : disturbed(name, operation, disturbance);
    } finally {
      calls.unlock();
    }
  }

  /** A statement, remembered for the name of the commit that follows it. */
  @Nullable Object execute(String sql, Operation operation) throws Throwable {
    String name = Statements.name(sql);
    requireUsable(name);
    boolean hasPurpose = Statements.hasPurpose(sql);
    if (hasPurpose || !lastHadPurpose) {
      lastStatement = name;
      lastHadPurpose = hasPurpose;
    }
    return call(name, !target.getAutoCommit(), operation);
  }

  /** A call that does not go to the database. */
  @Nullable Object pass(String name, Operation operation) throws Throwable {
    requireUsable(name);
    return operation.run();
  }

  boolean isBroken() {
    return broken;
  }

  private void requireUsable(String name) throws SQLException {
    if (broken) {
      throw Failures.closed(name);
    }
  }

  private @Nullable Object disturbed(String name, Operation operation, Disturbance disturbance)
      throws Throwable {
    return switch (disturbance.misbehaviour()) {
      case Misbehaviour.Hangs(boolean executed) -> {
        if (executed) {
          operation.run();
        }
        throw hang(name, disturbance);
      }
      case Misbehaviour.AnswersLate(Duration delay) ->
          late(name, disturbance, delay, operation.run());
      case Misbehaviour.LosesAnswer() -> {
        operation.run();
        throw breaks(name);
      }
      case Misbehaviour.LosesStatement() -> throw breaks(name);
      case Misbehaviour.Cuts() -> {
        Object answer = operation.run();
        breakOff();
        yield answer;
      }
      case Misbehaviour.Fails fails -> throw fail(name, fails.sqlState());
      case Misbehaviour.Throws(var failure, boolean executed) -> {
        if (executed) {
          operation.run();
        }
        throw failure.get();
      }
    };
  }

  /** Waits as long as the disturbance, the network timeout and other threads let it. */
  private SQLException hang(String name, Disturbance disturbance) {
    await(disturbance, Math.min(disturbance.restNanos(), networkTimeoutNanos()));
    return breaks(name);
  }

  private @Nullable Object late(
      String name, Disturbance disturbance, Duration delay, @Nullable Object answer)
      throws SQLException {
    long nanos = delay.toNanos();
    await(disturbance, Math.min(nanos, networkTimeoutNanos()));
    if (broken || nanos > networkTimeoutNanos()) {
      throw breaks(name);
    }
    return answer;
  }

  private void await(Disturbance disturbance, long nanos) {
    var waiting = new Waiting();
    hanging.add(waiting.released());
    try {
      // From now on, code that breaks the connection finds the call.
      if (!broken) {
        waiting.await(disturbance, nanos);
      }
    } finally {
      hanging.remove(waiting.released());
    }
  }

  private long networkTimeoutNanos() {
    int millis = networkTimeoutMillis;
    return millis == 0 ? Long.MAX_VALUE : TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private Throwable fail(String name, @Nullable String sqlState) throws SQLException {
    if (sqlState == null) {
      return Failures.failed(name, null);
    }
    if (Failures.losesConnection(sqlState)) {
      breakOff();
      return Failures.failed(name, sqlState);
    }
    if (name.startsWith("commit") || name.equals("rollback")) {
      target.rollback();
    } else if (!target.getAutoCommit()) {
      return raised(name, sqlState);
    }
    return Failures.failed(name, sqlState);
  }

  /** By the server, which aborts the transaction. */
  private SQLException raised(String name, String sqlState) {
    try (var statement = target.createStatement()) {
      statement.execute(
          "DO $$BEGIN RAISE EXCEPTION 'misbehaving on purpose' USING ERRCODE = '%s'; END$$"
              .formatted(sqlState));
      return Failures.failed(name, sqlState);
    } catch (SQLException e) {
      return e;
    }
  }

  private SQLException breaks(String name) {
    breakOff();
    return Failures.broken(name);
  }

  /** Breaks the connection while it is in use. The server notices, and rolls back. */
  private void breakOff() {
    broken = true;
    hanging.forEach(CountDownLatch::countDown);
    try {
      target.abort(Runnable::run);
    } catch (SQLException e) {
      throw new IllegalStateException("a connection cannot be aborted", e);
    }
  }

  private @Nullable Object abort(Executor executor) {
    executor.execute(this::breakOff);
    return null;
  }

  private @Nullable Object close() throws SQLException {
    calls.lock();
    try {
      closed = true;
      target.close();
    } catch (SQLException e) {
      // A pool logs a warning if a connection that it holds was broken.
      if (!broken) {
        throw e;
      }
    } finally {
      calls.unlock();
    }
    return null;
  }

  private @Nullable Object setNetworkTimeout(Operation operation) throws Throwable {
    Object nothing = pass("setNetworkTimeout", operation);
    networkTimeoutMillis = target.getNetworkTimeout();
    return nothing;
  }

  private @Nullable Object setAutoCommit(Operation operation, boolean on) throws Throwable {
    return endTransaction("setAutoCommit(" + on + ")", operation);
  }

  private @Nullable Object endTransaction(String name, Operation operation) throws Throwable {
    lastStatement = "";
    lastHadPurpose = false;
    return call(name, false, operation);
  }

  private @Nullable Object statement(@Nullable Object target, @Nullable String sql) {
    return target == null ? null : new MisbehavingStatement(this, (Statement) target, sql).proxy();
  }

  private Object unwrap(Class<?> type) throws SQLException {
    requireUsable("unwrap");
    return type == PGConnection.class
        ? new MisbehavingPgConnection(this, target.unwrap(PGConnection.class)).proxy()
        : target.unwrap(type);
  }

  /**
   * Waits for notifications. A disturbance that hangs silences the connection for good: nothing
   * comes, and nothing says so.
   */
  @Nullable Object notifications(int timeoutMillis, Operation operation) throws Throwable {
    calls.lock();
    try {
      requireUsable(DatabaseCall.NOTIFICATIONS);
      if (silencedBy == null) {
        Disturbance disturbance =
            source.meet(
                new DatabaseCall(
                    DatabaseCall.NOTIFICATIONS, false, Thread.currentThread().getName()));
        if (disturbance == null) {
          return operation.run();
        }
        if (!(disturbance.misbehaviour() instanceof Misbehaviour.Hangs)) {
          return disturbed(DatabaseCall.NOTIFICATIONS, operation, disturbance);
        }
        silencedBy = disturbance;
      }
      await(silencedBy, TimeUnit.MILLISECONDS.toNanos(timeoutMillis));
      requireUsable(DatabaseCall.NOTIFICATIONS);
      return null;
    } finally {
      calls.unlock();
    }
  }

  /** What the call does if nothing comes in between. */
  @FunctionalInterface
  interface Operation {
    @Nullable Object run() throws Throwable;
  }
}
