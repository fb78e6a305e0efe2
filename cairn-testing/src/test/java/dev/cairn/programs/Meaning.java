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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
 * </ul>
 */
final class Meaning {
  /** How many attempts may fail. */
  static final int ATTEMPTS_MAX = 14;

  /** From this length on a sleep counts as long. */
  static final int LONG_MILLIS = 1_500;

  private static final int RUNS_MAX = 500;

  /** How a job ends. */
  enum End {
    COMPLETED,
    DISCARDED,
    CANCELLED,
    /** It waits for a signal that nobody gives. */
    WAITING
  }

  /**
   * What happens if nothing strikes from outside.
   *
   * @param effects how often each effect outside of the database
   * @param rows how often each row
   * @param listed the items that are put aside in the end
   * @param beforeLongWait what has happened when the job first waits for long; null if it never
   *     does
   * @param possible all that may happen, whichever of several branches is the faster one
   */
  record Expected(
      Map<String, Integer> effects,
      Map<String, Integer> rows,
      Set<String> listed,
      End end,
      Set<String> beforeLongWait,
      Set<String> possible) {}

  private final Trial trial;
  private final Seen seen;
  private final Map<String, Integer> effects = new LinkedHashMap<>();
  private final Map<String, Integer> rows = new LinkedHashMap<>();

  // What is durable.
  private final Set<String> finished = new HashSet<>();
  private final Map<String, String> positions = new HashMap<>();
  private final Map<String, Place> places = new HashMap<>();

  /** What a source was split into. */
  private final Map<String, List<Place>> parts = new HashMap<>();

  private final Map<String, Integer> skipped = new HashMap<>();
  private final Map<String, Set<String>> listed = new LinkedHashMap<>();

  /** Where in their pages those lie. */
  private final Map<String, Place.Aside> aside = new HashMap<>();

  // The world around.
  private final Map<String, Integer> executions = new HashMap<>();
  private final Set<String> signals = new HashSet<>();
  private final Set<String> asleep = new HashSet<>();
  private final Set<String> overslept = new HashSet<>();

  /** Steps that have finished and are entered again for items within them. */
  private final Set<String> reentered = new HashSet<>();

  private boolean cured;
  private int attempt;
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
   */
  record Seen(int before, int all) {}

  /**
   * What a trial means. Whether the code has come to the steps that it has from the second attempt
   * on goes by the attempts that were seen.
   */
  static Expected of(Trial trial, Seen seen) {
    var slow = new Meaning(trial, seen, true);
    slow.run();
    return new Meaning(trial, seen, false).run(slow.happened());
  }

  private Set<String> happened() {
    var all = new LinkedHashSet<>(effects.keySet());
    all.addAll(rows.keySet());
    return all;
  }

  private Expected run(Set<String> possible) {
    End end = run();
    var all = happened();
    all.addAll(possible);
    return new Expected(effects, rows, allListed(), end, beforeLongWait, all);
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
        forgetAll();
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
    listed.forEach((step, items) -> items.forEach(item -> all.add(id(step, item))));
    return all;
  }

  static String id(String step, String item) {
    return step + ":" + item;
  }

  private void forgetAll() {
    finished.clear();
    positions.clear();
    places.clear();
    parts.clear();
    skipped.clear();
    listed.clear();
    asleep.clear();
    overslept.clear();
  }

  private void redrive() {
    trial
        .program()
        .all()
        .filter(node -> Program.withAllWithin(node).anyMatch(it -> listed.containsKey(nameOf(it))))
        .forEach(node -> {
          reentered.add(nameOf(node));
          if (node instanceof Parallel parallel) {
            parallel.branches().forEach(branch -> reentered.add(branch.name()));
          }
        });
    listed.keySet().forEach(reentered::remove);
    trial
        .program()
        .all()
        .filter(ForEach.class::isInstance)
        .map(ForEach.class::cast)
        .filter(each -> listed.containsKey(each.name()))
        .forEach(this::redrive);
    listed.values().removeIf(Set::isEmpty);
  }

  /** What is not there any more stays put aside. */
  private void redrive(ForEach each) {
    Map<String, Integer> done = each.form() == Form.TX ? rows : effects;
    listed
        .get(each.name())
        .removeIf(item -> {
          String again = again(each, item);
          if (again != null) {
            done.merge(id(each.name(), again), 1, Integer::sum);
          }
          return again != null;
        });
  }

  /** What the next attempt finds in the place of an item; null if nothing. */
  private String again(ForEach each, String item) {
    if (each.items() instanceof Items.Paged paged) {
      return Place.again(aside.get(id(each.name(), item)), paged, attempt + 1);
    }
    boolean staysInPart = each.form() == Form.PARTS && each.items() instanceof Items.Range;
    return staysInPart || each.items().at(attempt + 1).contains(item) ? item : null;
  }

  // The attempts.

  private End work() {
    int failures = 0;
    for (int run = 0; run < RUNS_MAX; run++) {
      attempt++;
      finishedAny = false;
      try {
        runAll(trial.program().nodes());
        if (addedIsSeen) {
          runAll(trial.program().added());
        }
        return End.COMPLETED;
      } catch (Failed e) {
        failures++;
        if (e.rule == Rule.RESTART) {
          forgetAll();
        }
        if (failures >= ATTEMPTS_MAX) {
          return End.DISCARDED;
        }
        if (slow) {
          overslept.addAll(asleep);
          asleep.clear();
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

  /** Time passes, and somebody outside gives the signals, when there is nothing else to do. */
  private boolean goesOn(Waits waits) {
    if (waits.until.contains(Wait.SHORT) || waits.isGiven(signals)) {
      asleep.removeIf(name -> isShort(name) && overslept.add(name));
      return true;
    }
    Set<String> known = new HashSet<>(signals);
    boolean first = beforeLongWait == null;
    if (first) {
      beforeLongWait = happened();
      rewind();
    }
    signals.addAll(trial.program().signalsFromOutside());
    boolean wakes = !asleep.isEmpty();
    overslept.addAll(asleep);
    asleep.clear();
    return wakes || !known.equals(signals) || (first && !trial.plan().rewind().isEmpty());
  }

  private boolean isShort(String name) {
    return trial
        .program()
        .has(node ->
            node instanceof Node.Sleep sleep
                && sleep.name().equals(name)
                && sleep.millis() < LONG_MILLIS);
  }

  private void rewind() {
    String to = trial.plan().rewind();
    boolean behind = false;
    for (Node node : trial.program().nodes()) {
      behind |= nameOf(node).equals(to);
      if (behind) {
        Program.withAllWithin(node).forEach(this::forget);
      }
    }
  }

  private void forget(Node node) {
    String name = nameOf(node);
    finished.removeIf(path -> path.equals(name) || path.startsWith(name + ":"));
    positions.remove(name);
    places.remove(name);
    parts.remove(name);
    skipped.remove(name);
    listed.remove(name);
    asleep.remove(name);
    overslept.remove(name);
    if (node instanceof Parallel parallel) {
      parallel.branches().forEach(branch -> finished.remove(branch.name()));
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
      case Node.Result it -> step(it.name(), Options.NONE, () -> effect(it.name()));
      case Node.StepTx it -> step(it.name(), Options.NONE, () -> row(it.name()));
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
                if (!overslept.contains(it.name())) {
                  asleep.add(it.name());
                  throw new Waits(it.millis() < LONG_MILLIS ? Wait.SHORT : Wait.LONG);
                }
              });
      case Node.Await it ->
          step(
              it.name(),
              Options.NONE,
              () -> {
                if (!signals.contains(it.signal())) {
                  throw new Waits(it.signal());
                }
              });
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
      throw new Failed(rule);
    }
  }

  private void step(String name, Options options, Runnable body) {
    if (finished.contains(name)) {
      if (reentered.contains(name)) {
        body.run();
      }
      return;
    }
    if (options.isolated() && finishedAny) {
      throw new Waits(Wait.SHORT);
    }
    for (int tries = 1; ; tries++) {
      try {
        body.run();
        break;
      } catch (Failed e) {
        if (tries >= options.tries()) {
          throw e;
        }
      }
    }
    finished.add(name);
    finishedAny = true;
  }

  private void loop(Loop loop) {
    int done = Integer.parseInt(positions.getOrDefault(loop.name(), "0"));
    for (int number = done + 1; number <= loop.count(); number++) {
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
      positions.put(loop.name(), String.valueOf(number));
    }
  }

  private void requireHealthy(String step, String item, List<Failing> failing) {
    for (Failing each : failing) {
      if (each.item().equals(item) && isAmongFirst(id(step, item), each.times())) {
        throw each.fault() == Fault.THROWS ? new FailedItem() : new Failed(Rule.RETRY);
      }
    }
  }

  private void branches(Parallel parallel) {
    List<Runnable> bodies = new ArrayList<>();
    for (Branch branch : parallel.branches()) {
      bodies.add(() -> step(branch.name(), Options.NONE, () -> runAll(branch.body())));
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
    if (each.form() != Form.PARTS) {
      through(each, places.computeIfAbsent(each.name(), name -> Place.atBeginning()));
      return;
    }
    List<Runnable> bodies = new ArrayList<>();
    for (Place part :
        parts.computeIfAbsent(
            each.name(), name -> Place.inParts(each.items(), attempt, each.size()))) {
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
      boolean oneByOne = each.form() != Form.BATCH && each.form() != Form.TX;
      List<String> batch = rest.subList(0, oneByOne ? 1 : Math.min(each.size(), rest.size()));
      if (batch.contains(Place.REFUSED)) {
        throw new Failed(Rule.RETRY);
      }
      batch(each, place, batch);
    }
  }

  private void advance(ForEach each, Place place, String item) {
    place.advance(each.items(), attempt, item);
  }

  private void batch(ForEach each, Place place, List<String> batch) {
    boolean inTransaction = each.form() == Form.TX;
    try {
      for (String item : batch) {
        requireHealthy(each.name(), item, each.failing());
        if (!inTransaction) {
          effect(id(each.name(), item));
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
      requireHealthy(each.name(), item, each.failing());
      row(id(each.name(), item));
    } catch (FailedItem e) {
      passOver(each, place, item, e);
    }
    advance(each, place, item);
  }

  private void passOver(ForEach each, Place place, String item, FailedItem failure) {
    if (each.policy().kind() == Policy.Kind.QUARANTINE) {
      if (each.items() instanceof Items.Paged paged) {
        aside.put(id(each.name(), item), place.aside(paged, attempt, item));
      }
      listed.computeIfAbsent(each.name(), name -> new LinkedHashSet<>()).add(item);
    } else if (skipped.getOrDefault(each.name(), 0) >= each.policy().most()) {
      throw failure;
    } else {
      skipped.merge(each.name(), 1, Integer::sum);
    }
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
