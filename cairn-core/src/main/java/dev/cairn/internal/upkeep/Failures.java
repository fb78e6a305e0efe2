package dev.cairn.internal.upkeep;

import dev.cairn.StoreUnavailableException;
import dev.cairn.internal.foreign.ForeignFailure;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Collects the failures of acts that do not depend on each other, so that each act is tried. */
final class Failures {
  private @Nullable Throwable first;

  /**
   * Runs an act and returns its result; false if it fails.
   *
   * @throws StoreUnavailableException if the database is not available: each further act would only
   *     wait for a connection too
   */
  boolean catching(BooleanSupplier act) {
    try {
      return act.getAsBoolean();
    } catch (StoreUnavailableException e) {
      if (first != null) {
        new ForeignFailure(e).suppress(first);
      }
      throw e;
    } catch (RuntimeException | Error e) {
      if (first == null) {
        first = e;
      } else {
        new ForeignFailure(first).suppress(e);
      }
      return false;
    }
  }

  /** Throws the first failure, if there was one, with the others suppressed. */
  void throwFirst() {
    switch (first) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case null, default -> {}
    }
  }
}
