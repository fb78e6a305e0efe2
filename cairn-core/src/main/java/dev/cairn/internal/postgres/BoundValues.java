package dev.cairn.internal.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Binds values to the named parameters of {@link Sql}. */
final class BoundValues {
  private BoundValues() {}

  static void bind(
      Connection connection,
      PreparedStatement statement,
      Sql sql,
      Map<String, ? extends @Nullable Object> values)
      throws SQLException {
    int index = 1;
    for (String name : sql.parameters()) {
      if (!values.containsKey(name)) {
        throw new IllegalArgumentException("parameter :" + name + " is not bound");
      }
      switch (values.get(name)) {
        case SqlArray array ->
            statement.setArray(index, connection.createArrayOf(array.type(), array.elements()));
        case Instant instant -> statement.setObject(index, Times.parameter(instant));
        case String text -> statement.setString(index, text);
        case Integer number -> statement.setInt(index, number);
        case Boolean truth -> statement.setBoolean(index, truth);
        case null -> statement.setObject(index, null);
        case Object value -> statement.setObject(index, value);
      }
      index++;
    }
  }
}
