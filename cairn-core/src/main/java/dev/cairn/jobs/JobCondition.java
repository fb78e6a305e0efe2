package dev.cairn.jobs;

import java.util.Map;
import java.util.regex.Pattern;

/**
 * A condition in SQL on the rows of {@code river_job}, called {@code job}. Trusted: never build its
 * text from outside input. Pass such input as values. May get further components.
 *
 * @param sql for example {@code job.args ->> 'customer' = :customer}; PostgreSQL's operators with a
 *     question mark are written with two
 * @param values by the names that follow a colon in the condition, of small letters and
 *     underscores: texts, numbers, booleans and instants
 */
public record JobCondition(String sql, Map<String, Object> values) {
  private static final Pattern NAME = Pattern.compile("(?<![:\\w]):([a-z_]+)");

  public JobCondition {
    values = Map.copyOf(values);
    var names = NAME.matcher(sql);
    while (names.find()) {
      if (!values.containsKey(names.group(1))) {
        throw new IllegalArgumentException(
            "the condition '%s' names :%s, but there is no value of that name"
                .formatted(sql, names.group(1)));
      }
    }
  }
}
