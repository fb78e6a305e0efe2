package dev.cairn;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A data source that lets a test have a say in Cairn's statements, each known by its purpose. */
@FunctionalInterface
public interface InterceptedStatements {
  Pattern PURPOSE = Pattern.compile("/\\* cairn: (.*?)(?: \\(plan \\d+\\))? \\*/");

  /** What a statement gives; most often what {@code call} gives. */
  @Nullable Object around(String purpose, InterceptedCalls.Call call) throws Throwable;

  /** The target, with this interceptor around each statement that is executed. */
  static DataSource of(DataSource target, InterceptedStatements interceptor) {
    return InterceptedCalls.of(
        DataSource.class,
        target,
        (method, call) -> {
          Object result = call.proceed();
          return result instanceof Connection connection
              ? connection(connection, interceptor)
              : result;
        });
  }

  private static Connection connection(Connection target, InterceptedStatements interceptor) {
    return InterceptedCalls.of(
        Connection.class,
        target,
        (method, call) -> {
          Object result = call.proceed();
          return result instanceof PreparedStatement statement
                  && call.firstArgument() instanceof String sql
              ? statement(statement, purpose(sql), interceptor)
              : result;
        });
  }

  private static String purpose(String sql) {
    Matcher matcher = PURPOSE.matcher(sql);
    return matcher.find() ? matcher.group(1) : "";
  }

  private static PreparedStatement statement(
      PreparedStatement target, String purpose, InterceptedStatements interceptor) {
    return InterceptedCalls.of(
        PreparedStatement.class,
        target,
        (method, call) ->
            method.startsWith("execute") ? interceptor.around(purpose, call) : call.proceed());
  }
}
