package dev.cairn.programs;

import dev.cairn.programs.Node.ForEach;
import dev.cairn.programs.Node.Form;
import dev.cairn.programs.Node.Loop;
import dev.cairn.programs.Node.Mistake;
import dev.cairn.programs.Node.Move;
import dev.cairn.programs.Node.Parallel;
import dev.cairn.programs.Node.Result;
import dev.cairn.programs.Node.Step;
import dev.cairn.programs.Node.StepTx;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The usual mistakes in resumable code, made in a program that is right. */
enum Mutation {
  /** A row is written between two steps, where code runs in every attempt. */
  OUTSIDE_OF_STEPS(
      Shows.ROWS, node -> !Feature.hasBranches(node), "the effect lies outside of steps"),

  /** A row is written in a step, and the step is finished in another transaction. */
  BEFORE_THE_CHECKPOINT(
      Shows.ROWS, StepTx.class::isInstance, "its checkpoint was lost with the process"),

  /** The rows of a transaction are written on another connection. */
  OTHER_CONNECTION(
      Shows.ROWS,
      Mutation::isTransactionOfCairn,
      "on another connection than the one that was given"),

  /** Rows are committed in a transaction, and the cursor moves behind it. */
  OTHER_TRANSACTION(
      Shows.ROWS,
      node -> isLoop(node, Move.IN_TRANSACTION, Move.OWN_TRANSACTION),
      "in a transaction that does not hold the checkpoint"),

  /** The cursor moves before the work is done. */
  CURSOR_AHEAD(
      Shows.EFFECTS,
      node -> isLoop(node, Move.ADVANCE, Move.CHECKPOINT),
      "the cursor is moved before the work is done"),

  /** The work is handed to a thread, and the cursor does not wait for it. */
  NOT_JOINED(
      Shows.EFFECTS,
      node -> isLoop(node, Move.ADVANCE, Move.CHECKPOINT),
      "work is handed to another thread that nobody waits for"),

  /** The items come in another order each time. */
  UNSTABLE_ORDER(
      Shows.EFFECTS,
      Mutation::hasItems,
      "the order in which the items come is not the same in every run"),

  /** A result is kept in a field of the worker. */
  STATE_IN_FIELD(Shows.EFFECTS, Result.class::isInstance, "state is kept in a field of the worker");

  /** With fewer items there may be only one order by chance. */
  private static final int ITEMS_MIN = 4;

  /** Where it is seen. */
  enum Shows {
    /** In the database, where everything happens once. */
    ROWS,
    /** Outside of it, where something may happen again, and nothing may be missing. */
    EFFECTS
  }

  private final Shows shows;

  @SuppressWarnings("ImmutableEnumChecker") // it has no state
  private final Predicate<Node> fits;

  private final String cause;

  Mutation(Shows shows, Predicate<Node> fits, String cause) {
    this.shows = shows;
    this.fits = fits;
    this.cause = cause;
  }

  Shows shows() {
    return shows;
  }

  /** What the explorer says of it. */
  String cause() {
    return cause;
  }

  private static boolean isLoop(Node node, Move... moves) {
    return node instanceof Loop loop && List.of(moves).contains(loop.move());
  }

  private static boolean isTransactionOfCairn(Node node) {
    return (node instanceof StepTx tx && !tx.byHand())
        || isLoop(node, Move.IN_TRANSACTION)
        || (node instanceof ForEach each
            && each.form() == Form.TX
            && !each.items().all().isEmpty());
  }

  private static boolean hasItems(Node node) {
    return node instanceof ForEach each
        && each.form() == Form.ITEM
        && each.items().all().size() >= ITEMS_MIN;
  }

  /**
   * Whether it can be made in a program: one that does the same however it is killed, but for
   * effects that are repeated, and in the same order.
   */
  boolean fits(Program program) {
    return !program.has(Mutation::variesOrFails)
        && !program.has(Feature::hasBranches)
        && !places(program).isEmpty();
  }

  /**
   * Whether it can be made in a program with branches, and within one of them unless it lies
   * outside of all steps. Branches that wait end attempts by chance; in what order items come
   * cannot be seen beside others.
   */
  boolean fitsInBranches(Program program) {
    return this != UNSTABLE_ORDER
        && !program.has(Mutation::variesOrFails)
        && !program.has(Mutation::waits)
        && program.has(Feature::hasBranches)
        && !places(program).isEmpty();
  }

  /** Whether any can be made in a program, within branches or without. */
  static boolean anyFits(Program program) {
    return Stream.of(values())
        .anyMatch(mutation -> mutation.fits(program) || mutation.fitsInBranches(program));
  }

  private static boolean waits(Node node) {
    return node instanceof Node.Sleep || node instanceof Node.Await || node instanceof Node.Give;
  }

  private static boolean variesOrFails(Node node) {
    return switch (node) {
      case Node.Fail it -> true;
      case Node.Snooze it -> true;
      case Node.Cancel it -> true;
      case Node.Complete it -> true;
      case Node.Unstorable it -> true;
      case Node.Deploy it -> true;
      case ForEach it -> !it.failing().isEmpty() || it.items().changes();
      default -> !Program.failingOf(node).isEmpty();
    };
  }

  /** The names of the nodes in which the mistake can be made: within branches if there are any. */
  private List<String> places(Program program) {
    Stream<Node> nodes = program.nodes().stream();
    if (this != OUTSIDE_OF_STEPS) {
      nodes = nodes.flatMap(Program::withAllWithin);
      if (program.has(Feature::hasBranches)) {
        nodes = nodes.filter(Parallel.class::isInstance).flatMap(Program::withAllWithin).distinct();
      }
    }
    return nodes.filter(fits).map(Meaning::nameOf).toList();
  }

  /** The program with the mistake, in one of the places where it can be made. */
  Program in(Program program, long seed) {
    List<String> places = places(program);
    String place = places.get(Math.floorMod(seed, places.size()));
    return new Program(at(place, program.nodes()), List.of());
  }

  private List<Node> at(String place, List<Node> nodes) {
    return nodes.stream().map(node -> at(place, node)).toList();
  }

  private Node at(String place, Node node) {
    if (Meaning.nameOf(node).equals(place)) {
      return new Mistake(this, node);
    }
    return switch (node) {
      case Step step -> new Step(step.name(), step.options(), at(place, step.body()));
      case Parallel parallel ->
          new Parallel(
              parallel.name(),
              parallel.options(),
              parallel.atMost(),
              parallel.branches().stream()
                  .map(branch -> new Node.Branch(branch.name(), at(place, branch.body())))
                  .toList());
      default -> node;
    };
  }
}
