package dev.cairn.dashboard.internal.view;

import dev.cairn.jobs.StepProgress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a job as a tree: right behind each step come those within it. By their start alone,
 * the steps of parallel branches would be mixed.
 */
final class StepTree {
  private final Set<String> names;

  private StepTree(List<StepProgress> steps) {
    this.names = steps.stream().map(StepProgress::name).collect(Collectors.toSet());
  }

  /**
   * A step in the tree.
   *
   * @param depth how many steps are around it
   */
  record Node(StepProgress step, int depth) {}

  /**
   * The steps, each level in the given order. Of too many, those that are unfinished and then the
   * last ones are kept, with the steps around them.
   */
  static List<Node> of(List<StepProgress> steps, int most) {
    return new StepTree(steps).sorted(steps, most);
  }

  private List<Node> sorted(List<StepProgress> steps, int most) {
    Set<String> kept = kept(steps, most);
    var tops = new ArrayList<Node>();
    Map<String, List<StepProgress>> within = new HashMap<>();
    for (StepProgress step : steps) {
      if (kept.contains(step.name())) {
        String around = around(step.name());
        if (around == null) {
          tops.add(new Node(step, 0));
        } else {
          within.computeIfAbsent(around, name -> new ArrayList<>()).add(step);
        }
      }
    }
    var sorted = new ArrayList<Node>();
    var left = new ArrayDeque<>(tops);
    while (!left.isEmpty()) {
      Node node = left.pop();
      sorted.add(node);
      within
          .getOrDefault(node.step().name(), List.of())
          .reversed()
          .forEach(step -> left.push(new Node(step, node.depth() + 1)));
    }
    return sorted;
  }

  private Set<String> kept(List<StepProgress> steps, int most) {
    if (steps.size() <= most) {
      return names;
    }
    var kept = new HashSet<String>();
    steps.reversed().stream()
        .sorted(Comparator.comparing(StepProgress::finished))
        .limit(most)
        .forEach(step -> {
          String name = step.name();
          while (name != null && kept.add(name)) {
            name = around(name);
          }
        });
    return kept;
  }

  /** The name of the step around another one: a slash may also be part of a name. */
  private @Nullable String around(String name) {
    for (int slash = name.lastIndexOf('/'); slash >= 0; slash = name.lastIndexOf('/', slash - 1)) {
      String outer = name.substring(0, slash);
      if (names.contains(outer)) {
        return outer;
      }
    }
    return null;
  }
}
