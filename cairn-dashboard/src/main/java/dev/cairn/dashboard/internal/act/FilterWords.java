package dev.cairn.dashboard.internal.act;

import dev.cairn.JobState;
import dev.cairn.dashboard.internal.read.JobFilter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A filter in words, for the list of acts. It names no values of arguments and metadata. */
final class FilterWords {
  private static final int VALUES_MAX = 10;
  private static final int VALUE_MAX = 60;

  private final List<String> words = new ArrayList<>();

  private FilterWords(JobFilter filter) {
    add("state", filter.states().stream().map(JobState::label).sorted().toList());
    add("kind", filter.kinds());
    add("queue", filter.queues());
    add("tag", filter.tags());
    add("priority", filter.priorities());
    add("client", filter.clients());
    add("created", filter.createdFrom(), filter.createdTo());
    add("ended", filter.finalizedFrom(), filter.finalizedTo());
    if (filter.args() != null) {
      words.add("by arguments");
    }
    if (filter.metadata() != null) {
      words.add("by metadata");
    }
    if (!filter.ids().isEmpty()) {
      words.add("of %d ids".formatted(filter.ids().size()));
    }
  }

  static String of(JobFilter filter) {
    return String.join(", ", new FilterWords(filter).words);
  }

  private void add(String name, Collection<?> values) {
    if (!values.isEmpty()) {
      words.add(
          values.stream()
              .limit(VALUES_MAX)
              .map(value -> cut(value.toString()))
              .collect(
                  Collectors.joining(
                      " or ", name + " ", values.size() > VALUES_MAX ? " or others" : "")));
    }
  }

  private void add(String name, @Nullable Instant from, @Nullable Instant to) {
    if (from != null) {
      words.add("%s since %s".formatted(name, from));
    }
    if (to != null) {
      words.add("%s until %s".formatted(name, to));
    }
  }

  private static String cut(String text) {
    return text.length() > VALUE_MAX ? text.substring(0, VALUE_MAX) + "..." : text;
  }
}
