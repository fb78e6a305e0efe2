package dev.cairn.programs;

import dev.cairn.programs.Items.Content;
import dev.cairn.programs.Items.Content.State;
import dev.cairn.programs.Items.Pages;
import dev.cairn.programs.Items.Rows;
import dev.cairn.programs.Items.TextFile;
import dev.cairn.programs.Items.Tree;
import dev.cairn.programs.Node.Branch;
import dev.cairn.programs.Node.Failing;
import dev.cairn.programs.Node.Fault;
import dev.cairn.programs.Node.ForEach;
import dev.cairn.programs.Node.Form;
import dev.cairn.programs.Node.Loop;
import dev.cairn.programs.Node.Move;
import dev.cairn.programs.Node.Options;
import dev.cairn.programs.Node.Parallel;
import dev.cairn.programs.Node.Policy;
import dev.cairn.programs.Node.Rule;
import dev.cairn.programs.Plan.Afterwards;
import dev.cairn.programs.Plan.Blow;
import dev.cairn.programs.Plan.Hit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/*
 * Longer than 500 lines because each kind of part and of source has its own choices here, all by one
 * Random, so that a seed makes the same program.
 */

/**
 * Makes a trial of a seed, the same one each time. What has names gets them in the order in which
 * it is made.
 */
final class Generator {
  private static final int DEPTH_MAX = 3;
  private static final int FAULTS_MAX = 4;
  private static final int TIMEOUT_MILLIS = 300;

  private static final int CHANGED_ONE_IN = 6;
  private static final int TAKEN_ONE_IN = 5;

  private static final Blow[] BLOWS = {
    Blow.KILL, Blow.INTERRUPT, Blow.ANSWER_LOST, Blow.COMMIT_LOST, Blow.COLLISION
  };

  /** Those that {@link Additions} does not make. */
  private static final Form[] FORMS = {Form.ITEM, Form.ITEM_STEPS, Form.BATCH, Form.TX, Form.PARTS};

  /** What files are called; those with a slash are in a folder. */
  private static final String[] FILES = {
    "a", "a.gz", "b", "b-", "b/c", "b/d.gz", "e", "f/a", "f/g/h", "g.gz"
  };

  private final Random random;

  /** For what was added later, so that a seed still makes the program that it made. */
  private final Random more;

  /** Likewise, for {@link Additions}. */
  private final Random additions;

  /** Likewise, for what {@link Additions} could not make at first. */
  private final Random parts;

  /** For jobs that are taken away. */
  private final Random takings;

  private int names;
  private int freshItems;
  private int faults;
  private boolean restarts;
  private boolean timed;

  private final boolean changesCode;

  private Generator(long seed, boolean changesCode) {
    this.changesCode = changesCode;
    this.random = new Random(seed * 0x9E3779B97F4A7C15L);
    this.more = new Random(~seed * 0x9E3779B97F4A7C15L);
    this.additions = new Random((seed ^ 0x5DEECE66DL) * 0x9E3779B97F4A7C15L);
    this.parts = new Random((seed ^ 0x2545F4914FL) * 0x9E3779B97F4A7C15L);
    this.takings = new Random((seed ^ 0x1B873593A5L) * 0x9E3779B97F4A7C15L);
  }

  /** The trial of a seed, whatever is in it. */
  static Trial trial(long seed) {
    return new Generator(seed, true).trial();
  }

  /**
   * The same, whose code never changes and whose job is never taken away, and without {@link
   * Additions}: what a seed meant before there were any.
   */
  static Trial unchanged(long seed) {
    return new Generator(seed, false).trial();
  }

  private Trial trial() {
    var nodes = new ArrayList<Node>();
    int many = 1 + random.nextInt(4);
    for (int i = 0; i < many; i++) {
      nodes.add(step(0, false));
    }
    boolean waitsInTheEnd = one(5);
    if (waitsInTheEnd) {
      nodes.add(new Node.Await(name("await"), name("signal")));
    } else if (one(15)) {
      nodes.add(new Node.Complete(name("complete"), one(2)));
    } else if (one(40)) {
      nodes.add(
          new Node.Step(name("step"), Options.NONE, List.of(new Node.Cancel(name("cancel")))));
      nodes.add(step(0, false));
    }
    List<Node> added = one(5) ? List.of(stepTx("added")) : List.of();
    var program = new Program(nodes, added);
    var trial = new Trial(program, plan(program, waitsInTheEnd));
    if (!changesCode) {
      return trial;
    }
    boolean isChanged = more.nextInt(CHANGED_ONE_IN) == 0;
    Trial all = taken(Additions.to(trial, additions, parts));
    return isChanged ? Changer.changed(all, more) : all;
  }

  /** Mostly nobody takes its job away. */
  private Trial taken(Trial trial) {
    if (takings.nextInt(TAKEN_ONE_IN) > 0) {
      return trial;
    }
    var hits = new ArrayList<>(trial.plan().hits());
    int number = 1 + takings.nextInt(takings.nextInt(3) == 0 ? 20 : 4);
    hits.add(takings.nextInt(hits.size() + 1), new Hit(Blow.TAKEN, number));
    return new Trial(trial.program(), trial.plan().withHits(hits));
  }

  private Plan plan(Program program, boolean waitsInTheEnd) {
    var hits = new ArrayList<Hit>();
    while (hits.size() < 3 && random.nextBoolean()) {
      hits.add(new Hit(blow(), 1 + random.nextInt(one(3) ? 20 : 4)));
    }
    var plan = Plan.NONE.withHits(hits).signalsFirst(one(3));
    List<Node> steps = program.nodes();
    boolean waitsBefore =
        steps.stream()
            .limit(steps.size() - 1)
            .flatMap(Program::withAllWithin)
            .anyMatch(Generator::waitsLong);
    if (waitsInTheEnd && !waitsBefore && !plan.signalsFirst() && !one(3)) {
      plan = plan.rewindTo(Meaning.nameOf(steps.get(random.nextInt(steps.size() - 1))));
    }
    boolean quarantines =
        program.has(
            node -> node instanceof ForEach each && each.policy().kind() == Policy.Kind.QUARANTINE);
    if (quarantines && one(2)) {
      return plan.then(Afterwards.REDRIVE);
    }
    return one(8) ? plan.then(Afterwards.RESTART) : plan;
  }

  private Blow blow() {
    Blow blow = any(BLOWS);
    return blow == Blow.INTERRUPT && more.nextBoolean() ? Blow.PAUSE : blow;
  }

  private static boolean waitsLong(Node node) {
    return node instanceof Node.Await
        || (node instanceof Node.Sleep sleep && sleep.millis() >= Meaning.LONG_MILLIS);
  }

  // Choices.

  /** True once in so many times. */
  private boolean one(int ofMany) {
    return random.nextInt(ofMany) == 0;
  }

  private <T> T any(T[] of) {
    return of[random.nextInt(of.length)];
  }

  private String name(String what) {
    names++;
    return what + names;
  }

  private boolean mayFail() {
    return faults < FAULTS_MAX;
  }

  private int times() {
    faults++;
    return one(12) ? Node.ALWAYS : 1 + random.nextInt(one(3) ? 4 : 2);
  }

  // Nodes.

  /** A step of some kind. */
  private Node step(int depth, boolean inBranch) {
    return switch (random.nextInt(20)) {
      case 0, 1, 2, 3, 4 -> plainStep(depth, inBranch);
      case 5 -> result();
      case 6, 7 ->
          one(4) ? new Node.StepTx(name("tx"), 1 + random.nextInt(2), false) : stepTx("tx");
      case 8, 9 -> loop();
      case 10, 11, 12 -> depth < DEPTH_MAX ? parallel(depth) : loop();
      case 13, 14, 15, 16, 17 -> forEach();
      case 18 -> new Node.Sleep(name("sleep"), one(5) ? 2_000 : 1 + random.nextInt(20));
      default -> one(3) ? new Node.Await(name("await"), name("signal")) : stepTx("tx");
    };
  }

  private Node stepTx(String prefix) {
    return new Node.StepTx(name(prefix), 0, one(3));
  }

  private Node result() {
    if (mayFail() && one(20)) {
      faults++;
      return new Node.Unstorable(name("unstorable"));
    }
    return new Node.Result(name("result"));
  }

  private Node plainStep(int depth, boolean inBranch) {
    String name = name("step");
    boolean hangs = mayFail() && !restarts && one(12);
    timed |= hangs;
    var body = new ArrayList<Node>();
    int many = 1 + random.nextInt(3);
    for (int i = 0; i < many; i++) {
      body.add(depth < DEPTH_MAX && one(2) ? step(depth + 1, inBranch) : deed(inBranch));
    }
    if (hangs) {
      faults++;
      body.add(random.nextInt(body.size() + 1), new Node.Hang(name("hang"), 1));
    }
    return new Node.Step(name, options(depth, inBranch, hangs), body);
  }

  /** Something in the body of a step. */
  private Node deed(boolean inBranch) {
    int choice = random.nextInt(12);
    if (choice < 3 && mayFail()) {
      if (!inBranch && !restarts && !timed && one(5)) {
        restarts = true;
        faults++;
        return new Node.Fail(name("restart"), 1, Rule.RESTART);
      }
      return new Node.Fail(name("fail"), times(), Rule.RETRY);
    }
    if (choice == 3) {
      return new Node.Keys(name("keys"));
    }
    if (choice == 4 && !inBranch) {
      return new Node.Snooze(name("snooze"));
    }
    return new Node.Effect(name("effect"));
  }

  private Options options(int depth, boolean inBranch, boolean timed) {
    int tries = one(4) || timed ? 2 + random.nextInt(3) : 1;
    return new Options(tries, timed ? TIMEOUT_MILLIS : 0, depth == 0 && !inBranch && one(10));
  }

  private Node loop() {
    Move move = any(Move.values());
    int count = 1 + random.nextInt(one(6) ? 30 : 6);
    var failing = new ArrayList<Failing>();
    while (mayFail() && one(4)) {
      failing.add(new Failing(String.valueOf(1 + random.nextInt(count)), times(), Fault.THROWS));
    }
    return new Loop(name("loop"), options(1, true, false), move, count, distinct(failing));
  }

  static List<Failing> distinct(List<Failing> failing) {
    var items = new TreeSet<String>();
    return failing.stream().filter(each -> items.add(each.item())).toList();
  }

  private Node parallel(int depth) {
    String name = name("parallel");
    int many = 2 + random.nextInt(2);
    var branches = new ArrayList<Branch>();
    boolean signals = one(6);
    String signal = signals ? name("signal") : "";
    boolean busy = mayFail() && one(8);
    String fail = busy ? name("fail") : "";
    boolean hangs = !busy && mayFail() && !restarts && one(12);
    timed |= hangs;
    for (int i = 0; i < many; i++) {
      String branch = name("branch");
      var body = new ArrayList<Node>();
      int steps = 1 + random.nextInt(2);
      for (int j = 0; j < steps; j++) {
        body.add(step(depth + 1, true));
      }
      if (signals && i == 0) {
        body.add(random.nextInt(body.size() + 1), new Node.Await(name("await"), signal));
      }
      if (signals && i == 1) {
        body.add(
            random.nextInt(body.size() + 1),
            new Node.Step(
                name("step"), Options.NONE, List.of(new Node.Give(name("give"), signal))));
      }
      if (hangs && i == 0) {
        faults++;
        body.add(
            0, new Node.Step(name("step"), Options.NONE, List.of(new Node.Hang(name("hang"), 1))));
      }
      if (busy && i == 0) {
        faults++;
        body.add(0, new Node.Fail(fail, 1, Rule.RETRY));
        // So that the other branch is busy by then.
        body.add(0, new Loop(name("loop"), Options.NONE, Move.CHECKPOINT, 10, List.of()));
      }
      if (busy && i == 1) {
        Node spins = new Node.Busy(name("busy"), fail);
        body.add(
            0,
            one(2)
                ? spins
                : new Parallel(
                    name("parallel"),
                    Options.NONE,
                    2,
                    List.of(
                        new Branch(name("branch"), List.of(spins)),
                        new Branch(name("branch"), List.of(stepTx("tx"))))));
      }
      branches.add(new Branch(branch, body));
    }
    int atMost = one(4) && !busy ? 1 + random.nextInt(many) : many;
    int tries = hangs ? 3 : one(6) ? 2 : 1;
    return new Parallel(
        name, new Options(tries, hangs ? TIMEOUT_MILLIS : 0, false), atMost, branches);
  }

  private Node forEach() {
    Form form = any(FORMS);
    Items items = items(form);
    boolean retries = form == Form.BATCH || (items.changes() && one(2));
    Policy policy = retries ? Policy.RETRY_JOB : policy();
    List<String> all = met(items);
    var failing = new ArrayList<Failing>();
    boolean hangs = false;
    boolean quiet = policy.kind() == Policy.Kind.RETRY_JOB && !items.changes();
    // How a source changes matters to a job that stops in it.
    boolean stops = items.changes() && one(2);
    while (!all.isEmpty() && mayFail() && (stops || one(quiet ? 4 : 2))) {
      stops = false;
      String item = all.get(random.nextInt(all.size()));
      if (one(12) && form != Form.PARTS && !restarts) {
        hangs = true;
        timed = true;
        faults++;
        failing.add(new Failing(item, 1, Fault.HANGS));
      } else {
        boolean passedOver = policy.kind() != Policy.Kind.RETRY_JOB;
        int times = passedOver && one(2) ? Node.ALWAYS : times();
        // Whether a job meets what comes or goes may be chance, and how it ends must not be.
        int most = Math.max(2, items.versions());
        failing.add(
            new Failing(item, items.isSteady(item) ? times : Math.min(times, most), Fault.THROWS));
        faults++;
      }
    }
    List<Failing> some = distinct(failing);
    Policy fitting = fitting(policy, some, items);
    int size = 1 + random.nextInt(4);
    return new ForEach(name("each"), options(1, true, hangs), form, size, items, fitting, some);
  }

  /** Whether one too many fails must not be chance: of items that fail or are there for a time. */
  private static Policy fitting(Policy policy, List<Failing> failing, Items items) {
    boolean always =
        failing.stream()
            .allMatch(each -> each.times() == Node.ALWAYS && items.isSteady(each.item()));
    return policy.kind() == Policy.Kind.SKIP && !always && policy.most() < failing.size()
        ? new Policy(Policy.Kind.SKIP, failing.size())
        : policy;
  }

  private Policy policy() {
    return switch (random.nextInt(5)) {
      case 0 -> new Policy(Policy.Kind.SKIP, random.nextInt(4));
      case 1 -> new Policy(Policy.Kind.SKIP, 10);
      case 2, 3 -> new Policy(Policy.Kind.QUARANTINE, 0);
      default -> Policy.RETRY_JOB;
    };
  }

  /** The items of one of the versions: mostly of the first one, which is there in any case. */
  private List<String> met(Items items) {
    List<String> some = items.of(one(3) ? random.nextInt(items.versions()) : 0);
    return some.isEmpty() ? List.copyOf(items.all()) : some;
  }

  private Items items(Form form) {
    int count = 1 + random.nextInt(one(6) ? 25 : 7);
    int choice = random.nextInt(form == Form.PARTS ? 6 : 16);
    return switch (choice) {
      case 0, 1 -> new Items.Range(counts(count));
      case 2, 3 -> new Items.Elements(counts(count));
      case 4, 5 -> table(count);
      case 6, 7, 8 -> lines(count);
      case 9, 10 -> folder();
      case 11 -> rows(Math.min(count, 6));
      case 12, 13 -> paged(count);
      case 14 -> new Items.Within(table(Math.min(count, 6)), 1 + random.nextInt(3));
      default -> new Items.Within(rows(Math.min(count, 6)), 1 + random.nextInt(3));
    };
  }

  /** What a source holds, attempt by attempt: it changes, or stays for an attempt, or goes back. */
  private <T> List<T> versions(T first, int oneStays, UnaryOperator<T> change) {
    var all = new ArrayList<T>();
    all.add(first);
    int more = one(oneStays) ? 0 : 1 + random.nextInt(3);
    for (int i = 0; i < more; i++) {
      T last = all.getLast();
      all.add(one(4) ? last : one(8) ? first : change.apply(last));
    }
    while (all.size() > 1 && all.getLast().equals(all.get(all.size() - 2))) {
      all.removeLast();
    }
    return all;
  }

  private List<Integer> counts(int count) {
    return one(4)
        ? versions(count, 8, last -> Math.max(0, last - 2) + random.nextInt(6))
        : List.of(count);
  }

  /** Some of ten rows, and others. */
  private Rows rows(int count) {
    var first = new TreeSet<Integer>();
    while (first.size() < count) {
      first.add(10 * (1 + random.nextInt(9)));
    }
    return new Rows(versions(List.copyOf(first), 4, this::changedRows));
  }

  private List<Integer> changedRows(List<Integer> rows) {
    var later = new TreeSet<>(rows);
    while (one(2)) {
      later.add(1 + random.nextInt(!later.isEmpty() && one(2) ? later.getFirst() : 95));
    }
    if (one(3)) {
      // Behind all others, mostly.
      later.add(91 + random.nextInt(9));
    }
    while (one(3) && !later.isEmpty()) {
      later.remove(any(later.toArray(Integer[]::new)));
    }
    return List.copyOf(later);
  }

  private Items.Table table(int count) {
    int page = one(4) ? 100 : 1 + random.nextInt(4);
    return new Items.Table(page, one(3), rows(Math.min(count, 9)));
  }

  private Items paged(int count) {
    var pages = new ArrayList<List<String>>();
    List<String> rest = Dsl.numbers(count);
    while (!rest.isEmpty() && pages.size() < 6) {
      int size = Math.min(rest.size(), random.nextInt(4));
      pages.add(rest.subList(0, size));
      rest = rest.subList(size, rest.size());
    }
    return new Items.Paged(versions(new Pages(pages), 3, this::changed));
  }

  private Pages changed(Pages earlier) {
    var pages = new ArrayList<>(earlier.pages());
    int page = random.nextInt(pages.size());
    var items = new ArrayList<>(pages.get(page));
    String fresh = fresh();
    switch (random.nextInt(8)) {
      case 0 -> {
        if (!items.isEmpty()) {
          items.remove(random.nextInt(items.size()));
        }
      }
      case 1 -> {
        // As the first item of a list that is cut into pages: all move.
        for (int i = 0; i < pages.size(); i++) {
          var shifted = new ArrayList<>(pages.get(i));
          shifted.addFirst(fresh);
          fresh = shifted.removeLast();
          pages.set(i, shifted);
        }
        return new Pages(pages);
      }
      case 2 -> {
        if (one(3) && pages.size() > 1) {
          pages.removeLast();
          return new Pages(pages);
        }
      }
      case 3, 4 -> {
        pages.add(List.of(fresh));
        return new Pages(pages);
      }
      default -> items.add(random.nextInt(items.size() + 1), fresh);
    }
    pages.set(page, items);
    return new Pages(pages);
  }

  /** An item that was never there. */
  private String fresh() {
    freshItems++;
    return String.valueOf(100 + 10 * freshItems + random.nextInt(10));
  }

  /** So wide that a position may lie before or behind the first KiB of a file, or 0. */
  private int width() {
    return one(2) ? 0 : 150 + random.nextInt(700);
  }

  private Items lines(int count) {
    Format format = one(2) ? any(Format.values()) : Format.PLAIN;
    int width = width();
    Content first = text(Dsl.numbers(width == 0 ? count : count + 4));
    var versions = versions(first, 4, last -> changed(format, last));
    if (one(20)) {
      versions.addFirst(away(format, List.of()));
    }
    return new Items.Lines(format, width, versions);
  }

  private static Content text(List<String> lines) {
    return new Content(State.WHOLE, lines);
  }

  /** The file as it may be later: mostly with more lines. */
  private Content changed(Format format, Content content) {
    return one(12) ? away(format, content.lines()) : text(changed(content.lines()));
  }

  /** A file that is not what it was, and may come back. */
  private Content away(Format format, List<String> lines) {
    State state = any(State.values());
    boolean isText = state == State.CUT && format != Format.PLAIN;
    boolean fits = isText || (state == State.NOT_PACKED && format.isPacked());
    if (!fits && state != State.FOLDER) {
      state = State.GONE;
    }
    return new Content(state, isText ? lines : List.of());
  }

  private List<String> changed(List<String> lines) {
    var later = new ArrayList<>(lines);
    int changes = one(2) ? 1 : random.nextInt(3);
    for (int i = 0; i < changes; i++) {
      String fresh = fresh();
      int place = random.nextInt(later.size() + 1);
      switch (random.nextInt(12)) {
        case 0 -> later.add(place, fresh);
        case 1 -> later.subList(place, later.size()).clear();
        case 2 -> later.replaceAll(line -> line + "00");
        case 3 -> later.addFirst(later.isEmpty() ? fresh : later.removeLast());
        case 4, 5 -> {
          if (place < later.size()) {
            later.set(place, fresh);
          }
        }
        default -> later.add(fresh);
      }
    }
    return later;
  }

  private Items folder() {
    var first = new TreeMap<String, Content>();
    int many = 1 + random.nextInt(3);
    for (int i = 0; i < many; i++) {
      put(first, text(Dsl.numbers(1 + random.nextInt(4))));
    }
    var versions = versions(tree(first), 4, this::changed);
    if (one(20)) {
      versions.addFirst(new Tree(false, List.of()));
    }
    return new Items.Folder(width(), versions);
  }

  /** A name is that of a file or of a folder. */
  private void put(Map<String, Content> files, Content content) {
    String name = any(FILES);
    files.keySet().removeIf(other -> other.startsWith(name + "/") || name.startsWith(other + "/"));
    files.put(name, content);
  }

  private Tree changed(Tree earlier) {
    if (one(20)) {
      return new Tree(false, List.of());
    }
    var later = new TreeMap<String, Content>();
    earlier.files().forEach(file -> later.put(file.name(), file.content()));
    int changes = random.nextInt(3);
    for (int i = 0; i < changes; i++) {
      String name = later.isEmpty() ? "" : any(later.keySet().toArray(String[]::new));
      switch (random.nextInt(6)) {
        case 0 -> later.remove(name);
        case 1 -> {
          Content content = later.remove(name);
          if (content != null) {
            // What is packed has another name.
            put(later, text(content.lines()));
          }
        }
        case 2 -> later.computeIfPresent(name, (file, content) -> changedIn(file, content));
        default -> put(later, text(Dsl.numbers(1 + random.nextInt(4))));
      }
    }
    return tree(later);
  }

  /** In a folder it is by a state of its own that a file is broken. */
  private Content changedIn(String name, Content content) {
    Content later = changed(new TextFile(name, content).format(), content);
    return later.state() == State.GONE || later.state() == State.FOLDER
        ? text(content.lines())
        : later;
  }

  private static Tree tree(Map<String, Content> files) {
    return new Tree(
        true,
        files.entrySet().stream()
            .map(file -> new TextFile(file.getKey(), file.getValue()))
            .toList());
  }
}
