package dev.cairn.testing;

import dev.cairn.GenericType;
import dev.cairn.Job;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.JsonCodec;
import dev.cairn.spi.Quarantine;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How an attempt without a database ended. May get further components.
 *
 * @param job the job as its worker saw it
 * @param outcome what the end means for the job
 * @param metadata what the worker has set with {@code setMetadata}: JSON by key
 * @param checkpoints the steps as they stood at the end; a client drops those of completed jobs
 * @param quarantined the items in quarantine at the end, including those of earlier attempts, by
 *     the path of their step
 * @param codec how its values were written
 * @param <A> the type of the arguments
 */
public record TestedAttempt<A>(
    Job<A> job,
    AttemptOutcome outcome,
    Map<String, String> metadata,
    List<Checkpoint> checkpoints,
    Map<String, List<Quarantine.Item>> quarantined,
    JsonCodec codec) {
  private static final String OUTPUT = MetadataKeys.OUTPUT;

  public TestedAttempt {
    metadata = Map.copyOf(metadata);
    checkpoints = List.copyOf(checkpoints);
    quarantined = Map.copyOf(quarantined);
  }

  /**
   * Asserts that the job was completed.
   *
   * @return this
   * @throws AssertionError if it was not, with what the worker threw as its cause
   */
  public TestedAttempt<A> requireCompleted() {
    if (!(outcome instanceof AttemptOutcome.Completed)) {
      throw new AssertionError(
          "job %d (%s) should be completed, but: %s".formatted(job.id(), job.kind(), outcome),
          failure().orElse(null));
    }
    return this;
  }

  /** What the worker threw, if the attempt failed. */
  public Optional<Throwable> failure() {
    return outcome instanceof AttemptOutcome.Failed failed
        ? Optional.of(failed.failure())
        : Optional.empty();
  }

  /**
   * The recorded output: what the worker has set as metadata {@code output}.
   *
   * @throws IllegalArgumentException if it does not fit the type
   */
  public <T> Optional<T> output(Class<T> type) {
    return metadata(OUTPUT, type);
  }

  /**
   * What the worker has set as metadata under this key.
   *
   * @throws IllegalArgumentException if it does not fit the type
   */
  public <T> Optional<T> metadata(String key, Class<T> type) {
    return Optional.ofNullable(metadata.get(key)).map(json -> codec.decode(json, type));
  }

  /** Whether a step has finished; a step within others by its path, {@code outer/inner}. */
  public boolean hasFinished(String step) {
    return checkpoint(step).map(Checkpoint::finished).orElse(false);
  }

  /**
   * The position of a step that has not finished; empty if it has none.
   *
   * @throws IllegalArgumentException if it does not fit the type
   */
  public <T> Optional<T> cursor(String step, Class<T> type) {
    return cursor(step, (Type) type);
  }

  /** Like {@link #cursor(String, Class)}, for a generic position. */
  public <T> Optional<T> cursor(String step, GenericType<T> type) {
    return cursor(step, type.type());
  }

  @SuppressWarnings("TypeParameterUnusedInFormals") // type is that of T
  private <T> Optional<T> cursor(String step, Type type) {
    return checkpoint(step)
        .filter(checkpoint -> !checkpoint.finished())
        .map(Checkpoint::value)
        .flatMap(json -> exactly(json, type));
  }

  /**
   * The saved result of a finished step.
   *
   * @throws IllegalArgumentException if it does not fit the type
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
    return checkpoint(step)
        .filter(Checkpoint::finished)
        .map(Checkpoint::value)
        .flatMap(json -> exactly(json, type));
  }

  /** The items that a step has put aside, in the order in which it did; a step by its path. */
  public List<Quarantine.Item> quarantined(String step) {
    return quarantined.getOrDefault(step, List.of());
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // type is that of T
  private <T> Optional<T> exactly(String json, Type type) {
    return Optional.ofNullable((T) codec.decodeExactly(json, type));
  }

  private Optional<Checkpoint> checkpoint(String step) {
    return checkpoints.stream().filter(each -> each.name().equals(step)).findFirst();
  }
}
