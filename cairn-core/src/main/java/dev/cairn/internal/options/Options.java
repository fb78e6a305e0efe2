package dev.cairn.internal.options;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The settings of one object that differ from their initial values. Copies, equality and text of
 * all options are implemented here. A new setting therefore needs only a constant, an accessor and
 * a wither, and no wither can lose another setting. Immutable.
 */
public final class Options {
  private static final Options NONE = new Options(Map.of());

  private final Map<Option<?>, Object> values;

  private Options(Map<Option<?>, Object> values) {
    this.values = Map.copyOf(values);
  }

  /** All settings have their initial values. */
  public static Options none() {
    return NONE;
  }

  /** The value of a setting. */
  @SuppressWarnings({"unchecked", "NullAway"}) // with() stored a T, or it is the initial T
  public <T extends @Nullable Object> T get(Option<T> option) {
    Object value = values.get(option);
    return (T) (value == null ? option.initial() : value);
  }

  /** These settings with one changed. */
  public <T extends @Nullable Object> Options with(Option<T> option, T value) {
    var changed = new HashMap<>(values);
    // Calls equals of the initial value, because the other value may be an object of users' code.
    if (value == null || Objects.equals(option.initial(), value)) {
      changed.remove(option);
    } else {
      changed.put(option, value);
    }
    return new Options(changed);
  }

  /** These settings. Those that have their initial values are taken from {@code others}. */
  public Options orElse(Options others) {
    var both = new HashMap<>(others.values);
    both.putAll(values);
    return new Options(both);
  }

  /** The settings that differ from their initial values, as a record would print them. */
  public String describe(String type) {
    return values.entrySet().stream()
        .sorted(Comparator.comparing(entry -> entry.getKey().name()))
        .map(entry -> entry.getKey() + "=" + entry.getValue())
        .collect(Collectors.joining(", ", type + "[", "]"));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Options that && values.equals(that.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }
}
