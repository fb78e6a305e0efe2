package dev.cairn.internal.upkeep;

import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Collects the failures of acts that do not depend on each other, so that each act is tried. */
final class Failures {
  private @Nullable Throwable last;

  /** Runs an act and returns its result; false if it fails. */
  boolean catching(BooleanSupplier act) {
    try {
      return act.getAsBoolean();
    } catch (RuntimeException | Error e) {
      last = e;
      return false;
    }
  }

  /** Throws the last failure, if there was one. */
  void throwLast() {
    switch (last) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case null, default -> {}
    }
  }
}
