package dev.cairn;

import dev.cairn.internal.options.Option;
import dev.cairn.internal.options.Options;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One job of many to insert. Begin with {@link #of(Object)}. Immutable. */
public final class JobInsert {
  private static final Option<Object> ARGS = Option.required("args");
  private static final Option<InsertOptions> OPTIONS =
      Option.of("options", InsertOptions.defaults());

  private final Options options;

  private JobInsert(Options options) {
    this.options = options;
  }

  /**
   * With the options that its arguments or the defaults say.
   *
   * @param args an object whose type has a {@link JobKind}
   */
  public static JobInsert of(Object args) {
    return new JobInsert(Options.none().with(ARGS, Objects.requireNonNull(args, "args")));
  }

  /**
   * With options.
   *
   * @param args an object whose type has a {@link JobKind}
   */
  public static JobInsert of(Object args, InsertOptions options) {
    return of(args).withOptions(options);
  }

  /** An object whose type has a {@link JobKind}. */
  public Object args() {
    return options.get(ARGS);
  }

  /** Of other arguments. */
  public JobInsert withArgs(Object args) {
    return new JobInsert(options.with(ARGS, Objects.requireNonNull(args, "args")));
  }

  /** How it is inserted. */
  public InsertOptions options() {
    return options.get(OPTIONS);
  }

  /** Inserted in another way, by middleware for example. */
  public JobInsert withOptions(InsertOptions how) {
    return new JobInsert(options.with(OPTIONS, Objects.requireNonNull(how, "options")));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof JobInsert that && options.equals(that.options);
  }

  @Override
  public int hashCode() {
    return options.hashCode();
  }

  @Override
  public String toString() {
    return options.describe("JobInsert");
  }
}
