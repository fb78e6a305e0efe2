package dev.cairn.resumable;

import dev.cairn.GenericType;
import dev.cairn.internal.text.ByteLimit;
import dev.cairn.spi.Checkpoint;
import java.lang.reflect.Type;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The state that an older definition of a job has saved, to be converted for a newer one. Used by
 * the thread of the job.
 */
public final class SavedProgress {
  private final int version;
  private final SavedSteps saved;
  private final StepValues values;

  SavedProgress(int version, SavedSteps saved, StepValues values) {
    this.version = version;
    this.saved = saved;
    this.values = values;
  }

  /** The version of the definition that saved it; 0 if it had none. */
  public int version() {
    return version;
  }

  /** The paths of the steps that have finished. */
  public Set<String> finished() {
    return names(Checkpoint::finished);
  }

  /** The paths of the steps that have a position and have not finished. */
  public Set<String> inProgress() {
    return names(SavedSteps::isInProgress);
  }

  private Set<String> names(Predicate<Checkpoint> which) {
    var names = new TreeSet<String>();
    saved.all().stream()
        .filter(checkpoint -> !SavedSteps.isOwn(checkpoint.name()))
        .filter(which)
        .forEach(checkpoint -> names.add(checkpoint.name()));
    return names;
  }

  /**
   * The position of a step in progress.
   *
   * @return empty if the step has no position
   * @throws CheckpointMismatchException if the position does not fit {@code type}
   */
  public <C> Optional<C> cursor(String step, Class<C> type) {
    return cursor(step, (Type) type);
  }

  /** Like {@link #cursor(String, Class)}, for a generic position. */
  public <C> Optional<C> cursor(String step, GenericType<C> type) {
    return cursor(step, type.type());
  }

  @SuppressWarnings("TypeParameterUnusedInFormals") // type is that of C
  private <C> Optional<C> cursor(String step, Type type) {
    Checkpoint checkpoint = saved.find(step);
    if (checkpoint == null || checkpoint.value() == null || checkpoint.finished()) {
      return Optional.empty();
    }
    StepEntry entry = entry(step, checkpoint);
    return Optional.ofNullable(
        SavedSteps.isOfRiver(checkpoint)
            ? values.<C>riverCursor(entry, checkpoint.value(), type)
            : values.<C>cursor(entry, checkpoint.value(), type));
  }

  /**
   * The remembered result of a finished step, read as the type that it had when it was saved.
   * {@link #finish} replaces it with a value of the new type.
   *
   * @return empty if the step has not finished or has no result
   * @throws CheckpointMismatchException if the result does not fit {@code type}
   */
  public <T> Optional<T> result(String step, Class<T> type) {
    return result(step, (Type) type);
  }

  /** Like {@link #result(String, Class)}, for a generic result. */
  public <T> Optional<T> result(String step, GenericType<T> type) {
    return result(step, type.type());
  }

  @SuppressWarnings("TypeParameterUnusedInFormals") // type is that of T
  private <T> Optional<T> result(String step, Type type) {
    Checkpoint checkpoint = saved.find(step);
    if (checkpoint == null || checkpoint.value() == null || !checkpoint.finished()) {
      return Optional.empty();
    }
    return Optional.ofNullable(values.<T>result(entry(step, checkpoint), type));
  }

  /**
   * Sets the position from which a step continues, even if the step was not started.
   *
   * @throws IllegalArgumentException if it is null: use {@link #forget} to start the step from zero
   */
  public SavedProgress moveCursor(String step, Object position) {
    return moveTo(step, position, position == null ? Object.class : position.getClass());
  }

  /** Like {@link #moveCursor(String, Object)}, for a generic position. */
  public <C> SavedProgress moveCursor(String step, GenericType<C> type, C position) {
    return moveTo(step, position, type.type());
  }

  private SavedProgress moveTo(String step, Object position, Type type) {
    requireOwn("moved", step);
    StepEntry entry = entry(step, saved.find(step));
    values.requirePosition(entry, position);
    saved.put(entry.at(values.encodePosition(entry, position, type)));
    saved.lookAhead();
    return this;
  }

  /** Moves the state of a step, and of the steps within it, to another name. */
  public SavedProgress rename(String from, String to) {
    saved.rename(from, to);
    return this;
  }

  /**
   * Forgets a step and the steps within it. If the code reaches the step, the step runs from its
   * beginning.
   */
  public SavedProgress forget(String step) {
    requireOwn("forgotten", step);
    saved.forget(step);
    return this;
  }

  /**
   * Marks a step as finished.
   *
   * @param result the result to remember; null for a step without a result
   */
  public SavedProgress finish(String step, @Nullable Object result) {
    return finishWith(step, result, result == null ? Object.class : result.getClass());
  }

  /** Like {@link #finish(String, Object)}, with a generic result. */
  public <T> SavedProgress finish(String step, GenericType<T> type, T result) {
    return finishWith(step, result, type.type());
  }

  private SavedProgress finishWith(String step, @Nullable Object result, Type type) {
    requireOwn("finished", step);
    StepEntry entry = entry(step, saved.find(step));
    saved.put(entry.finished(result == null ? null : values.encodeResult(entry, result, type)));
    return this;
  }

  /**
   * River has saved one mark for all steps up to a certain one, so none of them can be changed
   * alone.
   */
  private void requireOwn(String what, String step) {
    String rivers = saved.riverStep();
    if (rivers != null) {
      throw new IllegalStateException(
          ("step '%s' cannot be %s now: River for Go has finished the steps up to '%s', which "
                  + "Cairn skips together. Rename steps, or restart the job from zero "
                  + "(RESTART) [CAIRN-313]")
              .formatted(step, what, rivers));
    }
  }

  private StepEntry entry(String step, @Nullable Checkpoint checkpoint) {
    ByteLimit.ofPath(() -> "the path of step '%s' of %s".formatted(step, values.job()), step);
    return new StepEntry(step, checkpoint == null ? null : checkpoint.position(), checkpoint);
  }
}
