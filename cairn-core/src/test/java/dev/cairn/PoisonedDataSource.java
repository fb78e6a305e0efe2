package dev.cairn;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A data source, or a library around one, that misbehaves once on each of some threads.
 *
 * @param method where it does
 * @param threads the beginnings of the names of those threads
 */
record PoisonedDataSource(String method, Set<String> threads, Poison poison, Set<String> reached)
    implements InterceptedCalls {
  static DataSource of(DataSource target, String method, Set<String> threads, Poison poison) {
    var poisoned = new PoisonedDataSource(method, threads, poison, ConcurrentHashMap.newKeySet());
    // A proxy cannot throw what is not declared.
    return new ObservedDataSource(
        InterceptedCalls.of(DataSource.class, target, poisoned),
        () -> poisoned.comeTo("getConnection"));
  }

  @Override
  public @Nullable Object around(String called, Call call) throws Throwable {
    boolean after = called.equals("close");
    if (!after) {
      comeTo(called);
    }
    Object result = call.proceed();
    if (after) {
      // What is never given back would be missed in other tests.
      comeTo(called);
    }
    return switch (result) {
      case Connection connection -> InterceptedCalls.of(Connection.class, connection, this);
      case PreparedStatement statement ->
          InterceptedCalls.of(PreparedStatement.class, statement, this);
      case null -> null;
      case Object other -> other;
    };
  }

  private void comeTo(String called) {
    if (!called.startsWith(method)) {
      return;
    }
    String name = Thread.currentThread().getName();
    for (String prefix : threads) {
      if (name.startsWith(prefix) && reached.add(prefix)) {
        poison.take();
      }
    }
  }
}
