package dev.cairn.resumable;

import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.source.NoSuchColumnException;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Failures that all items of a source have, so that none of them is to blame. The source may itself
 * be an item of an enclosing loop, such as a file, and then that item is. Thread-safe.
 */
final class SourceFaults {
  /** Those that have ended the loop over their source. */
  private final Set<NoSuchColumnException> ended =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  /** Runs a loop over a source, and notes the failure that ends it. */
  void noting(StepBody loop) throws Exception {
    try {
      loop.run();
    } catch (Exception e) {
      NoSuchColumnException fault = of(e);
      if (fault != null) {
        ended.add(fault);
      }
      throw e;
    }
  }

  /** Whether a failure within a loop is one of the loop's own source. */
  boolean isOfInnermostSource(Exception failure) {
    NoSuchColumnException fault = of(failure);
    return fault != null && !ended.contains(fault);
  }

  private static @Nullable NoSuchColumnException of(Exception failure) {
    return new ForeignFailure(failure).find(NoSuchColumnException.class);
  }
}
