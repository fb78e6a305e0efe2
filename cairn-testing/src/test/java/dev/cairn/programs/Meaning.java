package dev.cairn.programs;

import dev.cairn.programs.Node.Branch;
import dev.cairn.programs.Node.Failing;
import dev.cairn.programs.Node.Fault;
import dev.cairn.programs.Node.ForEach;
import dev.cairn.programs.Node.Form;
import dev.cairn.programs.Node.Loop;
import dev.cairn.programs.Node.Options;
import dev.cairn.programs.Node.Parallel;
import dev.cairn.programs.Node.Policy;
import dev.cairn.programs.Node.Rule;
import dev.cairn.programs.Plan.Afterwards;
import dev.cairn.resumable.Steps;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/*
 * Longer than 500 lines because the meaning of a program is in one place, to be read from the beginning
 * to the end.
 */

/**
 * What a worker's program means: a small and slow interpreter without threads, time or database,
 * that runs it attempt after attempt with nothing from outside coming in between, and counts what
 * it does.
 *
 * <ul>
 *   <li>A job is worked in attempts. Each begins at the top of the code; it ends when the code has
 *       come to its end (the job is completed), fails (there is another attempt, unless it was the
 *       last one: then the job is discarded), waits, or cancels the job.
 *   <li>A <b>step</b> that has finished is never run again, whatever happens: the code goes on
 *       behind it, with the result it had. One that has not finished is run again, from its
 *       beginning: what it had done before is done again, but for the steps within it that have
 *       finished.
 *   <li>A step that is <b>retried</b> within the attempt is run again in the same way. A
 *       <b>timeout</b> fails the try that it hits, and never anything smaller.
 *   <li>A <b>loop</b> and a <b>forEach</b> remember the last item they have finished and go on
 *       behind it. What that means in a source that has changed is said by {@link Place}. A source
 *       that is refused is a failure of the attempt, never of an item.
 *   <li>What is done <b>in a transaction</b> that also moves the step on happens once or not at
 *       all. What is done outside of one happens at least once, and once more for each time that
 *       something has struck between it and the end of its step.
 *   <li>An <b>item</b> that fails is what its policy says: the failure of the attempt; or passed
 *       over, so many items at most in the whole life of the job, in whatever attempts, tries and
 *       parts; or put aside and listed. All other items are worked. Redriving does each listed item
 *       once more and takes it from the list, if it is still there; the steps around it are entered
 *       again, so that what lies in them outside of steps is done once more.
 *   <li><b>Branches</b> run each to its own end: they finish, fail or wait. What one of them waits
 *       for holds up no other. If one has failed the step fails. Else, if some wait, the job waits
 *       until the first of them can go on.
 *   <li>A <b>sleep</b> is over once; a <b>signal</b> counts whether it came before or after.
 *   <li>To begin <b>from zero</b> is to forget all that: finished steps, positions, what was
 *       skipped and what was put aside. Rewinding to a step is the same from that step on.
 *   <li>What becomes of all that when the <b>code has changed</b> is said by {@link Takeover}.
 * </ul>
 */
final class Meaning {
  /** How many attempts may fail. */
  static final int ATTEMPTS_MAX = 14;

  /** From this length on a sleep counts as long. */
  static final int LONG_MILLIS = 1_500;

  /** How often a job is refused by its code until there is other code, if any comes. */
  static final int REFUSALS_UNTIL_DEPLOY = 3;

  /** More than there are attempts: a refusal uses up none. */
  static final int REFUSALS_MAX = ATTEMPTS_MAX + 2;

  private static final int RUNS_MAX = 500;

  /** How a job ends. */
  enum End {
    COMPLETED,
    DISCARDED,
    CANCELLED,
    /** It waits for a signal that nobody gives, or for newer code. */
    WAITING,
    /** It does not fit its code, and no other code comes. */
    REFUSED
  }

  /**
   * What happens from one beginning of the job to the next.
   *
   * @param effects how often each effect outside of the database
   * @param rows how often each row
   */
  record Life(Map<String, Integer> effects, Map<String, Integer> rows) {
    static final Life NOTHING = new Life(Map.of(), Map.of());

    Life {
      effects = Collections.unmodifiableMap(new LinkedHashMap<>(effects));
      rows = Collections.unmodifiableMap(new LinkedHashMap<>(rows));
    }
  }

  /**
   * What happens if nothing strikes from outside.
   *
   * @param lives one more for each time that the job begins anew, from zero or from a step on,
   *     other than by changed code
   * @param listed the items that are put aside in the end
   * @param beforeLongWait what has happened when the job first waits for long; null if it never
   *     does
   * @param possible all that may happen, whichever of several branches is the faster one
   * @param refusals one for each time that the job is refused: what its error must have a word of
   */
  record Expected(
      List<Life> lives,
      Set<String> listed,
      End end,
      Set<String> beforeLongWait,
      Set<String> possible,
      List<Set<String>> refusals) {}

  private final Trial trial;
  private final Seen seen;
  private final List<Life> lives = new ArrayList<>();

  // This life.
  private final Map<String, Integer> effects = new LinkedHashMap<>();
  private final Map<String, Integer> rows = new LinkedHashMap<>();

  private final Kept kept = new Kept();

  // The world around.
  private final Map<String, Integer> executions = new HashMap<>();
  private final Set<String> signals = new HashSet<>();
  private final List<Set<String>> refusals = new ArrayList<>();
  private int refusalsOfCode;

  /** Steps that have finished and are entered again for items within them. */
  private final Set<String> reentered = new HashSet<>();

  private boolean cured;
  private int attempt;

  /** Which version of the code the next attempt runs. */
  private int version;

  // This attempt.
  private Code code;
  private Takeover takeover;

  /** The path of the step that runs, with a slash behind it. */
  private String prefix = "";

  /** The steps to which the code has come. */
  private final Set<String> met = new HashSet<>();

  private boolean finishedAny;
  private Set<String> beforeLongWait;

  private boolean addedIsSeen;

  /** Whether the time between two attempts is enough for whatever sleeps. */
  private final boolean slow;

  private Meaning(Trial trial, Seen seen, boolean slow) {
    this.trial = trial;
    this.seen = seen;
    this.slow = slow;
  }

  /**
   * How far the job has come, which is chance if something strikes it.
   *
   * @param before the number of its attempts until an operator had it done again
   * @param all the number of its attempts
   * @param restarted whether a failure has had it begin from zero; empty if nothing has struck it,
   *     so that this is no chance
   */
  record Seen(int before, int all, Optional<Boolean> restarted) {
    Seen(int before, int all) {
      this(before, all, Optional.empty());
    }

    Seen(int before, int all, boolean restarted) {
      this(before, all, Optional.of(restarted));
    }

    /** The same of a job that nothing has struck. */
    Seen withoutChance() {
      return new Seen(before, all);
    }
  }

  /**
   * What a trial means. Whether the code has come to the steps that it has from the second attempt
   * on goes by the attempts that were seen.
   */
  static Expected of(Trial trial, Seen seen) {
    var slow = new Meaning(trial, seen, true);
    slow.run();
    Set<String> possible = slow.happened();
    possible.addAll(slow.allListed());
    return new Meaning(trial, seen, false).run(possible);
  }

  private Set<String> happened() {
    var all = new LinkedHashSet<String>();
    Stream.concat(lives.stream(), Stream.of(new Life(effects, rows)))
        .forEach(life -> {
          all.addAll(life.effects().keySet());
          all.addAll(life.rows().keySet());
        });
    return all;
  }

  private Expected run(Set<String> possible) {
    End end = run();
    var all = happened();
    all.addAll(possible);
    beginAnew();
    return new Expected(lives, allListed(), end, beforeLongWait, all, refusals);
  }

  private void beginAnew() {
    lives.add(new Life(effects, rows));
    effects.clear();
    rows.clear();
  }

  private End run() {
    if (trial.plan().signalsFirst()) {
      signals.addAll(trial.program().signalsFromOutside());
    }
    addedIsSeen = seen.before() > 1;
    End end = work();
    addedIsSeen = seen.all() > 1;
    if (end == End.COMPLETED) {
      cured = true;
      if (trial.plan().afterwards() == Afterwards.RESTART) {
        kept.clear();
        beginAnew();
        end = work();
      } else if (trial.plan().afterwards() == Afterwards.REDRIVE) {
        redrive();
        // What has finished is passed over, and what is outside of steps runs in every attempt.
        end = work();
      }
    }
    return end;
  }

  private Set<String> allListed() {
    var all = new LinkedHashSet<String>();
    kept.listed()
        .forEach((path, items) -> {
          String step = trial.program().nodeOf(path.substring(path.lastIndexOf('/') + 1));
          items.forEach(item -> all.add(id(step, item)));
        });
    return all;
  }

  static String id(String step, String item) {
    return step + ":" + item;
  }

  private void redrive() {
    code = trial.program().codes().get(version);
    code.nodes().forEach(node -> redrive("", node));
    kept.listed().values().removeIf(Set::isEmpty);
  }

  /** Returns whether there are items to be done again in a node. */
  private boolean redrive(String around, Node node) {
    String path = around + code.named(nameOf(node));
    // A step that had finished when it got its name has not been met by it yet.
    code.former(nameOf(node)).ifPresent(former -> kept.rename(around + former, path));
    boolean within =
        switch (node) {
          case Node.Step step -> redriveAll(path + "/", step.body());
          case Parallel parallel -> {
            boolean any = false;
            for (Branch branch : parallel.branches()) {
              String ofBranch = path + "/" + branch.name();
              if (redriveAll(ofBranch + "/", branch.body())) {
                reentered.add(ofBranch);
                any = true;
              }
            }
            yield any;
          }
          default -> false;
        };
    if (within) {
      reentered.add(path);
    }
    if (node instanceof ForEach each && kept.listed().containsKey(path)) {
      redrive(path, each);
      return true;
    }
    return within;
  }

  private boolean redriveAll(String around, List<Node> nodes) {
    boolean any = false;
    for (Node node : nodes) {
      any |= redrive(around, node);
    }
    return any;
  }

  /** What is not there any more stays put aside. */
  private void redrive(String path, ForEach each) {
    kept.listed()
        .get(path)
        .removeIf(item -> {
          String again = again(path, each, item);
          if (again != null) {
            inside(path, () -> item(each, again));
          }
          return again != null;
        });
  }

  /** What the next attempt finds in the place of an item; null if nothing. */
  private String again(String path, ForEach each, String item) {
    if (each.items() instanceof Items.Paged paged) {
      return Place.again(kept.aside(path, item), paged, attempt + 1);
    }
    boolean staysInPart = each.form().isInParts() && each.items() instanceof Items.Range;
    return staysInPart || each.items().at(attempt + 1).contains(item) ? item : null;
  }

  // The attempts.

  private End work() {
    int failures = 0;
    for (int run = 0; run < RUNS_MAX; run++) {
      attempt++;
      try {
        runCode();
        return End.COMPLETED;
      } catch (Failed e) {
        failures++;
        if (e.rule == Rule.RESTART) {
          kept.clear();
          beginAnew();
        }
        if (failures >= ATTEMPTS_MAX) {
          return End.DISCARDED;
        }
        if (slow) {
          kept.wake(Integer.MAX_VALUE);
        }
      } catch (Takeover.Refused e) {
        if (isRefusedForEver(e)) {
          return End.REFUSED;
        }
      } catch (Takeover.Left e) {
        if (!goesOn(new Waits(Wait.LONG))) {
          return End.WAITING;
        }
      } catch (CancelledJob e) {
        return End.CANCELLED;
      } catch (CompletedJob e) {
        return End.COMPLETED;
      } catch (Waits e) {
        if (!goesOn(e)) {
          return End.WAITING;
        }
      }
    }
    throw new IllegalStateException("the reference does not come to an end: " + trial);
  }

  private void runCode() {
    finishedAny = false;
    prefix = "";
    met.clear();
    code = trial.program().codes().get(version);
    takeover = new Takeover(kept, code);
    takeover.plan();
    runAll(code.nodes());
    if (addedIsSeen) {
      runAll(trial.program().added());
    }
    takeover.requireNoneGone(met, "");
  }

  private boolean isRefusedForEver(Takeover.Refused refused) {
    refusals.add(refused.names());
    refusalsOfCode++;
    if (version < trial.program().later().size()) {
      if (refusalsOfCode == REFUSALS_UNTIL_DEPLOY) {
        version++;
        refusalsOfCode = 0;
      }
      return false;
    }
    return refusalsOfCode == REFUSALS_MAX;
  }

  /** The attempt ends, and the next one runs the next version of the code. */
  private void deployAtFirst(String id) {
    if (isAmongFirst(id, 1)) {
      version = Math.min(version + 1, trial.program().later().size());
      throw new Waits(Wait.SHORT);
    }
  }

  /** Time passes, and somebody outside gives the signals, when there is nothing else to do. */
  private boolean goesOn(Waits waits) {
    if (waits.until.contains(Wait.SHORT) || waits.isGiven(signals)) {
      kept.wake(LONG_MILLIS);
      return true;
    }
    Set<String> known = new HashSet<>(signals);
    boolean first = beforeLongWait == null;
    if (first) {
      beforeLongWait = happened();
      if (!trial.plan().rewind().isEmpty()) {
        rewind();
        beginAnew();
      }
    }
    signals.addAll(trial.program().signalsAtLongWait());
    boolean wakes = kept.wake(Integer.MAX_VALUE);
    return wakes || !known.equals(signals) || (first && !trial.plan().rewind().isEmpty());
  }

  private void rewind() {
    String to = trial.plan().rewind();
    boolean behind = false;
    for (Node node : trial.program().nodes()) {
      behind |= nameOf(node).equals(to);
      if (behind) {
        kept.forget(nameOf(node));
      }
    }
  }

  static String nameOf(Node node) {
    return switch (node) {
      case Node.Step it -> it.name();
      case Node.Result it -> it.name();
      case Node.StepTx it -> it.name();
      case Loop it -> it.name();
      case Parallel it -> it.name();
      case ForEach it -> it.name();
      case Node.Sleep it -> it.name();
      case Node.Await it -> it.name();
      case Node.Busy it -> it.name();
      case Node.Effect it -> it.id();
      case Node.Fail it -> it.id();
      case Node.Hang it -> it.id();
      case Node.Keys it -> it.id();
      case Node.Give it -> it.id();
      case Node.Snooze it -> it.id();
      case Node.Cancel it -> it.id();
      case Node.Deploy it -> it.id();
      case Node.Complete it -> it.id();
      case Node.Unstorable it -> it.name();
      case Node.Mistake it -> nameOf(it.right());
    };
  }

  // The nodes.

  private void runAll(List<Node> nodes) {
    nodes.forEach(this::run);
  }

  private void run(Node node) {
    switch (node) {
      case Node.Effect it -> effect(it.id());
      case Node.Keys it -> effect(it.id());
      case Node.Fail it -> failAtFirst(it.id(), it.times(), it.rule());
      case Node.Hang it -> failAtFirst(it.id(), it.times(), Rule.RETRY);
      case Node.Give it -> {
        effect(it.id());
        signals.add(it.signal());
      }
      case Node.Snooze it -> {
        if (isAmongFirst(it.id(), 1)) {
          throw new Waits(Wait.SHORT);
        }
      }
      case Node.Deploy it -> deployAtFirst(it.id());
      case Node.Cancel it -> throw new CancelledJob();
      case Node.Complete it -> {
        row(it.id());
        throw new CompletedJob();
      }
      case Node.Unstorable it ->
          step(
              it.name(),
              Options.NONE,
              () -> {
                effect(it.name());
                throw new Failed(Rule.RETRY);
              });
      case Node.Step it -> step(it.name(), it.options(), () -> runAll(it.body()));
      case Node.Result it ->
          step(
              it.name(),
              it.options(),
              () -> {
                effect(it.name());
                requireHealthy(it.name(), it.failing());
              });
      case Node.StepTx it ->
          step(
              it.name(),
              it.options(),
              () -> {
                requireHealthy(it.name(), it.beforeCommit());
                row(it.name());
              });
      case Node.Busy it -> step(it.name(), Options.NONE, () -> {});
      case Node.Mistake it -> run(it.right());
      case Loop it -> step(it.name(), it.options(), () -> loop(it));
      case Parallel it -> step(it.name(), it.options(), () -> branches(it));
      case ForEach it -> step(it.name(), it.options(), () -> forEach(it));
      case Node.Sleep it ->
          step(
              it.name(),
              Options.NONE,
              () -> {
                if (!kept.hasSlept(here())) {
                  kept.sleep(here(), it.millis());
                  throw new Waits(it.millis() < LONG_MILLIS ? Wait.SHORT : Wait.LONG);
                }
              });
      case Node.Await it ->
          step(
              it.name(),
              Options.NONE,
              () -> {
                if (!signals.contains(it.signal())) {
                  requireTimeIsOver(it);
                }
              });
    }
  }

  private void requireTimeIsOver(Node.Await await) {
    int millis = await.atMostMillis();
    if (millis == 0) {
      throw new Waits(await.signal());
    }
    if (!kept.hasSlept(here())) {
      kept.sleep(here(), millis);
      throw new Waits(millis < LONG_MILLIS ? Wait.SHORT : Wait.LONG).and(new Waits(await.signal()));
    }
  }

  private void effect(String id) {
    effects.merge(id, 1, Integer::sum);
  }

  private void row(String id) {
    rows.merge(id, 1, Integer::sum);
  }

  private boolean isAmongFirst(String id, int times) {
    return executions.merge(id, 1, Integer::sum) <= times && !cured;
  }

  private void failAtFirst(String id, int times, Rule rule) {
    if (isAmongFirst(id, times)) {
      boolean isMere = rule == Rule.RESTART && !seen.restarted().orElse(true);
      throw new Failed(isMere ? Rule.RETRY : rule);
    }
  }

  /** In which try it comes goes by what has struck the tries before. */
  private boolean isKnownToEndAllTries(Failed failed) {
    return failed.rule == Rule.RESTART && seen.restarted().isPresent();
  }

  /** The path of the step that runs. */
  private String here() {
    return prefix.substring(0, prefix.length() - 1);
  }

  private void step(String node, Options options, Runnable body) {
    String path = prefix + code.named(node);
    code.former(node).ifPresent(former -> kept.rename(prefix + former, path));
    met.add(path);
    if (!kept.isFinished(path)) {
      takeover.requireNoneSkipped(met, prefix, path);
    }
    within(path, options, body);
  }

  private void within(String path, Options options, Runnable body) {
    if (kept.isFinished(path)) {
      if (reentered.contains(path)) {
        inside(path, body);
      }
      return;
    }
    if (options.isolated() && finishedAny) {
      throw new Waits(Wait.SHORT);
    }
    kept.begin(path);
    for (int tries = 1; ; tries++) {
      try {
        inside(path, body);
        break;
      } catch (Failed e) {
        if (tries >= options.tries() || isKnownToEndAllTries(e)) {
          throw e;
        }
        met.removeIf(other -> other.startsWith(path + "/"));
      }
    }
    takeover.requireNoneGone(met, path + "/");
    kept.finish(path);
    finishedAny = true;
  }

  private void inside(String path, Runnable body) {
    String around = prefix;
    prefix = path + "/";
    try {
      body.run();
    } finally {
      prefix = around;
    }
  }

  private void loop(Loop loop) {
    String path = here();
    for (int number = kept.position(path) + 1; number <= loop.count(); number++) {
      String id = id(loop.name(), String.valueOf(number));
      boolean inTransaction =
          loop.move() == Node.Move.IN_TRANSACTION || loop.move() == Node.Move.OWN_TRANSACTION;
      if (!inTransaction) {
        effect(id);
      }
      requireHealthy(loop.name(), String.valueOf(number), loop.failing());
      if (inTransaction) {
        row(id);
      }
      kept.position(path, number);
    }
  }

  private void requireHealthy(String step, String item, List<Failing> failing) {
    for (Failing each : failing) {
      if (each.item().equals(item)) {
        requireHealthy(id(step, item), each);
      }
    }
  }

  /** In the body of a step, one after the other. */
  private void requireHealthy(String step, List<Failing> failing) {
    for (Failing each : failing) {
      requireHealthy(id(step, each.item()), each);
    }
  }

  private void requireHealthy(String id, Failing failing) {
    if (failing.fault() == Fault.DEPLOYS) {
      deployAtFirst(id);
    } else if (isAmongFirst(id, failing.times())) {
      throw failing.fault() == Fault.THROWS ? new FailedItem() : new Failed(Rule.RETRY);
    }
  }

  private void branches(Parallel parallel) {
    List<Runnable> bodies = new ArrayList<>();
    for (Branch branch : parallel.branches()) {
      String path = prefix + branch.name();
      bodies.add(() -> {
        met.add(path);
        within(path, Options.NONE, () -> runAll(branch.body()));
      });
    }
    together(bodies);
  }

  /** Each to its own end; a failure is more than a wait. */
  private static void together(List<Runnable> bodies) {
    Failed failed = null;
    Waits waits = null;
    for (Runnable body : bodies) {
      try {
        body.run();
      } catch (Failed e) {
        failed = failed == null ? e : failed;
      } catch (Waits e) {
        waits = waits == null ? e : waits.and(e);
      }
    }
    if (failed != null) {
      throw failed;
    }
    if (waits != null) {
      throw waits;
    }
  }

  // Sources.

  private void forEach(ForEach each) {
    if (!each.form().isInParts()) {
      through(each, kept.place(here()));
      return;
    }
    List<Runnable> bodies = new ArrayList<>();
    for (Place part : kept.parts(here(), () -> Place.inParts(each.items(), attempt, each.size()))) {
      bodies.add(() -> through(each, part));
    }
    together(bodies);
  }

  private void through(ForEach each, Place place) {
    while (true) {
      List<String> rest = place.rest(each.items(), attempt);
      if (rest.isEmpty()) {
        return;
      }
      boolean oneByOne = !each.form().isInBatches();
      List<String> batch = rest.subList(0, oneByOne ? 1 : Math.min(each.size(), rest.size()));
      if (batch.contains(Place.REFUSED)) {
        throw new Failed(Rule.RETRY);
      }
      batch(each, place, batch);
    }
  }

  private void advance(ForEach each, Place place, String item) {
    place.advance(each.items(), attempt, item);
    kept.moves(here());
  }

  private void batch(ForEach each, Place place, List<String> batch) {
    boolean inTransaction = each.form().isInTransactions();
    try {
      for (String item : batch) {
        if (inTransaction) {
          requireHealthy(each.name(), item, each.failing());
        } else {
          item(each, item);
        }
      }
    } catch (FailedItem e) {
      if (each.policy().kind() == Policy.Kind.RETRY_JOB) {
        throw e;
      }
      if (inTransaction) {
        batch.forEach(item -> alone(each, place, item));
      } else {
        passOver(each, place, batch.getFirst(), e);
        advance(each, place, batch.getFirst());
      }
      return;
    }
    if (inTransaction) {
      batch.forEach(item -> row(id(each.name(), item)));
    }
    advance(each, place, batch.getLast());
  }

  private void alone(ForEach each, Place place, String item) {
    try {
      item(each, item);
    } catch (FailedItem e) {
      passOver(each, place, item, e);
    }
    advance(each, place, item);
  }

  private void item(ForEach each, String item) {
    String id = id(each.name(), item);
    switch (each.form()) {
      case ITEM, BATCH, PARTS, BATCH_PARTS -> {
        requireHealthy(each.name(), item, each.failing());
        effect(id);
      }
      case TX, TX_PARTS -> {
        requireHealthy(each.name(), item, each.failing());
        row(id);
      }
      case ITEM_STEPS ->
          itemStep(
              item,
              () -> {
                requireHealthy(each.name(), item, each.failing());
                effect(id);
              });
      case ITEM_TX_STEPS ->
          itemStep(
              item,
              () -> {
                requireHealthy(each.name(), item, each.failing());
                row(id);
              });
      case ITEM_RESULTS ->
          itemStep(
              item,
              () -> {
                effect(id);
                requireHealthy(each.name(), item, each.failing());
              });
      case BEHIND_ITEM_STEPS -> {
        itemStep(item, () -> effect(id));
        requireHealthy(each.name(), item, each.failing());
        effect(behind(each.name(), item));
      }
    }
  }

  /** The step of an item: it has finished, or not, as any other step. */
  private void itemStep(String item, Runnable body) {
    within(prefix + Steps.name("item", item), Options.NONE, body);
  }

  /** The effect behind the step of an item. */
  static String behind(String step, String item) {
    return id(nameBehind(step), item);
  }

  static String nameBehind(String step) {
    return step + "-behind";
  }

  /** All that is done of an item, in this order. */
  static Stream<String> ids(ForEach each, String item) {
    String id = id(each.name(), item);
    return each.form() == Form.BEHIND_ITEM_STEPS
        ? Stream.of(id, behind(each.name(), item))
        : Stream.of(id);
  }

  private void passOver(ForEach each, Place place, String item, FailedItem failure) {
    if (each.policy().kind() == Policy.Kind.QUARANTINE) {
      if (each.items() instanceof Items.Paged paged) {
        kept.aside(here(), item, place.aside(paged, attempt, item));
      }
      kept.list(here(), item);
    } else if (!maySkip(each, item)) {
      throw failure;
    } else {
      kept.skip(here());
    }
  }

  /** A share is only of numbers from 0 on, so that it is known how many were met. */
  private boolean maySkip(ForEach each, String item) {
    int skipped = kept.skipped(here()) + 1;
    if (each.policy().kind() == Policy.Kind.SKIP) {
      return skipped <= each.policy().most();
    }
    int met = Integer.parseInt(item) + 1;
    return met >= Policy.SHARE_FROM && skipped <= each.policy().share() * met;
  }

  // How the code ends before its end.

  /** What the job waits for. */
  private enum Wait {
    SHORT,
    LONG,
    SIGNAL
  }

  private static class Failed extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final Rule rule;

    Failed(Rule rule) {
      super(null, null, false, false);
      this.rule = rule;
    }
  }

  private static final class FailedItem extends Failed {
    private static final long serialVersionUID = 1L;

    FailedItem() {
      super(Rule.RETRY);
    }
  }

  private static final class CancelledJob extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CancelledJob() {
      super(null, null, false, false);
    }
  }

  private static final class CompletedJob extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CompletedJob() {
      super(null, null, false, false);
    }
  }

  private static final class Waits extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Set<Wait> until = new HashSet<>();
    private final transient Set<String> signals = new HashSet<>();

    Waits(Wait until) {
      super(null, null, false, false);
      this.until.add(until);
    }

    Waits(String signal) {
      this(Wait.SIGNAL);
      signals.add(signal);
    }

    Waits and(Waits other) {
      until.addAll(other.until);
      signals.addAll(other.signals);
      return this;
    }

    boolean isGiven(Set<String> given) {
      return signals.stream().anyMatch(given::contains);
    }
  }
}
