package dev.cairn;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One job of many to insert. Start with {@link #of(Object)}. Immutable. */
public final class JobInsert {
  // A bulk insertion needs one object per job, so these are plain fields instead of Options.
  private final Object args;
  private final InsertOptions options;

  private JobInsert(Object args, InsertOptions options) {
    this.args = Objects.requireNonNull(args, "args");
    this.options = Objects.requireNonNull(options, "options");
  }

  /**
   * A job with the options of its arguments, or the defaults.
   *
   * @param args an object whose type has a {@link JobKind}, or {@link JsonArgs}
   */
  public static JobInsert of(Object args) {
    return new JobInsert(args, InsertOptions.defaults());
  }

  /**
   * A job with these options. Options that are not set come from its arguments.
   *
   * @param args an object whose type has a {@link JobKind}, or {@link JsonArgs}
   */
  public static JobInsert of(Object args, InsertOptions options) {
    return new JobInsert(args, options);
  }

  /** An object whose type has a {@link JobKind}, or {@link JsonArgs}. */
  public Object args() {
    return args;
  }

  /**
   * The kind of the job.
   *
   * @throws IllegalArgumentException if the type of the arguments has no valid {@link JobKind}
   */
  public String kind() {
    return args instanceof JsonArgs json ? json.kind() : Kinds.of(args.getClass());
  }

  /** This job with other arguments. */
  public JobInsert withArgs(Object others) {
    return new JobInsert(others, options);
  }

  /** The options of the job. */
  public InsertOptions options() {
    return options;
  }

  /** This job with other options, for example in middleware. */
  public JobInsert withOptions(InsertOptions others) {
    return new JobInsert(args, others);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof JobInsert that
        && args.equals(that.args)
        && options.equals(that.options);
  }

  @Override
  public int hashCode() {
    return Objects.hash(args, options);
  }

  @Override
  public String toString() {
    return "JobInsert[args=%s, options=%s]".formatted(args, options);
  }
}
