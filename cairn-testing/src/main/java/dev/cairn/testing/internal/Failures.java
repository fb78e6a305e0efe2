package dev.cairn.testing.internal;

import java.lang.reflect.UndeclaredThrowableException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** What misbehaving calls throw. */
final class Failures {
  private Failures() {}

  static SQLException failed(String call, @Nullable String sqlState) {
    return new SQLException(
        "'%s' failed: the data source misbehaves on purpose".formatted(call), sqlState);
  }

  /** As the driver says it when the socket breaks under a call. */
  static SQLException broken(String call) {
    return failed(call, "08006");
  }

  /** As the driver says it for every call after that. */
  static SQLException closed(String call) {
    return new SQLException(
        "'%s' failed: this connection was broken on purpose".formatted(call), "08003");
  }

  static boolean losesConnection(String sqlState) {
    return sqlState.startsWith("08") || sqlState.startsWith("57P");
  }

  /** What to throw where nothing checked is declared; throws errors itself. */
  static RuntimeException unchecked(Throwable failure) {
    return switch (failure) {
      case Error error -> throw error;
      case RuntimeException unchecked -> unchecked;
      default -> new UndeclaredThrowableException(failure);
    };
  }
}
