package dev.cairn.programs;

import dev.cairn.programs.Node.Folder;
import dev.cairn.programs.Node.ForEach;
import dev.cairn.programs.Node.Form;
import dev.cairn.programs.Node.Items;
import dev.cairn.programs.Node.Rows;
import dev.cairn.programs.Node.TextFile;
import dev.cairn.programs.Node.Within;
import dev.cairn.programs.World.Deed;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

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
        .filter(each -> each.form() != Form.PARTS)
        .forEach(each -> all.addAll(new Trace(each).check(deeds)));
    return all;
  }

  private List<String> check(List<Deed> deeds) {
    var attempts = new TreeMap<Integer, List<String>>();
    String prefix = Meaning.id(each.name(), "");
    for (Deed deed : deeds) {
      if (deed.id().startsWith(prefix)) {
        attempts
            .computeIfAbsent(deed.attempt(), number -> new ArrayList<>())
            .add(deed.id().substring(prefix.length()));
      }
    }
    attempts.forEach(this::check);
    return complaints;
  }

  private void check(int attempt, List<String> done) {
    List<String> there = sorted(each.items(), attempt > 1);
    int last = -1;
    for (String item : done) {
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

  private static List<String> sorted(Items items, boolean later) {
    List<String> there = later ? items.later() : items.first();
    return items instanceof Rows
        ? there.stream().sorted(Comparator.comparing(Integer::valueOf)).toList()
        : there;
  }

  /** Whether it lies before the place that an earlier attempt may have come to. */
  private boolean cameTooLate(String item) {
    return earlier.stream().anyMatch(done -> isNotBehind(item, done));
  }

  private boolean isNotBehind(String item, String done) {
    return switch (each.items()) {
      case Rows it -> Integer.parseInt(item) < Integer.parseInt(done);
      case Within it -> row(item) < row(done);
      case Folder it -> TextFile.BY_PATH.compare(file(item), file(done)) < 0;
      default -> false;
    };
  }

  private static int row(String item) {
    return Integer.parseInt(item.substring(0, item.indexOf('.')));
  }

  private static String file(String item) {
    return item.substring(0, item.lastIndexOf('.'));
  }
}
