package dev.cairn.programs;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The code of a worker.
 *
 * @param added steps that the code has at its end from the second attempt on
 */
record Program(List<Node> nodes, List<Node> added) {
  Program {
    nodes = List.copyOf(nodes);
    added = List.copyOf(added);
  }

  Program adding(Node... more) {
    return new Program(nodes, List.of(more));
  }

  /** Every node, those within others too. */
  Stream<Node> all() {
    return Stream.concat(nodes.stream(), added.stream()).flatMap(Program::withAllWithin);
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
        .filter(Node.Await.class::isInstance)
        .map(node -> ((Node.Await) node).signal())
        .filter(signal -> !given.contains(signal))
        .collect(Collectors.toSet());
  }

  /** Whether something in it has a time limit. */
  boolean hasTimeout() {
    return has(node ->
        switch (node) {
          case Node.Step step -> step.options().timeoutMillis() > 0;
          case Node.Loop loop -> loop.options().timeoutMillis() > 0;
          case Node.Parallel parallel -> parallel.options().timeoutMillis() > 0;
          case Node.ForEach each -> each.options().timeoutMillis() > 0;
          default -> false;
        });
  }

  @Override
  public String toString() {
    return "program(%s)%s"
        .formatted(
            Dsl.joined(nodes), added.isEmpty() ? "" : ".adding(%s)".formatted(Dsl.joined(added)));
  }
}
