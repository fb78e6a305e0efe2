package dev.cairn.resumable;

import dev.cairn.spi.MiddlewareContext;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a job that have put items aside, and those whose items an operator wants to be
 * processed again (R20, R33). Read when first needed. Thread-safe.
 */
final class ItemsAside {
  private final MiddlewareContext context;
  private final boolean any;
  private final Set<String> redriven = ConcurrentHashMap.newKeySet();
  private volatile @Nullable Known known;

  /** The steps that have put items aside in this attempt. */
  private final Set<String> now = ConcurrentHashMap.newKeySet();

  /** By the path of the step: all such steps, and those with items to process again. */
  private record Known(Set<String> steps, NavigableSet<String> wanted) {
    static Known of(Map<String, Boolean> steps) {
      var wanted = new TreeSet<String>();
      steps.forEach((step, redrive) -> {
        if (redrive) {
          wanted.add(step);
        }
      });
      return new Known(steps.keySet(), wanted);
    }
  }

  /**
   * @param any whether the job has put any item aside; if not, the database is never asked
   */
  ItemsAside(MiddlewareContext context, boolean any) {
    this.context = context;
    this.any = any;
  }

  private Known known() {
    Known steps = known;
    if (steps == null) {
      steps = Known.of(any ? context.quarantine().steps() : Map.of());
      known = steps;
    }
    return steps;
  }

  /** Whether a step has put items aside. */
  boolean has(String step) {
    return now.contains(step) || known().steps().contains(step);
  }

  /** Notes that a step has put an item aside in this attempt. */
  void put(String step) {
    now.add(step);
  }

  /** Whether items of this very step are to be processed again. */
  boolean isWanted(String step) {
    return known().wanted().contains(step);
  }

  /** Whether items of a nested step are to be processed again. */
  boolean isWantedWithin(String step) {
    String inner = known().wanted().ceiling(step + "/");
    return inner != null && inner.startsWith(step + "/");
  }

  /** Notes that the code has reached a step with items to process again. */
  void met(String step) {
    redriven.add(step);
  }

  /** The steps with items to process again that the code has not reached. */
  List<String> unmet() {
    return known().wanted().stream().filter(step -> !redriven.contains(step)).toList();
  }
}
