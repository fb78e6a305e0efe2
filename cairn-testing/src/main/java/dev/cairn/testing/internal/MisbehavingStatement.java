package dev.cairn.testing.internal;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.sql.CallableStatement;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/** A statement of a misbehaving connection: its executions are calls of that. */
final class MisbehavingStatement implements InvocationHandler {
  private final MisbehavingConnection connection;
  private final Statement target;
  private final @Nullable String prepared;

  MisbehavingStatement(
      MisbehavingConnection connection, Statement target, @Nullable String prepared) {
    this.connection = connection;
    this.target = target;
    this.prepared = prepared;
  }

  Statement proxy() {
    Class<? extends Statement> type =
        switch (target) {
          case CallableStatement callable -> CallableStatement.class;
          case PreparedStatement statement -> PreparedStatement.class;
          default -> Statement.class;
        };
    return Proxies.of(type, this);
  }

  @Override
  public @Nullable Object invoke(Object self, Method method, Object @Nullable [] arguments)
      throws Throwable {
    String name = method.getName();
    MisbehavingConnection.Operation operation = () -> Proxies.call(target, method, arguments);
    if (name.startsWith("execute")) {
      return connection.execute(sql(arguments), operation);
    }
    return switch (name) {
      case "getConnection" -> connection.proxy();
      case "close" -> close();
      case "isClosed" -> target.isClosed();
      default -> connection.pass(name, operation);
    };
  }

  private String sql(Object @Nullable [] arguments) {
    if (arguments != null && arguments.length > 0 && arguments[0] instanceof String sql) {
      return sql;
    }
    return prepared == null ? "batch" : prepared;
  }

  private @Nullable Object close() throws SQLException {
    try {
      target.close();
    } catch (SQLException e) {
      if (!connection.isBroken()) {
        throw e;
      }
    }
    return null;
  }
}
