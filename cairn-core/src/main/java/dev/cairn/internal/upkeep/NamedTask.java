package dev.cairn.internal.upkeep;

import dev.cairn.internal.foreign.ForeignCode;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.spi.LeaderTask;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A task of an extension.
 *
 * @param name its name when it was added. The name is read only once, because otherwise a failing
 *     {@code name()} would end every term at its beginning
 */
public record NamedTask(String name, LeaderTask task) {
  /**
   * Asks a task for its name.
   *
   * @throws IllegalArgumentException if it has none
   */
  public static NamedTask of(LeaderTask task) {
    Objects.requireNonNull(task, "task");
    String name = name(task);
    if (name == null || name.isBlank()) {
      throw new IllegalArgumentException(
          "the leader task %s has no name: its name() returns %s"
              .formatted(task.getClass().getName(), name == null ? "null" : "'" + name + "'"));
    }
    return new NamedTask(name, task);
  }

  /** Its client begins to stand for election. */
  void stand() {
    ForeignCode.run(task, "when its client began to stand for election", task::stand);
  }

  private static @Nullable String name(LeaderTask task) {
    try {
      return ForeignCode.<@Nullable String>tidily(task::name);
    } catch (Throwable e) {
      throw new IllegalArgumentException(
          "the leader task %s has no name: its name() throws %s"
              .formatted(task.getClass().getName(), new ForeignFailure(e).text()),
          e);
    }
  }
}
