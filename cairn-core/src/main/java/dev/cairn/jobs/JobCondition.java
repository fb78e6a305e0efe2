package dev.cairn.jobs;

import java.util.Map;
import java.util.regex.Pattern;

/**
 * A condition in SQL on the rows of {@code river_job}, called {@code job}. Trusted: never build its
 * text from outside input. Pass such input as values. Statements that change jobs evaluate it again
 * for each job once they have locked it, so a subquery in it needs an index. May get further
 * components.
 *
 * @param sql for example {@code job.args ->> 'customer' = :customer}; a question mark in an
 *     operator of PostgreSQL is written twice
 * @param values strings, numbers, booleans and instants, by name. In the condition, a name follows
 *     a colon, and consists of lower-case letters and underscores
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
