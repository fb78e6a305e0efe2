package dev.cairn.programs;

import dev.cairn.programs.Node.Branch;
import dev.cairn.programs.Node.Failing;
import dev.cairn.programs.Node.ForEach;
import dev.cairn.programs.Node.Loop;
import dev.cairn.programs.Node.Options;
import dev.cairn.programs.Node.Parallel;
import dev.cairn.programs.Node.Step;
import dev.cairn.programs.Plan.Afterwards;
import dev.cairn.programs.Plan.Hit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Makes a trial that goes wrong smaller for as long as it goes wrong in the same way. */
final class Shrinker {
  private static final int ROUNDS_MAX = 40;
  private static final int REPEATS = 3;

  private Shrinker() {}

  /** Works trials, and tells what is wrong with each; nothing if all is right. */
  interface Bench {
    void run(Iterator<Trial> trials, BiConsumer<Trial, List<String>> result) throws Exception;

    /** One that works them one after the other. */
    static Bench of(OneByOne bench) {
      return (trials, result) -> {
        while (trials.hasNext()) {
          Trial trial = trials.next();
          result.accept(trial, bench.run(trial));
        }
      };
    }
  }

  /** Works one trial. */
  interface OneByOne {
    List<String> run(Trial trial) throws Exception;
  }

  /** What goes wrong. */
  record Finding(Trial trial, List<String> complaints) {
    @Override
    public String toString() {
      return trial + "\n    -> " + String.join("\n    -> ", complaints);
    }
  }

  /**
   * The smallest trial found.
   *
   * @param wanted whether a complaint is of the kind that is looked for
   */
  static Finding shrink(Bench bench, Finding begin, Predicate<Trial> wanted) throws Exception {
    Finding smallest = begin;
    Set<String> kinds = Kinds.of(begin.complaints());
    for (int round = 0; round < ROUNDS_MAX; round++) {
      Finding next = smaller(bench, smallest, wanted, kinds);
      if (next == null) {
        return smallest;
      }
      smallest = next;
    }
    return smallest;
  }

  private static Finding smaller(
      Bench bench, Finding finding, Predicate<Trial> wanted, Set<String> kinds) throws Exception {
    var wrong = new ConcurrentHashMap<Trial, List<String>>();
    List<Trial> candidates =
        smaller(finding.trial()).filter(wanted).filter(Shrinker::isWhole).distinct().toList();
    // What is chance goes wrong now and then only.
    bench.run(
        Stream.generate(candidates::stream).limit(REPEATS).flatMap(each -> each).iterator(),
        (trial, complaints) -> {
          if (!Collections.disjoint(Kinds.of(complaints), kinds)) {
            wrong.put(trial, complaints);
          }
        });
    return candidates.stream()
        .filter(wrong::containsKey)
        .min(java.util.Comparator.comparingInt(trial -> trial.toString().length()))
        .map(trial -> new Finding(trial, wrong.get(trial)))
        .orElse(null);
  }

  /** Whether a smaller trial still means something. */
  private static boolean isWhole(Trial trial) {
    String rewind = trial.plan().rewind();
    List<Node> nodes = trial.program().nodes();
    boolean hasEnd =
        rewind.isEmpty()
            || (nodes.stream().anyMatch(node -> Meaning.nameOf(node).equals(rewind))
                && !nodes.isEmpty()
                && nodes.getLast() instanceof Node.Await);
    boolean hangsUnderALimit = trial.program().hasTimeout() || !trial.program().has(Feature::hangs);
    return !nodes.isEmpty() && hasEnd && hangsUnderALimit;
  }

  private static Stream<Trial> smaller(Trial trial) {
    Plan plan = trial.plan();
    Program program = trial.program();
    Stream<Plan> plans =
        Stream.of(
                without(plan.hits()).map(plan::withHits),
                each(plan.hits(), Shrinker::nearer).map(plan::withHits),
                Stream.of(
                    plan.then(Afterwards.NOTHING), plan.rewindTo(""), plan.signalsFirst(false)))
            .flatMap(each -> each)
            .filter(each -> !each.equals(plan));
    Stream<Program> programs =
        program.isChanged()
            ? SmallerCode.of(program)
            : Stream.concat(
                lists(program.nodes()).map(nodes -> new Program(nodes, program.added())),
                without(program.added()).map(added -> new Program(program.nodes(), added)));
    return Stream.concat(
        programs.map(each -> new Trial(each, plan)), plans.map(each -> new Trial(program, each)));
  }

  private static Stream<Hit> nearer(Hit hit) {
    return Stream.of(hit.number() / 2, hit.number() - 1)
        .filter(number -> number > 0)
        .distinct()
        .map(number -> new Hit(hit.blow(), number));
  }

  /** The list without each of its elements in turn. */
  static <T> Stream<List<T>> without(List<T> list) {
    return Stream.iterate(0, i -> i < list.size(), i -> i + 1)
        .map(i -> {
          var copy = new ArrayList<>(list);
          copy.remove((int) i);
          return copy;
        });
  }

  /** The list with each of its elements made smaller in turn. */
  static <T> Stream<List<T>> each(List<T> list, Function<T, Stream<T>> smaller) {
    return Stream.iterate(0, i -> i < list.size(), i -> i + 1)
        .flatMap(i ->
            smaller
                .apply(list.get(i))
                .map(element -> {
                  var copy = new ArrayList<>(list);
                  copy.set(i, element);
                  return copy;
                }));
  }

  private static Stream<List<Node>> lists(List<Node> nodes) {
    Stream<List<Node>> opened =
        Stream.iterate(0, i -> i < nodes.size(), i -> i + 1)
            .flatMap(i ->
                inside(nodes.get(i))
                    .map(children -> {
                      var copy = new ArrayList<>(nodes);
                      copy.remove((int) i);
                      copy.addAll(i, children);
                      return copy;
                    }));
    return Stream.of(without(nodes), opened, each(nodes, Shrinker::nodes)).flatMap(each -> each);
  }

  /** What may take the place of a node that has others in it. */
  private static Stream<List<Node>> inside(Node node) {
    return switch (node) {
      case Step step -> Stream.of(step.body());
      case Parallel parallel -> parallel.branches().stream().map(Branch::body);
      default -> Stream.empty();
    };
  }

  private static Stream<Node> nodes(Node node) {
    return switch (node) {
      case Step it ->
          Stream.concat(
              lists(it.body()).map(body -> new Step(it.name(), it.options(), body)),
              options(it.options()).map(options -> new Step(it.name(), options, it.body())));
      case Parallel it ->
          Stream.concat(
              Stream.concat(without(it.branches()), each(it.branches(), Shrinker::branches))
                  .map(branches -> new Parallel(it.name(), it.options(), it.atMost(), branches)),
              options(it.options())
                  .map(options -> new Parallel(it.name(), options, it.atMost(), it.branches())));
      case Loop it -> loops(it);
      case ForEach it -> sources(it);
      case Node.Fail it -> Stream.of(new Node.Fail(it.id(), 1, it.rule()));
      case Node.Sleep it -> Stream.of(new Node.Sleep(it.name(), 1));
      case Node.Await it -> awaits(it);
      case Node.Result it -> results(it);
      case Node.StepTx it -> transactions(it);
      default -> Stream.empty();
    };
  }

  private static Stream<Node> awaits(Node.Await it) {
    return it.atMostMillis() > 0 && !it.waitsForSignal()
        ? Stream.of(new Node.Await(it.name(), it.signal(), 1))
        : Stream.empty();
  }

  private static Stream<Node> results(Node.Result it) {
    return Stream.concat(
        options(it.options()).map(options -> new Node.Result(it.name(), options, it.failing())),
        healthier(it.failing()).map(failing -> new Node.Result(it.name(), it.options(), failing)));
  }

  private static Stream<Node> transactions(Node.StepTx it) {
    return Stream.of(
            Stream.of(new Node.StepTx(it.name(), it.options(), 0, it.byHand(), it.failing())),
            options(it.options())
                .map(options ->
                    new Node.StepTx(
                        it.name(), options, it.collisions(), it.byHand(), it.failing())),
            healthier(it.failing())
                .map(failing ->
                    new Node.StepTx(
                        it.name(), it.options(), it.collisions(), it.byHand(), failing)))
        .flatMap(each -> each)
        .filter(smaller -> !smaller.equals(it))
        .map(smaller -> smaller);
  }

  private static Stream<List<Failing>> healthier(List<Failing> failing) {
    return Stream.concat(without(failing), each(failing, Shrinker::failing));
  }

  private static Stream<Branch> branches(Branch branch) {
    return lists(branch.body()).map(body -> new Branch(branch.name(), body));
  }

  private static Stream<Options> options(Options options) {
    return Stream.of(
            Options.NONE,
            new Options(1, options.timeoutMillis(), options.isolated()),
            new Options(2, options.timeoutMillis(), options.isolated()),
            new Options(options.tries(), options.timeoutMillis(), false))
        .filter(each -> !each.equals(options) && each.tries() <= options.tries());
  }

  private static Stream<Node> loops(Loop it) {
    Stream<Node> fewer =
        Stream.of(it.count() / 2, it.count() - 1)
            .filter(count -> count > 0)
            .map(count -> new Loop(it.name(), it.options(), it.move(), count, it.failing()));
    Stream<Node> healthier =
        healthier(it.failing())
            .map(failing -> new Loop(it.name(), it.options(), it.move(), it.count(), failing));
    Stream<Node> plainer =
        options(it.options())
            .map(options -> new Loop(it.name(), options, it.move(), it.count(), it.failing()));
    return Stream.of(fewer, healthier, plainer).flatMap(each -> each);
  }

  private static Stream<Node> sources(ForEach it) {
    Stream<ForEach> fewer = items(it.items()).map(items -> with(it, items));
    Stream<ForEach> healthier =
        healthier(it.failing()).map(failing -> with(it, it.options(), failing, it.size()));
    Stream<ForEach> plainer =
        options(it.options()).map(options -> with(it, options, it.failing(), it.size()));
    Stream<ForEach> smaller =
        it.size() > 1
            ? Stream.of(with(it, it.options(), it.failing(), it.size() - 1))
            : Stream.empty();
    return Stream.of(fewer, healthier, plainer, smaller)
        .flatMap(each -> each)
        .map(each -> (Node) each);
  }

  private static ForEach with(ForEach it, Items items) {
    return new ForEach(
        it.name(), it.options(), it.form(), it.size(), items, it.policy(), it.failing());
  }

  private static ForEach with(ForEach it, Options options, List<Failing> failing, int size) {
    return new ForEach(it.name(), options, it.form(), size, it.items(), it.policy(), failing);
  }

  private static Stream<Failing> failing(Failing it) {
    return it.times() == 1 ? Stream.empty() : Stream.of(new Failing(it.item(), 1, it.fault()));
  }

  private static Stream<Items> items(Items items) {
    return switch (items) {
      case Items.Range it -> versions(it.counts(), Shrinker::fewer).map(Items.Range::new);
      case Items.Elements it -> versions(it.counts(), Shrinker::fewer).map(Items.Elements::new);
      case Items.Rows it -> rows(it).map(each -> each);
      case Items.Table it -> table(it).map(each -> each);
      case Items.Within it -> {
        Stream<? extends Items.Keyed> outer =
            switch (it.outer()) {
              case Items.Rows rows -> rows(rows);
              case Items.Table table -> table(table);
            };
        yield Stream.concat(
            outer.map(each -> new Items.Within(each, it.inner())),
            fewer(it.inner()).map(inner -> new Items.Within(it.outer(), inner)));
      }
      case Items.Paged it -> versions(it.services(), Shrinker::pages).map(Items.Paged::new);
      case Items.Lines it ->
          Stream.of(
                  versions(it.contents(), Shrinker::contents)
                      .map(contents -> new Items.Lines(it.format(), it.width(), contents)),
                  narrower(it.width())
                      .map(width -> new Items.Lines(it.format(), width, it.contents())),
                  isPlain(it)
                      ? Stream.<Items>empty()
                      : Stream.of(new Items.Lines(Format.PLAIN, it.width(), it.contents())))
              .flatMap(each -> each);
      case Items.Folder it ->
          Stream.concat(
              versions(it.trees(), Shrinker::trees)
                  .map(trees -> new Items.Folder(it.width(), trees)),
              narrower(it.width()).map(width -> new Items.Folder(width, it.trees())));
    };
  }

  /** Fewer versions, and smaller ones. */
  private static <T> Stream<List<T>> versions(List<T> versions, Function<T, Stream<T>> smaller) {
    return Stream.concat(without(versions), each(versions, smaller))
        .filter(fewer -> !fewer.isEmpty());
  }

  private static Stream<Items.Rows> rows(Items.Rows rows) {
    return versions(rows.keys(), Shrinker::without).map(Items.Rows::new);
  }

  private static Stream<Items.Table> table(Items.Table table) {
    return Stream.concat(
        rows(table.rows()).map(rows -> new Items.Table(table.page(), table.bounded(), rows)),
        table.bounded()
            ? Stream.of(new Items.Table(table.page(), false, table.rows()))
            : Stream.empty());
  }

  private static Stream<Items.Pages> pages(Items.Pages pages) {
    return Stream.concat(without(pages.pages()), each(pages.pages(), Shrinker::without))
        .filter(fewer -> !fewer.isEmpty())
        .map(Items.Pages::new);
  }

  private static Stream<Items.Content> contents(Items.Content content) {
    return without(content.lines()).map(lines -> new Items.Content(content.state(), lines));
  }

  private static Stream<Items.Tree> trees(Items.Tree tree) {
    return Stream.concat(
            without(tree.files()),
            each(
                tree.files(),
                file ->
                    contents(file.content())
                        .map(content -> new Items.TextFile(file.name(), content))))
        .map(files -> new Items.Tree(tree.isThere(), files));
  }

  private static Stream<Integer> narrower(int width) {
    return width == 0 ? Stream.empty() : Stream.of(0);
  }

  /** Or cannot become it: what is cut, or not packed, is there in other formats only. */
  private static boolean isPlain(Items.Lines lines) {
    return lines.format() == Format.PLAIN
        || lines.contents().stream()
            .anyMatch(content ->
                content.state() == Items.Content.State.CUT
                    || content.state() == Items.Content.State.NOT_PACKED);
  }

  private static Stream<Integer> fewer(int count) {
    return Stream.of(count / 2, count - 1).filter(each -> each > 0).distinct();
  }
}
