package dev.cairn.internal.postgres;

import dev.cairn.InterceptedCalls;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * How many rows the server has moved through the plans of Cairn's statements: out of tables,
 * indexes, joins and lists, those that were thrown away too. Unlike time it is the same on each
 * machine, and unlike pages it shows a join that compares each row with each. On a server that
 * loads {@code auto_explain}.
 */
final class ExplainedStatements {
  /** For the connections: each statement that ends sends its plan along. */
  static final String SETTINGS =
      """
      SET client_min_messages = log;
      SET auto_explain.log_min_duration = 0;
      SET auto_explain.log_analyze = on;
      SET auto_explain.log_timing = off;
      SET auto_explain.log_buffers = on;
      SET auto_explain.log_format = json;
      """;

  private final AtomicLong rows = new AtomicLong();
  private final AtomicLong pages = new AtomicLong();

  DataSource of(DataSource target) {
    return InterceptedCalls.of(
        DataSource.class,
        target,
        (method, call) -> {
          Object result = call.proceed();
          return result instanceof Connection connection ? connection(connection) : result;
        });
  }

  private Connection connection(Connection target) {
    return InterceptedCalls.of(
        Connection.class,
        target,
        (method, call) -> {
          Object result = call.proceed();
          return result instanceof PreparedStatement statement
                  && call.firstArgument() instanceof String sql
                  && sql.contains("/* cairn: ")
              ? statement(statement)
              : result;
        });
  }

  private PreparedStatement statement(PreparedStatement target) {
    return InterceptedCalls.of(
        PreparedStatement.class,
        target,
        (method, call) -> {
          Object result = call.proceed();
          if (method.startsWith("execute")) {
            take(target);
          }
          return result;
        });
  }

  private void take(PreparedStatement statement) throws SQLException {
    for (SQLWarning each = statement.getWarnings(); each != null; each = each.getNextWarning()) {
      String text = each.getMessage();
      int plan = text == null ? -1 : text.indexOf("plan:\n");
      if (text != null && plan >= 0) {
        JsonNode top = JsonMapper.shared().readTree(text.substring(plan + 6)).get("Plan");
        rows.addAndGet(rows(top));
        pages.addAndGet(
            Math.round(number(top, "Shared Hit Blocks") + number(top, "Shared Read Blocks")));
      }
    }
    statement.clearWarnings();
  }

  private static long rows(JsonNode node) {
    double once =
        number(node, "Actual Rows")
            + number(node, "Rows Removed by Filter")
            + number(node, "Rows Removed by Join Filter")
            + number(node, "Rows Removed by Index Recheck");
    long rows = Math.round(once * number(node, "Actual Loops"));
    if (node.get("Plans") != null) {
      for (JsonNode inner : node.get("Plans")) {
        rows += rows(inner);
      }
    }
    return rows;
  }

  private static double number(JsonNode node, String name) {
    @Nullable JsonNode value = node.get(name);
    return value == null ? 0 : value.asDouble();
  }

  /** The rows since the last call. */
  long take() {
    return rows.getAndSet(0);
  }

  /**
   * How many pages were looked at since the last call, in memory or on the disk. This shows large
   * values that are read more often than needed, which no count of rows does.
   */
  long takePages() {
    return pages.getAndSet(0);
  }
}
