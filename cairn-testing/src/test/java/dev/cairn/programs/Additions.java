package dev.cairn.programs;

import dev.cairn.programs.Node.Await;
import dev.cairn.programs.Node.Branch;
import dev.cairn.programs.Node.Failing;
import dev.cairn.programs.Node.Fault;
import dev.cairn.programs.Node.ForEach;
import dev.cairn.programs.Node.Form;
import dev.cairn.programs.Node.Options;
import dev.cairn.programs.Node.Parallel;
import dev.cairn.programs.Node.Policy;
import dev.cairn.programs.Node.Result;
import dev.cairn.programs.Node.Rule;
import dev.cairn.programs.Node.Sleep;
import dev.cairn.programs.Node.Step;
import dev.cairn.programs.Node.StepTx;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Makes parts of a trial into what the {@link Generator} could not make at first: it makes no nodes
 * and no names, so that a seed still makes the same program but for that.
 */
final class Additions {
  private static final int FAULTS_MAX = 3;
  private static final int TIMEOUT_MILLIS = 300;
  private static final int FOREVER_MILLIS = 600_000;
  private static final int SHARE_MIN = 105;

  /** What can stand for an item that is a step. */
  private static final Form[] STEPS_IN_ITEMS = {
    Form.ITEM_TX_STEPS, Form.ITEM_RESULTS, Form.BEHIND_ITEM_STEPS
  };

  private final Trial trial;
  private final Random random;

  /** For what was added later. */
  private final Random more;

  private final boolean restarts;
  private int faults;

  private Additions(Trial trial, Random random, Random more) {
    this.trial = trial;
    this.random = random;
    this.more = more;
    this.restarts =
        trial.program().has(node -> node instanceof Node.Fail fail && fail.rule() == Rule.RESTART);
  }

  static Trial to(Trial trial, Random random, Random more) {
    var additions = new Additions(trial, random, more);
    List<Node> nodes = additions.all(trial.program().nodes(), new Around(true, false));
    return new Trial(new Program(nodes, trial.program().added()), trial.plan());
  }

  /**
   * Where a node lies.
   *
   * @param top whether in no other
   * @param limited whether something around it has a time limit, which may pass first
   */
  private record Around(boolean top, boolean limited) {
    Around within(Options options) {
      return new Around(false, limited || options.timeoutMillis() > 0);
    }
  }

  private boolean one(int ofMany) {
    return random.nextInt(ofMany) == 0;
  }

  private boolean mayFail() {
    return faults < FAULTS_MAX;
  }

  private int times() {
    faults++;
    return one(12) ? Node.ALWAYS : 1 + random.nextInt(2);
  }

  private List<Node> all(List<Node> nodes, Around around) {
    return nodes.stream().map(node -> of(node, around)).toList();
  }

  private Node of(Node node, Around around) {
    return switch (node) {
      case Step it ->
          new Step(it.name(), it.options(), all(it.body(), around.within(it.options())));
      case Parallel it -> {
        Around within = around.within(it.options());
        yield new Parallel(
            it.name(),
            it.options(),
            it.atMost(),
            it.branches().stream()
                .map(branch -> new Branch(branch.name(), all(branch.body(), within)))
                .toList());
      }
      case StepTx it when mayFail() && one(2) -> transaction(it, around);
      case Result it when mayFail() && one(2) -> result(it, around);
      case ForEach it
          when it.form() == Form.ITEM_STEPS ? one(2) : it.form() == Form.ITEM && one(6) ->
          new ForEach(
              it.name(),
              it.options(),
              STEPS_IN_ITEMS[random.nextInt(STEPS_IN_ITEMS.length)],
              it.size(),
              it.items(),
              it.policy(),
              it.failing());
      case ForEach it when it.form() == Form.PARTS -> inParts(it);
      case ForEach it when mayHaveShare(it) -> share(it);
      case Sleep it when one(3) -> new Await(it.name(), Await.NEVER + it.name(), it.millis());
      case Await it when one(2) -> await(it);
      default -> node;
    };
  }

  private Node inParts(ForEach it) {
    boolean retries = it.policy().kind() == Policy.Kind.RETRY_JOB;
    int choice = more.nextInt(4);
    Form form = choice < 2 ? Form.TX_PARTS : choice == 2 && retries ? Form.BATCH_PARTS : it.form();
    return with(it, form, it.items(), it.policy(), it.failing());
  }

  /** Of numbers that stay, so that it is no chance how many were met. */
  private boolean mayHaveShare(ForEach it) {
    return it.form() == Form.ITEM
        && it.items() instanceof Items.Range range
        && range.versions() == 1
        && it.failing().stream().allMatch(item -> item.fault() == Fault.THROWS)
        && more.nextInt(4) == 0;
  }

  /** Mostly few enough fail, and mostly behind those of which there must be so many. */
  private Node share(ForEach it) {
    int count = SHARE_MIN + more.nextInt(40);
    var failing = new ArrayList<Failing>();
    int fails = more.nextInt(4);
    for (int i = 0; i < fails; i++) {
      int from = more.nextInt(8) == 0 ? 0 : Policy.SHARE_FROM - 2;
      failing.add(
          new Failing(
              String.valueOf(from + more.nextInt(count - from)), Node.ALWAYS, Fault.THROWS));
    }
    return with(
        it,
        Form.ITEM,
        new Items.Range(List.of(count)),
        new Policy(Policy.Kind.SHARE, 1 + more.nextInt(3)),
        Generator.distinct(failing));
  }

  private static ForEach with(
      ForEach it, Form form, Items items, Policy policy, List<Failing> failing) {
    return new ForEach(it.name(), it.options(), form, it.size(), items, policy, failing);
  }

  private Node transaction(StepTx it, Around around) {
    boolean hangs = mayHang(around) && one(3);
    var failing = new ArrayList<>(failing(hangs));
    if (it.byHand() && one(2)) {
      boolean isLate = hangs && one(2);
      failing.add(
          new Failing(
              StepTx.AFTER_COMMIT, isLate ? 1 : times(), isLate ? Fault.HANGS : Fault.THROWS));
    }
    return new StepTx(it.name(), options(around, hangs), it.collisions(), it.byHand(), failing);
  }

  private Node result(Result it, Around around) {
    boolean hangs = mayHang(around) && one(3);
    return new Result(it.name(), options(around, hangs), failing(hangs));
  }

  /**
   * What a time limit has struck may be done again, which a restart would make a matter of luck.
   */
  private boolean mayHang(Around around) {
    return !restarts && !around.limited();
  }

  private List<Failing> failing(boolean hangs) {
    var failing = new ArrayList<Failing>();
    if (hangs) {
      faults++;
      failing.add(new Failing("hung", 1, Fault.HANGS));
    }
    if (!hangs || one(3)) {
      failing.add(random.nextInt(failing.size() + 1), new Failing("failed", times(), Fault.THROWS));
    }
    return failing;
  }

  private Options options(Around around, boolean hangs) {
    int tries = hangs || one(2) ? 2 + random.nextInt(3) : 1;
    return new Options(tries, hangs ? TIMEOUT_MILLIS : 0, around.top() && one(8));
  }

  /**
   * The end of a program that is rewound still waits for long, as does what another branch ends.
   */
  private Node await(Await it) {
    boolean isOutside = trial.program().signalsFromOutside().contains(it.signal());
    if (!isOutside || !trial.plan().rewind().isEmpty() || one(3)) {
      return new Await(it.name(), it.signal(), FOREVER_MILLIS);
    }
    return one(2)
        ? new Await(it.name(), it.signal(), 1 + random.nextInt(20))
        : new Await(it.name(), Await.NEVER + it.name(), one(5) ? 2_000 : 1 + random.nextInt(20));
  }
}
