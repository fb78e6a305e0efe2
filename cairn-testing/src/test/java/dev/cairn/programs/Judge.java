package dev.cairn.programs;

import dev.cairn.programs.Meaning.End;
import dev.cairn.programs.Meaning.Expected;
import dev.cairn.programs.Meaning.Life;
import dev.cairn.programs.Meaning.Seen;
import dev.cairn.programs.Node.Failing;
import dev.cairn.programs.Node.ForEach;
import dev.cairn.programs.Node.Form;
import dev.cairn.programs.Node.Parallel;
import dev.cairn.programs.Node.Policy;
import dev.cairn.programs.Plan.Afterwards;
import dev.cairn.programs.World.Deed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/*
 * Longer than 500 lines because each excuse for what is chance stands beside the question that it
 * excuses.
 */

/**
 * Compares what a job has done with what its program means. If nothing has struck it, everything is
 * as the reference says, to the number. If something has, an effect outside of the database may be
 * there once more for each time; rows may not.
 */
final class Judge {
  /** For what may happen any number of times. */
  private static final int ANY = 1_000_000;

  private final Trial trial;
  private final World world;
  private final Expected expected;
  private final List<String> complaints = new ArrayList<>();

  // What many questions come back to.
  private final List<Node> nodes;
  private final boolean hasTimeout;
  private final int branchFailures;
  private final boolean isCertain;
  private final boolean refusesByChance;

  /** More attempts have run out of time than hang: the machine had no time for the job. */
  private boolean isTooSlow;

  /** How the job has ended. */
  private End end;

  /** What a refusal by chance concerns. */
  private final Set<String> behindRefusal;

  private Judge(Trial trial, World world, Seen seen) {
    this.trial = trial;
    this.world = world;
    this.nodes = trial.program().all().toList();
    this.hasTimeout = trial.program().hasTimeout();
    this.branchFailures = countBranchFailures();
    // In which try a failure comes, and so whether it ends them all, goes by what has struck.
    this.expected =
        Meaning.of(trial, isStruck() || branchFailures > 0 ? seen : seen.withoutChance());
    // A short sleep may be over, and a signal given, before its attempt has ended.
    this.isCertain =
        !isStruck()
            && branchFailures == 0
            && !has(node -> isSleep(node) || node instanceof Node.Give);
    // A source that has changed is refused or not by how far the first attempt has come, and, when
    // an item is redriven, by which one comes first.
    this.refusesByChance =
        has(Judge::mayBeRefused) && (!isCertain || trial.plan().afterwards() == Afterwards.REDRIVE);
    this.behindRefusal = idsBehindRefusal();
  }

  private boolean has(Predicate<Node> what) {
    return nodes.stream().anyMatch(what);
  }

  private Stream<ForEach> sources() {
    return nodes.stream().filter(ForEach.class::isInstance).map(ForEach.class::cast);
  }

  /**
   * Says what is wrong; nothing if all is right.
   *
   * @param rows those that are there, by the attempts that have written them
   * @param listed the items that are put aside; null if nobody can see that
   */
  static List<String> complaints(
      Trial trial, World world, Map<Integer, List<String>> rows, End end, Set<String> listed) {
    return new Judge(trial, world, world.seen()).judge(rows, end, listed);
  }

  /** Says what is wrong when the job waits for long for the first time. */
  static List<String> atLongWait(Trial trial, World world) {
    var judge = new Judge(trial, world, new Seen(1, 1, world.seen().restarted()));
    if (judge.refusesByChance) {
      return List.of();
    }
    if (judge.expected.beforeLongWait() == null) {
      return List.of("the job waits for long, and the reference never does");
    }
    var missing = new LinkedHashSet<>(judge.expected.beforeLongWait());
    world.deeds().forEach(deed -> missing.remove(deed.id()));
    missing.removeAll(judge.uncertain());
    return missing.isEmpty()
        ? List.of()
        : List.of("the job waits for long, with this still to be done: " + missing);
  }

  /** Null for all. */
  private Set<String> idsBehindRefusal() {
    if (expected.lives().size() > 1
        || trial.program().isChanged()
        || trial.plan().afterwards() != Afterwards.NOTHING) {
      return null;
    }
    var all = new HashSet<String>();
    boolean behind = false;
    for (Node node : trial.program().nodes()) {
      behind |= Program.withAllWithin(node).anyMatch(Judge::mayBeRefused);
      if (!behind) {
        Program.withAllWithin(node)
            .map(Meaning::nameOf)
            .flatMap(name -> Stream.of(name, Meaning.nameBehind(name)))
            .forEach(all::add);
      }
    }
    return all;
  }

  /** Whether it comes before all sources that may be refused. */
  private boolean isBeforeRefusal(String id) {
    return behindRefusal != null && behindRefusal.contains(id.split(":", 2)[0]);
  }

  /** A job is discarded when so many attempts have failed, and not before. */
  private void requireAttempts() {
    if (trial.plan().afterwards() != Afterwards.NOTHING || world.isLeft()) {
      return;
    }
    int failed = world.timesFailed();
    if (end == End.DISCARDED && failed < Meaning.ATTEMPTS_MAX) {
      complaints.add("the job is discarded when only %d attempts have failed".formatted(failed));
    }
    if (end == End.COMPLETED && failed - world.timesGivenUp() >= Meaning.ATTEMPTS_MAX) {
      complaints.add("the job goes on when %d attempts have failed".formatted(failed));
    }
  }

  private List<String> judge(Map<Integer, List<String>> rows, End ended, Set<String> listed) {
    this.end = ended;
    requireAttempts();
    complaints.addAll(world.complaints());
    complaints.addAll(Fencing.complaints(trial, world, rows));
    isTooSlow =
        end == End.DISCARDED
            && world.timesOutOfTime() > timesHanging()
            && world.timesLimitPassed() > timesHanging();
    boolean maybe =
        isTooSlow || (refusesByChance && (end == End.DISCARDED || expected.end() == End.DISCARDED));
    if (end != expected.end() && !maybe) {
      complaints.add("the job should end as %s, and is %s".formatted(expected.end(), end));
    }
    requireLives(maybe);
    countLives(rows);
    requireRefusals();
    if (listed != null && !refusesByChance && !isTooSlow) {
      requireListed(listed);
    }
    if (listed != null && end == End.COMPLETED) {
      requireNotDone(listed, rows);
      requireNotLost(listed, rows);
    }
    if (trial.plan().afterwards() != Afterwards.REDRIVE) {
      for (int life = 0; life < world.lives(); life++) {
        List<Deed> deeds = deedsOf(life);
        requireOrder(deeds);
        complaints.addAll(Trace.complaints(trial.program(), deeds, world.ends()));
      }
    }
    return complaints;
  }

  /** It begins anew when it should, and only then; unless it is discarded before by chance. */
  private void requireLives(boolean maybe) {
    int lives = expected.lives().size();
    if (world.lives() != lives && !maybe) {
      complaints.add(
          "the job should have begun %d times, and has begun %d times"
              .formatted(lives, world.lives()));
    }
  }

  private List<Deed> deedsOf(int life) {
    return world.deeds().stream().filter(deed -> world.life(deed.attempt()) == life).toList();
  }

  private void countLives(Map<Integer, List<String>> rows) {
    List<Life> lives = expected.lives();
    for (int life = 0; life < Math.max(lives.size(), world.lives()); life++) {
      int number = life;
      Life right = life < lives.size() ? lives.get(life) : Life.NOTHING;
      count(
          "effect",
          right.effects(),
          counts(deedsOf(life).stream().filter(deed -> !deed.row()).map(Deed::id)),
          false);
      count(
          "row",
          right.rows(),
          counts(
              rows.entrySet().stream()
                  .filter(each -> world.life(each.getKey()) == number)
                  .flatMap(each -> each.getValue().stream())),
          true);
    }
  }

  private static Map<String, Integer> counts(Stream<String> ids) {
    var counts = new LinkedHashMap<String, Integer>();
    ids.forEach(id -> counts.merge(id, 1, Integer::sum));
    return counts;
  }

  /** Each error names what does not fit. */
  private void requireRefusals() {
    List<String> errors = world.refusals();
    List<Set<String>> right = expected.refusals();
    if (errors.size() != right.size()) {
      complaints.add(
          "the job should be refused %d times (%s), and was %d times: %s"
              .formatted(right.size(), Set.copyOf(right), errors.size(), Set.copyOf(errors)));
      return;
    }
    for (int i = 0; i < errors.size(); i++) {
      String error = errors.get(i);
      if (right.get(i).stream().noneMatch(error::contains)) {
        complaints.add(
            "the job is refused, and none of %s named: %s".formatted(right.get(i), error));
        return;
      }
    }
  }

  /** In whatever version of the code. */
  private void requireOrder(List<Deed> deeds) {
    List<Code> codes = trial.program().codes();
    for (int version = 0; version < codes.size(); version++) {
      int number = version;
      complaints.addAll(
          new Order(codes.get(number).nodes())
              .complaints(deeds.stream().filter(deed -> deed.code() == number).toList()));
    }
  }

  /** How many attempts what hangs may end. */
  private int timesHanging() {
    return nodes.stream()
        .mapToInt(node ->
            switch (node) {
              case Node.Hang hang -> hang.times();
              default ->
                  Program.failingOf(node).stream()
                      .filter(item -> item.fault() == Node.Fault.HANGS)
                      .mapToInt(Failing::times)
                      .sum();
            })
        .sum();
  }

  private static boolean mayBeRefused(Node node) {
    return node instanceof ForEach each && each.items().mayBeRefused();
  }

  private boolean isStruck() {
    return world.timesStruck() > 0 || hasTimeout;
  }

  private void count(
      String what, Map<String, Integer> right, Map<String, Integer> actual, boolean rows) {
    var all = new LinkedHashSet<>(right.keySet());
    all.addAll(actual.keySet());
    Set<String> uncertain = uncertain();
    Map<String, Integer> meetings = meetings();
    boolean isExact = isExact(rows);
    for (String id : all) {
      int base = right.getOrDefault(id, 0);
      int met = meetings.getOrDefault(id, 1);
      int least = isExact ? base : Math.min(1, base);
      int most = base;
      if (uncertain.contains(id)) {
        least = 0;
        most =
            Math.max(met, base)
                + (met > 1 ? 1 : 0)
                // Code that changes may have a new step for it, each time.
                + trial.program().later().size();
      }
      if (refusesByChance && !isBeforeRefusal(id)) {
        least = end == End.COMPLETED ? least : 0;
        most = rows ? Math.max(base, met) + (completesAgain(id) ? 1 : 0) : ANY;
      }
      if (isTooSlow) {
        least = 0;
      }
      if (most > 0 && !rows) {
        most = batchesByChance() ? ANY : most + slack(id);
      }
      int times = actual.getOrDefault(id, 0);
      if (times < least || times > most) {
        complaints.add(
            "%s %s is there too %s: %d times, and should be %s"
                .formatted(
                    what,
                    id,
                    times < least ? "seldom" : "often",
                    times,
                    least == most ? least : "%d to %d".formatted(least, most)));
      }
    }
  }

  /** A job that is redriven after it was completed completes itself once more. */
  private boolean completesAgain(String id) {
    return trial.plan().afterwards() == Afterwards.REDRIVE
        && nodes.stream().anyMatch(node -> node instanceof Node.Complete it && it.id().equals(id));
  }

  /** What may be met more than once, and how often. */
  private Map<String, Integer> meetings() {
    var all = new HashMap<String, Integer>();
    sources()
        .filter(each -> each.items().meetings() > 1)
        .forEach(each ->
            each.items().all().stream()
                .flatMap(item -> Meaning.ids(each, item))
                .forEach(id -> all.put(id, each.items().meetings())));
    return all;
  }

  private boolean isExact(boolean rows) {
    return rows || (isCertain && !redrivesByChance());
  }

  /** How often an effect may be repeated. */
  private int slack(String id) {
    return world.timesStruck() * triesOfWhatAlwaysFails(id)
        // Each try of a step with a time limit may have been too slow.
        + (hasTimeout ? world.attempts() * triesAround(id) : 0)
        + branchFailures
        + (isCertain ? 0 : failuresOfChangedRows())
        + (redrivesByChance() ? 1 : 0)
        + wakings();
  }

  /** Each sleep of a branch may end an attempt, in which others did again what was not finished. */
  private int wakings() {
    return has(Judge::hasBranches) ? (int) nodes.stream().filter(this::isSleep).count() : 0;
  }

  private boolean isSleep(Node node) {
    return node instanceof Node.Sleep
        || (node instanceof Node.Await await && await.isSleep(trial.plan().signalsFirst()));
  }

  /**
   * With which others an item shares its batch goes by how far the first attempt has come, and it
   * is done again as often as one of them fails.
   */
  private boolean batchesByChance() {
    return !isCertain && has(Judge::mayGroupAnew);
  }

  private static boolean mayGroupAnew(Node node) {
    return node instanceof ForEach each
        && each.form().isInBatches()
        && each.items().changes()
        && !each.failing().isEmpty();
  }

  /** Which steps are entered again goes by which rows have been met, and failed. */
  private boolean redrivesByChance() {
    return trial.plan().afterwards() == Afterwards.REDRIVE
        && !isCertain
        && !changedRows().isEmpty();
  }

  /** An attempt that is struck does not count, but may have tried so often before. */
  private int triesOfWhatAlwaysFails(String id) {
    if (expected.end() == End.COMPLETED) {
      return 1;
    }
    return triesAround(id);
  }

  /** How often one attempt may come to it. */
  private int triesAround(String id) {
    String node = id.split(":", 2)[0];
    return nodes.stream()
        .filter(around ->
            Program.withAllWithin(around)
                .map(Meaning::nameOf)
                .anyMatch(name -> name.equals(node) || Meaning.nameBehind(name).equals(node)))
        .mapToInt(Judge::tries)
        .reduce(1, Math::multiplyExact);
  }

  private static int tries(Node node) {
    return Program.optionsOf(node).tries();
  }

  /** A job may meet rows, and their failures, that it would not have met. */
  private int failuresOfChangedRows() {
    return nodes.stream()
        .filter(node -> node instanceof ForEach each && each.items().changes())
        .mapToInt(node -> failures(((ForEach) node).failing()))
        .sum();
  }

  /** A failed branch stops the others somewhere: what they were at is done again. */
  private int countBranchFailures() {
    if (!has(Judge::hasBranches)) {
      return 0;
    }
    return nodes.stream()
        .mapToInt(node ->
            switch (node) {
              case Node.Fail fail -> Math.min(fail.times(), Meaning.ATTEMPTS_MAX);
              case ForEach each ->
                  failures(each.failing())
                      + (each.items().mayBeRefused() ? Meaning.ATTEMPTS_MAX : 0);
              case Node.Unstorable it -> Meaning.ATTEMPTS_MAX;
              default -> failures(Program.failingOf(node));
            })
        .sum();
  }

  private static int failures(List<Failing> failing) {
    return failing.stream().mapToInt(each -> Math.min(each.times(), Meaning.ATTEMPTS_MAX)).sum();
  }

  private static boolean hasBranches(Node node) {
    return node instanceof Parallel || (node instanceof ForEach each && each.form().isInParts());
  }

  /** Items of which the reference cannot say whether they are worked. */
  private Set<String> uncertain() {
    var all = new HashSet<String>();
    if (!isCertain) {
      all.addAll(changedRows());
    }
    sources()
        .forEach(each -> {
          if (each.policy().kind() != Policy.Kind.RETRY_JOB
              && (isStruck() || branchFailures > 0 || refusesByChance)) {
            each.failing().stream()
                .filter(item -> item.times() < Node.ALWAYS && item.fault() == Node.Fault.THROWS)
                .flatMap(item -> Meaning.ids(each, item.item()))
                .forEach(all::add);
          }
          if (mayStopAnywhere(each)) {
            each.items().all().stream().flatMap(item -> Meaning.ids(each, item)).forEach(all::add);
          }
        });
    if (expected.end() != End.COMPLETED && !isCertain) {
      // Which items are in one transaction with the one that ends the job, or in an earlier part,
      // goes by what the first attempt that has come to the source has found there.
      sources()
          .filter(each -> each.form().isInTransactions() && mayGroupAnew(each))
          .forEach(each ->
              each.items().all().stream()
                  .flatMap(item -> Meaning.ids(each, item))
                  .forEach(all::add));
    }
    if (expected.end() != End.COMPLETED && has(Judge::hasBranches)) {
      all.addAll(expected.possible());
      all.addAll(expected.listed());
    }
    return all;
  }

  /** Rows that are not there in every attempt. */
  private Set<String> changedRows() {
    var all = new HashSet<String>();
    sources()
        .forEach(each -> {
          each.items().all().stream()
              .filter(item -> !each.items().isSteady(item))
              .flatMap(item -> Meaning.ids(each, item))
              .forEach(all::add);
        });
    return all;
  }

  /**
   * Of an item that is gone when it is redriven only its place is known, and pages of another
   * version may have another item there.
   */
  private Set<String> itemsOfChangedPages() {
    return sources()
        .filter(each -> each.items() instanceof Items.Paged)
        .flatMap(each ->
            each.items().all().stream()
                .filter(item -> !each.items().isSteady(item))
                .map(item -> Meaning.id(each.name(), item)))
        .collect(Collectors.toSet());
  }

  /** Which of the parts comes first to the item that is one too many, nobody can say. */
  private static boolean mayStopAnywhere(ForEach each) {
    return each.form().isInParts()
        && each.policy().kind() == Policy.Kind.SKIP
        && each.failing().size() > each.policy().most();
  }

  private void requireListed(Set<String> listed) {
    var missing = new LinkedHashSet<>(expected.listed());
    missing.removeAll(listed);
    var tooMany = new LinkedHashSet<>(listed);
    tooMany.removeAll(expected.listed());
    boolean redriven = trial.plan().afterwards() == Afterwards.REDRIVE;
    Set<String> uncertain = redriven && !isCertain ? changedRows() : uncertain();
    if (redriven) {
      uncertain.addAll(itemsOfChangedPages());
    }
    missing.removeAll(uncertain);
    tooMany.removeAll(uncertain);
    if (!missing.isEmpty()) {
      complaints.add("items are not put aside: " + missing);
    }
    if (!tooMany.isEmpty()) {
      complaints.add("items are still put aside: " + tooMany);
    }
  }

  /**
   * What has succeeded once fails no more: it is not put aside, whatever has struck the job, unless
   * the code has got a new step for it, and what the old one has put aside stays so.
   */
  private void requireNotDone(Set<String> listed, Map<Integer, List<String>> rows) {
    Set<String> happened = happened(rows);
    var done = new LinkedHashSet<>(listed);
    done.removeAll(changedRows());
    if (trial.program().isChanged()) {
      done.removeAll(expected.listed());
      done.removeAll(uncertain());
    }
    done.removeIf(item -> !isDone(item, happened));
    if (!done.isEmpty()) {
      complaints.add("items are put aside although they are done: " + done);
    }
  }

  /** An item that may be put aside is done or put aside, and so is each that fails for a time. */
  private void requireNotLost(Set<String> listed, Map<Integer, List<String>> rows) {
    if (trial.program().isChanged() || refusesByChance) {
      return;
    }
    Set<String> happened = happened(rows);
    var lost = new LinkedHashSet<String>();
    sources()
        .filter(each -> each.policy().kind() == Policy.Kind.QUARANTINE)
        .forEach(each ->
            each.items().all().stream()
                .filter(each.items()::isSteady)
                .map(item -> Meaning.id(each.name(), item))
                .filter(expected.possible()::contains)
                .filter(item -> !listed.contains(item) && !isDone(item, happened))
                .forEach(lost::add));
    // An effect before the failure says nothing.
    lost.removeIf(item -> happened.contains(item) && hasResults(item));
    if (!lost.isEmpty()) {
      complaints.add("items are neither done nor put aside: " + lost);
    }
  }

  private boolean hasResults(String item) {
    return sources()
        .anyMatch(each ->
            each.form() == Form.ITEM_RESULTS && item.startsWith(Meaning.id(each.name(), "")));
  }

  private Set<String> happened(Map<Integer, List<String>> rows) {
    return Stream.concat(
            world.deeds().stream().filter(deed -> !deed.row()).map(Deed::id),
            rows.values().stream().flatMap(List::stream))
        .collect(Collectors.toSet());
  }

  private boolean isDone(String listed, Set<String> happened) {
    String name = listed.split(":", 2)[0];
    String item = listed.substring(name.length() + 1);
    return sources()
        .filter(each -> each.name().equals(name))
        // An item that fails after its effect may have had it and be put aside.
        .filter(each -> each.form() != Form.ITEM_RESULTS)
        .map(each -> Meaning.ids(each, item).reduce(listed, (first, last) -> last))
        .anyMatch(happened::contains);
  }

  /** A step that has finished is not run again once the next one has begun. */
  static final class Order {
    /** Where an effect lies: in which sequences of steps, and behind how many of each. */
    private final Map<String, List<Place>> places = new HashMap<>();

    private record Place(String sequence, int index) {}

    Order(List<Node> nodes) {
      place(nodes, "", List.of());
    }

    private void place(List<Node> nodes, String sequence, List<Place> around) {
      for (int index = 0; index < nodes.size(); index++) {
        Node node = nodes.get(index);
        List<Place> here = new ArrayList<>(around);
        String name = Meaning.nameOf(node);
        switch (node) {
          case Node.Step it -> {
            here.add(new Place(sequence, index));
            place(it.body(), name, here);
          }
          case Parallel it -> {
            here.add(new Place(sequence, index));
            it.branches().forEach(branch -> place(branch.body(), branch.name(), here));
          }
          case Node.Loop it -> {
            here.add(new Place(sequence, index));
            for (int number = 1; number <= it.count(); number++) {
              places.put(Meaning.id(name, String.valueOf(number)), here);
            }
          }
          case ForEach it -> {
            here.add(new Place(sequence, index));
            it.items().all().stream()
                .flatMap(item -> Meaning.ids(it, item))
                .forEach(id -> places.put(id, here));
          }
          case Node.Result it -> {
            here.add(new Place(sequence, index));
            places.put(name, here);
          }
          case Node.StepTx it -> {
            here.add(new Place(sequence, index));
            places.put(name, here);
          }
          default -> places.put(name, here);
        }
      }
    }

    List<String> complaints(List<Deed> deeds) {
      var wrong = new ArrayList<String>();
      for (int later = 1; later < deeds.size(); later++) {
        for (int earlier = 0; earlier < later; earlier++) {
          String first = deeds.get(earlier).id();
          String second = deeds.get(later).id();
          if (isBefore(second, first)) {
            wrong.add("%s is done after %s, of a later step".formatted(second, first));
            return wrong;
          }
        }
      }
      return wrong;
    }

    /** Whether the step of one has to have finished before that of the other begins. */
    boolean isBefore(String one, String other) {
      List<Place> ofOne = places.getOrDefault(one, List.of());
      List<Place> ofOther = places.getOrDefault(other, List.of());
      for (int level = 0; level < Math.min(ofOne.size(), ofOther.size()); level++) {
        Place here = ofOne.get(level);
        Place there = ofOther.get(level);
        if (!here.sequence().equals(there.sequence())) {
          return false;
        }
        if (here.index() != there.index()) {
          return here.index() < there.index();
        }
      }
      return false;
    }
  }
}
