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
import java.util.stream.Stream;

/**
 * Checks the order of what was done, whatever has struck the job.
 *
 * <ul>
 *   <li>Each attempt does items of a source that are there in that attempt, one after the other,
 *       and passes over none that was not done before, put aside or skipped, or added too late to
 *       be seen.
 *   <li>No attempt goes back behind what was durable. A loop that makes each position durable does
 *       so before it begins with the next number, and so does one in which each item is a step. Any
 *       other loop goes on where an attempt has come to that was not killed (R2).
 * </ul>
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

  static List<String> complaints(Program program, List<Deed> deeds, Map<Integer, World.End> ends) {
    var all = new ArrayList<String>();
    program
        .all()
        .filter(ForEach.class::isInstance)
        .map(ForEach.class::cast)
        .forEach(each -> {
          var trace = new Trace(each);
          Map<Integer, List<String>> attempts = trace.attempts(deeds);
          trace.requireBounded(attempts, ends);
          if (!each.form().isInParts()) {
            attempts.forEach(trace::check);
          }
          all.addAll(trace.complaints);
        });
    program
        .all()
        .flatMap(Line::of)
        .distinct()
        .forEach(line -> {
          List<Code> codes = program.codes();
          int first = 0;
          for (int version = 1; version <= codes.size(); version++) {
            if (version == codes.size()
                || !goesOn(line.name(), codes.get(version - 1), codes.get(version))) {
              int from = first;
              int to = version;
              all.addAll(
                  line.complaints(
                      deeds.stream()
                          .filter(deed -> deed.code() >= from && deed.code() < to)
                          .toList(),
                      ends));
              first = version;
            }
          }
        });
    return all;
  }

  /** Whether one thing is done only when the position behind another one is durable. */
  static boolean isBehindDurable(Program program, String earlier, String later) {
    return program.all().flatMap(Line::of).anyMatch(line -> line.isBehindDurable(earlier, later));
  }

  /** Whether a loop goes on in the next code: nothing has the job forget or move its position. */
  private static boolean goesOn(String loop, Code before, Code next) {
    List<String> path = path(loop, before, before.nodes());
    return !path.isEmpty()
        && path.equals(path(loop, next, next.nodes()))
        && next.declared().decision() != Code.Decision.RESTART
        && next.declared().removed() != Code.Removed.RESTART
        && next.declared().moves().stream()
            .noneMatch(move -> path.contains(move.step()) || path.contains(move.to()));
  }

  /** What a code calls the steps around a loop, and the loop itself; empty if it has none. */
  private static List<String> path(String loop, Code code, List<Node> nodes) {
    for (Node node : nodes) {
      List<String> path = path(loop, code, node);
      if (!path.isEmpty()) {
        return path;
      }
    }
    return List.of();
  }

  private static List<String> path(String loop, Code code, Node node) {
    String name = Meaning.nameOf(node);
    if (name.equals(loop)) {
      return List.of(code.named(name));
    }
    List<String> within =
        switch (node) {
          case Node.Parallel it ->
              it.branches().stream()
                  .map(branch -> behind(branch.name(), path(loop, code, branch.body())))
                  .filter(path -> !path.isEmpty())
                  .findFirst()
                  .orElse(List.of());
          default -> path(loop, code, Dsl.children(node).toList());
        };
    return behind(code.named(name), within);
  }

  private static List<String> behind(String name, List<String> path) {
    return path.isEmpty() ? path : Stream.concat(Stream.of(name), path.stream()).toList();
  }

  /**
   * What is done in one line, and always in the same order.
   *
   * @param items all of them, in their order
   * @param atOnce how many may be done before their position is saved
   * @param durable those whose position is durable before the next one is begun
   */
  private record Line(String name, List<String> items, int atOnce, Set<String> durable) {
    static Stream<Line> of(Node node) {
      return switch (node) {
        case Node.Loop it -> {
          List<String> numbers = Dsl.numbers(it.count() + 1).subList(1, it.count() + 1);
          yield switch (it.move()) {
            case CHECKPOINT -> Stream.of(new Line(it.name(), numbers, 1, Set.copyOf(numbers)));
            case ADVANCE -> Stream.of(new Line(it.name(), numbers, 1, Set.of()));
            // Their rows are there once.
            case IN_TRANSACTION, OWN_TRANSACTION -> Stream.empty();
          };
        }
        case ForEach it when !it.items().changes() ->
            parts(it)
                .map(items ->
                    new Line(
                        it.name(),
                        items,
                        it.form().isInBatches() ? it.size() : 1,
                        it.form().hasSteps() ? healthy(it) : Set.of()));
        default -> Stream.empty();
      };
    }

    /** One is done beside the other. */
    private static Stream<List<String>> parts(ForEach each) {
      return each.form().isInParts()
          ? Place.inParts(each.items(), 1, each.size()).stream()
              .map(part -> part.rest(each.items(), 1))
          : Stream.of(each.items().of(0));
    }

    /** The position behind an item that has failed is not durable when the next one begins. */
    private static Set<String> healthy(ForEach each) {
      var healthy = new HashSet<>(each.items().of(0));
      each.failing().forEach(item -> healthy.remove(item.item()));
      return healthy;
    }

    List<String> complaints(List<Deed> deeds, Map<Integer, World.End> ends) {
      var reached = new TreeMap<Integer, Integer>();
      String prefix = Meaning.id(name, "");
      for (Deed deed : deeds) {
        if (!deed.id().startsWith(prefix)) {
          continue;
        }
        String item = deed.id().substring(prefix.length());
        int index = items.indexOf(item);
        if (index < 0) {
          // That of another part.
          continue;
        }
        if (index < most(reached.headMap(deed.attempt(), true)) && durable.contains(item)) {
          return List.of(
              "attempt %d does %s again, whose position was durable"
                  .formatted(deed.attempt(), deed.id()));
        }
        var inOrder = new TreeMap<>(reached.headMap(deed.attempt(), false));
        inOrder.keySet().removeIf(attempt -> ends.get(attempt) != World.End.IN_ORDER);
        if (index <= most(inOrder) - atOnce) {
          return List.of(
              "attempt %d does %s again, although an attempt had come to %s and was not killed"
                  .formatted(deed.attempt(), deed.id(), items.get(most(inOrder))));
        }
        reached.merge(deed.attempt(), index, Math::max);
      }
      return List.of();
    }

    boolean isBehindDurable(String earlier, String later) {
      int index = indexOf(earlier);
      return index >= 0 && durable.contains(items.get(index)) && indexOf(later) > index;
    }

    private int indexOf(String id) {
      String prefix = Meaning.id(name, "");
      return id.startsWith(prefix) ? items.indexOf(id.substring(prefix.length())) : -1;
    }

    private static int most(Map<Integer, Integer> reached) {
      return reached.values().stream().max(Integer::compare).orElse(-1);
    }
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
   * attempts could have found until the one that fixed it: the first one with an item. If that was
   * killed before anything of it was durable, the job begins with the next one.
   */
  private void requireBounded(Map<Integer, List<String>> attempts, Map<Integer, World.End> ends) {
    Items rows = each.items() instanceof Items.Within within ? within.outer() : each.items();
    if (!(rows instanceof Items.Table table) || !table.bounded() || attempts.isEmpty()) {
      return;
    }
    int last =
        IntStream.rangeClosed(1, Math.min(fixing(attempts.keySet(), ends), table.versions()))
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

  private int fixing(Set<Integer> attempts, Map<Integer, World.End> ends) {
    boolean isBuffered = each.form() == Form.ITEM || each.form() == Form.BATCH;
    return attempts.stream()
        .filter(attempt -> !isBuffered || ends.get(attempt) != World.End.KILLED)
        .findFirst()
        .orElse(Integer.MAX_VALUE);
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
