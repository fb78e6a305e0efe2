package dev.cairn.programs;

import dev.cairn.programs.Code.Declared;
import dev.cairn.programs.Node.Failing;
import dev.cairn.programs.Node.Options;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The code of a worker.
 *
 * @param added steps that the code has at its end from the second attempt on
 * @param declared the plan that it declares
 * @param later what it becomes, one after the other
 */
record Program(List<Node> nodes, List<Node> added, Declared declared, List<Code> later) {
  Program {
    nodes = List.copyOf(nodes);
    added = List.copyOf(added);
    later = List.copyOf(later);
  }

  /** Code that does not change. */
  Program(List<Node> nodes, List<Node> added) {
    this(nodes, added, Declared.NOTHING, List.of());
  }

  Program adding(Node... more) {
    return new Program(nodes, List.of(more), declared, later);
  }

  Program declaring(Declared plan) {
    return new Program(nodes, added, plan, later);
  }

  Program becoming(Code... codes) {
    return new Program(nodes, added, declared, List.of(codes));
  }

  /** Whether the code changes. */
  boolean isChanged() {
    return !later.isEmpty();
  }

  /** What the code is, from its first version on. */
  List<Code> codes() {
    return Stream.concat(Stream.of(new Code(declared, List.of(), nodes)), later.stream()).toList();
  }

  /** Every node, those within others too; each once, however many versions of the code have it. */
  Stream<Node> all() {
    Stream<Node> all =
        Stream.concat(nodes.stream(), added.stream()).flatMap(Program::withAllWithin);
    return isChanged()
        ? Stream.concat(
                all,
                later.stream()
                    .flatMap(code -> code.nodes().stream())
                    .flatMap(Program::withAllWithin))
            .distinct()
        : all;
  }

  /** The name of the node that some version of the code calls by a name. */
  String nodeOf(String step) {
    return later.stream()
        .flatMap(code -> code.names().stream())
        .filter(name -> name.step().equals(step))
        .map(Code.Name::node)
        .findFirst()
        .orElse(step);
  }

  /** How a step is run. */
  static Options optionsOf(Node node) {
    return switch (node) {
      case Node.Step it -> it.options();
      case Node.Result it -> it.options();
      case Node.StepTx it -> it.options();
      case Node.Loop it -> it.options();
      case Node.Parallel it -> it.options();
      case Node.ForEach it -> it.options();
      case Node.Mistake it -> optionsOf(it.right());
      default -> Options.NONE;
    };
  }

  /** What goes wrong in a step with items, a result or a transaction. */
  static List<Failing> failingOf(Node node) {
    return switch (node) {
      case Node.Result it -> it.failing();
      case Node.StepTx it -> it.failing();
      case Node.Loop it -> it.failing();
      case Node.ForEach it -> it.failing();
      case Node.Mistake it -> failingOf(it.right());
      default -> List.of();
    };
  }

  static Stream<Node> withAllWithin(Node node) {
    return Stream.concat(Stream.of(node), Dsl.children(node).flatMap(Program::withAllWithin));
  }

  boolean has(Predicate<Node> what) {
    return all().anyMatch(what);
  }

  /** The signals that it waits for and does not give itself. */
  Set<String> signalsFromOutside() {
    Set<String> given =
        all()
            .filter(Node.Give.class::isInstance)
            .map(node -> ((Node.Give) node).signal())
            .collect(Collectors.toSet());
    return all()
        .filter(node -> node instanceof Node.Await await && await.mayBeGiven())
        .map(node -> ((Node.Await) node).signal())
        .filter(signal -> !given.contains(signal))
        .collect(Collectors.toSet());
  }

  /** Those of them that are given when the job waits for nothing else: it waits until they are. */
  Set<String> signalsAtLongWait() {
    Set<String> awaited =
        all()
            .filter(node -> node instanceof Node.Await await && await.waitsForSignal())
            .map(node -> ((Node.Await) node).signal())
            .collect(Collectors.toSet());
    awaited.retainAll(signalsFromOutside());
    return awaited;
  }

  /** Whether something in it has a time limit. */
  boolean hasTimeout() {
    return has(node -> optionsOf(node).timeoutMillis() > 0);
  }

  @Override
  public String toString() {
    return "program(%s)%s%s%s"
        .formatted(
            Dsl.joined(nodes),
            added.isEmpty() ? "" : ".adding(%s)".formatted(Dsl.joined(added)),
            declared.equals(Declared.NOTHING) ? "" : ".declaring(%s)".formatted(declared),
            later.isEmpty() ? "" : ".becoming(%s)".formatted(Dsl.joined(later)));
  }
}
