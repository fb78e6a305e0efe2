package dev.cairn.programs;

import dev.cairn.programs.Code.Decision;
import dev.cairn.programs.Code.Declared;
import dev.cairn.programs.Code.Kind;
import dev.cairn.programs.Code.Name;
import dev.cairn.programs.Code.Removed;
import dev.cairn.programs.Node.Failing;
import dev.cairn.programs.Node.Fault;
import dev.cairn.programs.Node.ForEach;
import dev.cairn.programs.Node.Form;
import dev.cairn.programs.Node.Loop;
import dev.cairn.programs.Node.Options;
import dev.cairn.programs.Node.Policy;
import dev.cairn.programs.Node.Step;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Has the code of a program change while its job is under way. It changes where the code has come
 * to a certain point, and not with a certain attempt: how far the job is by then is no chance.
 */
final class Changer {
  private final Random random;
  private int names;
  private int highest;

  private Changer(Random random) {
    this.random = random;
  }

  /**
   * The trial with code that changes; as it is if it has sources that change: what becomes of those
   * goes by attempts.
   */
  static Trial changed(Trial trial, Random random) {
    Program program = trial.program();
    if (program.has(node -> node instanceof ForEach each && each.items().changes())) {
      return trial;
    }
    return new Trial(new Changer(random).change(program), trial.plan().rewindTo(""));
  }

  private Program change(Program program) {
    List<Node> nodes = withDeploy(program.nodes());
    var first = new Code(Declared.NOTHING, List.of(), nodes);
    Declared declared = one(3) ? planned(first, first, List.of(), false) : Declared.NOTHING;
    var codes = new ArrayList<Code>();
    codes.add(new Code(declared, List.of(), nodes));
    int many = 1 + random.nextInt(3);
    for (int i = 1; i <= many; i++) {
      codes.add(next(codes.getLast(), i == many));
    }
    return new Program(nodes, List.of())
        .declaring(declared)
        .becoming(codes.subList(1, codes.size()).toArray(Code[]::new));
  }

  private boolean one(int ofMany) {
    return random.nextInt(ofMany) == 0;
  }

  private <T> T any(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private String name(String what) {
    names++;
    return what + names;
  }

  // Where the code is changed.

  private List<Node> withDeploy(List<Node> nodes) {
    var all = new ArrayList<>(nodes);
    List<Integer> places = new ArrayList<>(IntStream.range(0, nodes.size()).boxed().toList());
    Collections.shuffle(places, random);
    for (int place : one(6) ? List.<Integer>of() : places) {
      Node node = withDeploy(nodes.get(place));
      if (node != null) {
        all.set(place, node);
        return all;
      }
    }
    all.add(random.nextInt(all.size() + 1), stop(List.of()));
    return all;
  }

  private Node stop(List<Node> before) {
    var body = new ArrayList<>(before);
    body.add(new Node.Deploy(name("deploy")));
    return new Step(name("stop"), Options.NONE, body);
  }

  /** Null if there is no such place in it. */
  private Node withDeploy(Node node) {
    return switch (node) {
      case Step it when !it.body().isEmpty() && !one(4) ->
          new Step(it.name(), it.options(), withDeploy(it.body()));
      case Step it -> {
        var body = new ArrayList<>(it.body());
        body.add(random.nextInt(body.size() + 1), new Node.Deploy(name("deploy")));
        yield new Step(it.name(), it.options(), body);
      }
      case Loop it -> {
        List<Failing> failing =
            withDeploy(it.failing(), Dsl.numbers(it.count() + 1).subList(1, it.count() + 1));
        yield failing == null
            ? null
            : new Loop(it.name(), it.options(), it.move(), it.count(), failing);
      }
      case ForEach it -> {
        List<Failing> failing = withDeploy(it.failing(), it.items().of(0));
        // A batch that is cut off may be done item by item before, if its items may be passed over.
        boolean isChance =
            it.form().isInParts()
                || (it.form() == Form.TX && it.policy().kind() != Policy.Kind.RETRY_JOB);
        yield failing == null || isChance
            ? null
            : new ForEach(
                it.name(), it.options(), it.form(), it.size(), it.items(), it.policy(), failing);
      }
      case Node.Result it -> stop(List.of(it));
      case Node.StepTx it -> stop(List.of(it));
      default -> null;
    };
  }

  /** Null if all items fail. */
  private List<Failing> withDeploy(List<Failing> failing, List<String> items) {
    var healthy = new ArrayList<>(items);
    failing.forEach(each -> healthy.remove(each.item()));
    if (healthy.isEmpty()) {
      return null;
    }
    var all = new ArrayList<>(failing);
    all.add(new Failing(any(healthy), 1, Fault.DEPLOYS));
    return all;
  }

  // How the code is changed.

  private Code next(Code before, boolean isLast) {
    var renames = new ArrayList<Code.Move>();
    boolean planned = one(2);
    Code code = new Code(Declared.NOTHING, kept(before.names()), before.nodes());
    int edits = 1 + random.nextInt(3);
    for (int i = 0; i < edits; i++) {
      code =
          switch (random.nextInt(6)) {
            case 0, 1, 2 -> renaming(code, renames, planned);
            case 3 -> with(code, inserting(code.nodes()));
            case 4 -> with(code, removing(code.nodes()));
            default -> with(code, reordering(code.nodes()));
          };
    }
    if (!isLast && one(2)) {
      code = with(code, withDeploy(code.nodes()));
    }
    return planned
        ? new Code(planned(before, code, renames, isLast), code.names(), code.nodes())
        : code;
  }

  /** What was renamed stays renamed, but need not be declared for ever. */
  private List<Name> kept(List<Name> earlier) {
    return earlier.stream()
        .map(name -> one(3) ? new Name(name.node(), name.step(), "") : name)
        .toList();
  }

  private static Code with(Code code, List<Node> nodes) {
    return new Code(code.declared(), code.names(), nodes);
  }

  private List<Node> inserting(List<Node> nodes) {
    return edited(nodes, (all, place) -> all.add(random.nextInt(all.size() + 1), fresh()));
  }

  private List<Node> removing(List<Node> nodes) {
    return edited(
        nodes,
        (all, place) -> {
          if (all.size() > 1) {
            all.remove(place);
          }
        });
  }

  private List<Node> reordering(List<Node> nodes) {
    return edited(
        nodes,
        (all, place) -> {
          Node node = all.remove(place);
          all.add(random.nextInt(all.size() + 1), node);
        });
  }

  /** Mostly one where the code is changed: what it has done by then is not finished. */
  private Node anyOf(List<Node> nodes) {
    List<Node> changing =
        nodes.stream()
            .filter(node -> Program.withAllWithin(node).anyMatch(Changer::deploys))
            .toList();
    return changing.isEmpty() || one(3) ? any(nodes) : any(changing);
  }

  private static boolean deploys(Node node) {
    return switch (node) {
      case Node.Deploy it -> true;
      case Loop it -> it.failing().stream().anyMatch(each -> each.fault() == Fault.DEPLOYS);
      case ForEach it -> it.failing().stream().anyMatch(each -> each.fault() == Fault.DEPLOYS);
      default -> false;
    };
  }

  /** A change at a place. */
  private interface Edit {
    void of(List<Node> nodes, int place);
  }

  /** At the top, or within a step. */
  private List<Node> edited(List<Node> nodes, Edit edit) {
    var all = new ArrayList<>(nodes);
    int place = all.indexOf(anyOf(all));
    if (all.get(place) instanceof Step step && !step.body().isEmpty() && one(2)) {
      all.set(place, new Step(step.name(), step.options(), edited(step.body(), edit)));
    } else {
      edit.of(all, place);
    }
    return all;
  }

  private Node fresh() {
    return switch (random.nextInt(5)) {
      case 0 -> new Node.StepTx(name("fresh"), 0, one(3));
      case 1 -> new Node.Result(name("fresh"));
      case 2 ->
          new Loop(
              name("fresh"),
              Options.NONE,
              any(List.of(Node.Move.values())),
              1 + random.nextInt(4),
              List.of());
      case 3 ->
          new ForEach(
              name("fresh"),
              Options.NONE,
              any(List.of(Form.ITEM, Form.ITEM_STEPS, Form.BATCH, Form.TX, Form.PARTS)),
              1 + random.nextInt(3),
              new Items.Range(List.of(1 + random.nextInt(5))),
              Policy.RETRY_JOB,
              List.of());
      default -> new Step(name("fresh"), Options.NONE, List.of(new Node.Effect(name("fresh"))));
    };
  }

  /** A step anywhere outside of branches gets another name: declared in the plan, there, or not. */
  private Code renaming(Code code, List<Code.Move> renames, boolean planned) {
    List<Node> steps = outsideOfBranches(code.nodes());
    if (steps.isEmpty()) {
      return code;
    }
    Node node = anyOf(steps);
    String key = Meaning.nameOf(node);
    String from = code.named(key);
    String to = name("renamed");
    boolean inPlan = planned && code.nodes().contains(node) && !one(3);
    if (inPlan) {
      renames.add(new Code.Move(Kind.RENAME, from, to));
    }
    var names = new ArrayList<>(code.names());
    names.removeIf(name -> name.node().equals(key));
    names.add(new Name(key, to, inPlan || one(4) ? "" : from));
    return new Code(code.declared(), names, code.nodes());
  }

  private static List<Node> outsideOfBranches(List<Node> nodes) {
    var all = new ArrayList<Node>();
    for (Node node : nodes) {
      if (Code.isStep(node)) {
        all.add(node);
      }
      if (node instanceof Step step) {
        all.addAll(outsideOfBranches(step.body()));
      }
    }
    return all;
  }

  // Plans.

  /**
   * Only the last one may have an older version: a job that is left to others waits for ten
   * seconds.
   */
  private Declared planned(Code before, Code code, List<Code.Move> renames, boolean isLast) {
    int version = highest == 0 && one(2) ? 0 : Math.max(1, highest) + random.nextInt(2);
    if (isLast && highest > 0 && one(6)) {
      version = random.nextInt(highest);
    }
    highest = Math.max(highest, version);
    var moves = new ArrayList<Code.Move>();
    renames.stream()
        .filter(rename ->
            code.topLevel().contains(rename.to()) && !code.topLevel().contains(rename.step()))
        .forEach(moves::add);
    Decision decision =
        any(List.of(Decision.CONTINUE, Decision.CONTINUE, Decision.RESTART, Decision.PARK));
    if (version > 0 && one(2)) {
      moves.add(move(before, code));
    }
    Removed removed = any(List.of(Removed.IGNORE, Removed.IGNORE, Removed.FAIL, Removed.RESTART));
    return new Declared(true, version, decision, removed, moves);
  }

  private Code.Move move(Code before, Code code) {
    Node node = any(code.nodes());
    String name = code.named(Meaning.nameOf(node));
    if (node instanceof Loop loop && one(2)) {
      return new Code.Move(Kind.CURSOR, name, String.valueOf(random.nextInt(loop.count() + 1)));
    }
    return switch (node) {
      case Step it when one(2) -> new Code.Move(Kind.FINISH, name, "");
      case Node.StepTx it when one(2) -> new Code.Move(Kind.FINISH, name, "");
      default ->
          new Code.Move(
              Kind.FORGET, one(2) ? name : before.named(Meaning.nameOf(any(before.nodes()))), "");
    };
  }
}
