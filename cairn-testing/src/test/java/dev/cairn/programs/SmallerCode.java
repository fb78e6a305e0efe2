package dev.cairn.programs;

import dev.cairn.programs.Code.Declared;
import dev.cairn.programs.Node.Branch;
import dev.cairn.programs.Node.ForEach;
import dev.cairn.programs.Node.Loop;
import dev.cairn.programs.Node.Options;
import dev.cairn.programs.Node.Parallel;
import dev.cairn.programs.Node.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Makes programs smaller whose code changes: what all versions have is left out of all of them. */
final class SmallerCode {
  private SmallerCode() {}

  static Stream<Program> of(Program program) {
    return Stream.of(
            fewer(program),
            Shrinker.each(program.codes(), SmallerCode::plainer).map(SmallerCode::program),
            program.all().map(node -> everywhere(program, node, List.of())),
            program
                .all()
                .flatMap(node -> plainer(node).map(it -> everywhere(program, node, List.of(it)))),
            program.all().map(node -> everywhere(program, node, Dsl.children(node).toList())))
        .flatMap(each -> each)
        .filter(each -> each.isChanged() && !each.equals(program))
        .filter(each -> each.codes().stream().noneMatch(code -> code.nodes().isEmpty()));
  }

  private static Program program(List<Code> codes) {
    Code first = codes.getFirst();
    return new Program(first.nodes(), List.of())
        .declaring(first.declared())
        .becoming(codes.subList(1, codes.size()).toArray(Code[]::new));
  }

  /** One version less. */
  private static Stream<Program> fewer(Program program) {
    return Shrinker.without(program.codes())
        .filter(codes -> codes.size() > 1)
        .map(SmallerCode::program);
  }

  private static Stream<Code> plainer(Code code) {
    Stream<Declared> plans =
        code.declared().planned()
            ? Stream.concat(
                Stream.of(Declared.NOTHING),
                Shrinker.without(code.declared().moves())
                    .map(moves -> with(code.declared(), moves)))
            : Stream.empty();
    return Stream.of(
            plans.map(plan -> new Code(plan, code.names(), code.nodes())),
            Shrinker.without(code.names())
                .map(names -> new Code(code.declared(), names, code.nodes())),
            Shrinker.without(code.nodes())
                .map(nodes -> new Code(code.declared(), code.names(), nodes)))
        .flatMap(each -> each);
  }

  private static Declared with(Declared plan, List<Code.Move> moves) {
    return new Declared(true, plan.version(), plan.decision(), plan.removed(), moves);
  }

  private static Stream<Node> plainer(Node node) {
    return switch (node) {
      case Step it when !it.options().equals(Options.NONE) ->
          Stream.of(new Step(it.name(), Options.NONE, it.body()));
      case Loop it ->
          Stream.of(
                  new Loop(it.name(), Options.NONE, it.move(), it.count(), it.failing()),
                  new Loop(
                      it.name(),
                      it.options(),
                      it.move(),
                      Math.max(1, it.count() - 1),
                      it.failing()))
              .filter(smaller -> !smaller.equals(it))
              .map(smaller -> smaller);
      case ForEach it when it.items() instanceof Items.Range range && range.of(0).size() > 1 ->
          Stream.of(
              new ForEach(
                  it.name(),
                  it.options(),
                  it.form(),
                  it.size(),
                  new Items.Range(List.of(range.of(0).size() - 1)),
                  it.policy(),
                  it.failing()));
      default -> Stream.empty();
    };
  }

  /** Others take the place of a node in all versions. */
  private static Program everywhere(Program program, Node old, List<Node> others) {
    UnaryOperator<List<Node>> change = nodes -> changed(nodes, old, others);
    return program(
        program.codes().stream()
            .map(code -> new Code(code.declared(), code.names(), change.apply(code.nodes())))
            .toList());
  }

  private static List<Node> changed(List<Node> nodes, Node old, List<Node> others) {
    var all = new ArrayList<Node>();
    for (Node node : nodes) {
      if (node.equals(old)) {
        all.addAll(others);
      } else {
        all.add(
            switch (node) {
              case Step it -> new Step(it.name(), it.options(), changed(it.body(), old, others));
              case Parallel it ->
                  new Parallel(
                      it.name(),
                      it.options(),
                      it.atMost(),
                      it.branches().stream()
                          .map(branch ->
                              new Branch(branch.name(), changed(branch.body(), old, others)))
                          .toList());
              default -> node;
            });
      }
    }
    return all;
  }
}
