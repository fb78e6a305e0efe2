package dev.cairn.programs;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The code of a worker from one deploy to the next.
 *
 * @param names what it calls steps that it does not call by the names of their nodes
 */
record Code(Declared declared, List<Name> names, List<Node> nodes) {
  Code {
    names = List.copyOf(names);
    nodes = List.copyOf(nodes);
  }

  /**
   * The name that a step has in this code. Its effects are still known by the name of its node.
   *
   * @param former the name that the step takes its state over from; empty for none
   */
  record Name(String node, String step, String former) {
    @Override
    public String toString() {
      return former.isEmpty()
          ? "called(%s, %s)".formatted(Dsl.quoted(node), Dsl.quoted(step))
          : "called(%s, %s, %s)".formatted(Dsl.quoted(node), Dsl.quoted(step), Dsl.quoted(former));
    }
  }

  String named(String node) {
    return find(node).map(Name::step).orElse(node);
  }

  /** The name that a step had in earlier code, and that this code declares with it. */
  Optional<String> former(String node) {
    return find(node).map(Name::former).filter(former -> !former.isEmpty());
  }

  private Optional<Name> find(String node) {
    return names.stream().filter(name -> name.node().equals(node)).findFirst();
  }

  /** The names of its top-level steps. */
  Set<String> topLevel() {
    var all = new LinkedHashSet<String>();
    nodes.stream().filter(Code::isStep).forEach(node -> all.add(named(Meaning.nameOf(node))));
    return all;
  }

  static boolean isStep(Node node) {
    return switch (node) {
      case Node.Step it -> true;
      case Node.Result it -> true;
      case Node.StepTx it -> true;
      case Node.Loop it -> true;
      case Node.Parallel it -> true;
      case Node.ForEach it -> true;
      case Node.Sleep it -> true;
      case Node.Await it -> true;
      case Node.Busy it -> true;
      case Node.Unstorable it -> true;
      case Node.Mistake it -> isStep(it.right());
      default -> false;
    };
  }

  @Override
  public String toString() {
    return "code(%s, names(%s)%s)".formatted(declared, Dsl.joined(names), Dsl.listed(nodes));
  }

  /** What becomes of a job that an older version has begun. */
  enum Decision {
    CONTINUE,
    RESTART,
    PARK
  }

  /** What becomes of a job that has finished steps which the code does not have. */
  enum Removed {
    IGNORE,
    FAIL,
    RESTART
  }

  /**
   * The plan that a code declares: of all its top-level steps.
   *
   * @param planned whether it declares one at all
   * @param version 0 for none
   * @param moves how it takes over what older code has left
   */
  record Declared(
      boolean planned, int version, Decision decision, Removed removed, List<Move> moves) {
    static final Declared NOTHING =
        new Declared(false, 0, Decision.CONTINUE, Removed.IGNORE, List.of());

    Declared {
      moves = List.copyOf(moves);
    }

    /** The new names of steps by their old ones. */
    Map<String, String> renames() {
      var all = new HashMap<String, String>();
      moves.stream()
          .filter(move -> move.kind() == Kind.RENAME)
          .forEach(move -> all.put(move.step(), move.to()));
      return all;
    }

    /** What the handler of the version does. */
    List<Move> byHandler() {
      var all = new ArrayList<>(moves);
      all.removeIf(move -> move.kind() == Kind.RENAME);
      return all;
    }

    @Override
    public String toString() {
      return equals(NOTHING)
          ? "undeclared()"
          : "planned(%d, Decision.%s, Removed.%s%s)"
              .formatted(version, decision, removed, Dsl.listed(moves));
    }
  }

  /** A way to take over what older code has left. */
  enum Kind {
    /** A step has a new name. */
    RENAME,
    /** What is known of a step is forgotten. */
    FORGET,
    /** A step counts as finished. */
    FINISH,
    /** The cursor of a step stands somewhere else. */
    CURSOR
  }

  /**
   * One such change.
   *
   * @param to the new name, or the number at which the cursor stands
   */
  record Move(Kind kind, String step, String to) {
    @Override
    public String toString() {
      return switch (kind) {
        case RENAME -> "renamed(%s, %s)".formatted(Dsl.quoted(step), Dsl.quoted(to));
        case FORGET -> "forgotten(%s)".formatted(Dsl.quoted(step));
        case FINISH -> "finished(%s)".formatted(Dsl.quoted(step));
        case CURSOR -> "moved(%s, %s)".formatted(Dsl.quoted(step), to);
      };
    }
  }
}
