package dev.cairn.dashboard.internal.read;

import dev.cairn.JobState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A filter as conditions on a row named {@code job}. States are literals, so that the planner knows
 * how many jobs are in them; all else is a value.
 */
final class FilterSql {
  private final List<String> conditions = new ArrayList<>();
  private final Map<String, Object> values = new HashMap<>();

  FilterSql(JobFilter filter) {
    if (!filter.states().isEmpty()) {
      conditions.add("job.state IN (%s)".formatted(labels(filter.states())));
    }
    add(filter.kinds(), "kinds", "job.kind = ANY (:kinds::text[])");
    add(filter.queues(), "queues", "job.queue = ANY (:queues::text[])");
    add(filter.tags(), "tags", "job.tags::text[] && :tags::text[]");
    add(filter.priorities(), "priorities", "job.priority = ANY (:priorities::bigint[])");
    add(
        filter.clients(),
        "clients",
        "job.attempted_by[array_upper(job.attempted_by, 1)] = ANY (:clients::text[])");
    add(filter.ids(), "ids", "job.id = ANY (:ids::bigint[])");
    add(filter.createdFrom(), "created_from", "job.created_at >= :created_from::timestamptz");
    add(filter.createdTo(), "created_to", "job.created_at < :created_to::timestamptz");
    add(
        filter.finalizedFrom(),
        "finalized_from",
        "job.finalized_at >= :finalized_from::timestamptz");
    add(filter.finalizedTo(), "finalized_to", "job.finalized_at < :finalized_to::timestamptz");
    add(filter.metadata(), "metadata", "job.metadata @> :metadata::jsonb");
    add(filter.args(), "args", "job.args @> :args::jsonb");
  }

  static String labels(Collection<JobState> states) {
    return states.stream()
        .map(state -> "'%s'".formatted(state.label()))
        .sorted()
        .collect(Collectors.joining(", "));
  }

  private void add(@Nullable Object value, String name, String condition) {
    boolean asked = value instanceof Collection<?> list ? !list.isEmpty() : value != null;
    if (value != null && asked) {
      conditions.add(condition);
      values.put(name, value instanceof Collection<?> list ? numbersAsLong(list) : value);
    }
  }

  private static List<?> numbersAsLong(Collection<?> list) {
    return list.stream()
        .map(each -> each instanceof Integer number ? (Object) number.longValue() : each)
        .toList();
  }

  /** To be added to a condition. */
  String and() {
    return conditions.stream().map(each -> "\n  AND " + each).collect(Collectors.joining());
  }

  Map<String, Object> values() {
    return values;
  }
}
