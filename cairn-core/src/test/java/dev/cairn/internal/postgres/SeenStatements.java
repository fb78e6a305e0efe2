package dev.cairn.internal.postgres;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import javax.sql.DataSource;

/** The texts of all statements that were prepared on the connections of a data source. */
final class SeenStatements {
  private static final Pattern COMMENT = Pattern.compile("^(\\w+) /\\* cairn: .*? \\*/");

  private final Set<String> texts = ConcurrentHashMap.newKeySet();

  DataSource of(DataSource target) {
    return proxy(
        DataSource.class,
        target,
        result -> result instanceof Connection connection ? observed(connection) : result);
  }

  private Connection observed(Connection connection) {
    return proxy(Connection.class, connection, result -> result);
  }

  private interface Answer {
    Object of(Object result);
  }

  private <T> T proxy(Class<T> type, T target, Answer answer) {
    InvocationHandler handler =
        (self, method, args) -> {
          if (method.getName().equals("prepareStatement")) {
            texts.add(COMMENT.matcher((String) args[0]).replaceFirst("$1"));
          }
          try {
            return answer.of(method.invoke(target, args));
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        };
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  boolean contains(Sql sql, SchemaName schema) {
    return texts.contains(sql.in(schema));
  }
}
