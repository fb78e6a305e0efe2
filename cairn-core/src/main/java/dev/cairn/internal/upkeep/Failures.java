package dev.cairn.internal.upkeep;

import dev.cairn.StoreUnavailableException;
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
      suppress(e, first);
      throw e;
    } catch (RuntimeException | Error e) {
      if (first == null) {
        first = e;
      } else {
        suppress(first, e);
      }
      return false;
    }
  }

  private static void suppress(Throwable thrown, @Nullable Throwable other) {
    if (other != null && !other.equals(thrown)) {
      thrown.addSuppressed(other);
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
