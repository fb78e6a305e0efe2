package dev.cairn.programs;

import dev.cairn.programs.Node.ForEach;
import dev.cairn.programs.Node.Form;
import dev.cairn.programs.World.Deed;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Checks the order of what was done of a source, whatever has struck the job: each attempt does
 * items that are there in that attempt, one after the other, and passes over none that was not done
 * before, put aside or skipped, or added too late to be seen.
 */
final class Trace {
  private final ForEach each;
  private final Set<String> earlier = new HashSet<>();
  private final List<String> complaints = new ArrayList<>();

  private Trace(ForEach each) {
    this.each = each;
    if (each.policy().kind() != Node.Policy.Kind.RETRY_JOB) {
      each.failing().forEach(item -> earlier.add(item.item()));
    }
  }

  static List<String> complaints(Program program, List<Deed> deeds) {
    var all = new ArrayList<String>();
    program
        .all()
        .filter(ForEach.class::isInstance)
        .map(ForEach.class::cast)
        .forEach(each -> {
          var trace = new Trace(each);
          Map<Integer, List<String>> attempts = trace.attempts(deeds);
          trace.requireBounded(attempts);
          if (each.form() != Form.PARTS) {
            attempts.forEach(trace::check);
          }
          all.addAll(trace.complaints);
        });
    program
        .all()
        .filter(node -> node instanceof Node.Loop loop && loop.move() == Node.Move.CHECKPOINT)
        .map(Meaning::nameOf)
        .distinct()
        .forEach(loop -> {
          // Other code may have the job forget the position, or have another step for it.
          for (int code = 0; code < program.codes().size(); code++) {
            int version = code;
            all.addAll(
                durable(loop, deeds.stream().filter(deed -> deed.code() == version).toList()));
          }
        });
    return all;
  }

  /** A number is begun when the position before it is durable: no later attempt goes back. */
  private static List<String> durable(String loop, List<Deed> deeds) {
    var reached = new TreeMap<Integer, Integer>();
    for (Deed deed : deeds) {
      if (deed.id().startsWith(loop + ":")) {
        int number = Integer.parseInt(deed.id().substring(loop.length() + 1));
        int before =
            reached.headMap(deed.attempt(), true).values().stream().max(Integer::compare).orElse(0);
        if (number < before) {
          return List.of(
              "attempt %d does %s after %d, whose position was durable"
                  .formatted(deed.attempt(), deed.id(), before));
        }
        reached.merge(deed.attempt(), number, Math::max);
      }
    }
    return List.of();
  }

  private Map<Integer, List<String>> attempts(List<Deed> deeds) {
    var attempts = new TreeMap<Integer, List<String>>();
    String prefix = Meaning.id(each.name(), "");
    for (Deed deed : deeds) {
      if (deed.id().startsWith(prefix)) {
        attempts
            .computeIfAbsent(deed.attempt(), number -> new ArrayList<>())
            .add(deed.id().substring(prefix.length()));
      }
    }
    return attempts;
  }

  /**
   * Of rows up to the last one at the beginning, nothing is done that lies behind all that the
   * attempts until the first item could have found.
   */
  private void requireBounded(Map<Integer, List<String>> attempts) {
    Items rows = each.items() instanceof Items.Within within ? within.outer() : each.items();
    if (!(rows instanceof Items.Table table) || !table.bounded() || attempts.isEmpty()) {
      return;
    }
    int last =
        IntStream.rangeClosed(1, attempts.keySet().iterator().next())
            .flatMap(attempt -> table.at(attempt).stream().mapToInt(Integer::parseInt))
            .max()
            .orElse(-1);
    attempts.forEach((attempt, done) ->
        done.stream()
            .filter(item -> rowOf(item) > last)
            .forEach(item ->
                complaints.add(
                    "attempt %d does %s of %s, which lies behind its last row at the beginning"
                        .formatted(attempt, item, each.name()))));
  }

  private void check(int attempt, List<String> done) {
    List<String> there = each.items().at(attempt);
    int last = -1;
    for (String item : done) {
      if (last < 0 && each.items() instanceof Items.Paged && each.items().changes()) {
        // What lies where the job goes on may be any item.
        last = there.indexOf(item) - 1;
      }
      int index = there.indexOf(item);
      if (index < 0) {
        complaints.add(
            "attempt %d does %s of %s, which is not there".formatted(attempt, item, each.name()));
        return;
      }
      for (String between : there.subList(Math.min(last + 1, index), index)) {
        if (!earlier.contains(between) && !cameTooLate(between)) {
          complaints.add(
              "attempt %d does %s of %s, and not %s before it"
                  .formatted(attempt, item, each.name(), between));
          return;
        }
      }
      last = index;
    }
    earlier.addAll(done);
  }

  /** Whether it lies before the place that an earlier attempt may have come to. */
  private boolean cameTooLate(String item) {
    return earlier.stream().anyMatch(done -> isNotBehind(item, done));
  }

  private boolean isNotBehind(String item, String done) {
    return switch (each.items()) {
      case Items.Keyed it -> Integer.parseInt(item) < Integer.parseInt(done);
      case Items.Within it -> row(item) < row(done);
      case Items.Folder it -> Items.TextFile.BY_PATH.compare(file(item), file(done)) < 0;
      default -> false;
    };
  }

  private static int rowOf(String item) {
    return item.contains(".") ? row(item) : Integer.parseInt(item);
  }

  private static int row(String item) {
    return Integer.parseInt(item.substring(0, item.indexOf('.')));
  }

  private static String file(String item) {
    return item.substring(0, item.lastIndexOf('.'));
  }
}
