package dev.cairn.internal.upkeep;

import dev.cairn.InsertOptions;
import dev.cairn.JobInsert;
import dev.cairn.internal.foreign.ForeignCode;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.json.StorableJson;
import dev.cairn.internal.json.StoredJson;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.PeriodicStore;
import dev.cairn.internal.store.Transactions;
import dev.cairn.internal.store.Transactions.StatementGuard;
import dev.cairn.internal.upkeep.PeriodicRegistry.Registration;
import dev.cairn.schedule.MissedRuns;
import dev.cairn.schedule.PeriodicJob;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Inserts periodic jobs when they are due, by the database's clock. The time at which a job is due
 * next is kept in memory. For a durable job, it is also kept in the database, and is updated in the
 * transaction of the insertion.
 */
final class PeriodicEnqueuer implements LeaderService {
  static final String NAME = "periodic";

  private static final Duration INTERVAL_MAX = Duration.ofSeconds(30);
  private static final Duration INTERVAL_MIN = Duration.ofMillis(5);

  /** The pause after a job could not be inserted. */
  private static final Duration RETRY = Duration.ofSeconds(1);

  /** A turn tries held jobs again until this many of them are held up again. */
  private static final int HELD_AT_ONCE = 2;

  /**
   * After this many held jobs in a row, probably all are held, because something locks the whole
   * table.
   */
  private static final int HELD_IN_A_ROW = 10;

  private static final int MISSED_MAX = 1_000;

  /**
   * The number of runs of each job that are remembered: those that one turn inserts, and some
   * before.
   */
  private static final int REMEMBERED_MAX = 2 * MISSED_MAX;

  /** Later than any run. */
  private static final Instant NEVER = Instant.parse("9999-12-31T00:00:00Z");

  private final PeriodicRegistry registry;
  private final PeriodicStore store;
  private final Transactions transactions;
  private final PeriodicInserts inserts;
  private final Leadership term;

  /** Whether the term is valid, and by the database's clock too. */
  private record Leadership(BooleanSupplier isValid, Term.Certainty certainty) {}

  private boolean begun;

  /** The jobs of the last turn. Used by the service's thread. */
  private Set<Registration> known = Set.of();

  /** When each job that was seen in this term is due. Used by the service's thread. */
  private final Map<String, Instant> due = new HashMap<>();

  /**
   * The last runs of each job that were inserted in this term, so that none is repeated when the
   * clock goes back. Used by the service's thread.
   */
  private final Map<String, SequencedSet<Instant>> inserted = new HashMap<>();

  /** The jobs that are due too late if the clock has gone back. Used by the service's thread. */
  private final Set<String> perhapsTooLate = new HashSet<>();

  /**
   * The jobs that another transaction holds up. The job that was tried last comes last. Used by the
   * service's thread.
   */
  private final SequencedSet<String> held = new LinkedHashSet<>();

  private final PeriodicTroubles troubles = new PeriodicTroubles();

  /** When a job that is held up was last tried. Used by the service's thread. */
  private Instant heldTried = Instant.MIN;

  private final RunsOfRiver runsOfRiver;

  /** The time of the last turn. Used by the service's thread. */
  private Instant lastTurn = Instant.MIN;

  /** The time of the first turn. Goes back with the clock. Used by the service's thread. */
  private Instant termBegan = Instant.MAX;

  /** The jobs that were inserted because this term began. Used by the service's thread. */
  private final Set<String> startedJobs = new HashSet<>();

  PeriodicEnqueuer(
      PeriodicRegistry registry,
      PeriodicStore store,
      Transactions transactions,
      PeriodicInserts inserts,
      BooleanSupplier leads,
      Term.Certainty certainty) {
    this.registry = registry;
    this.store = store;
    this.runsOfRiver = new RunsOfRiver(store, System::nanoTime);
    this.transactions = transactions;
    this.inserts = inserts;
    this.term = new Leadership(leads, certainty);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Duration turn() {
    if (!begun) {
      begun = true;
      registry.termBegins();
    }
    List<PeriodicJob> jobs = jobsOfNow();
    if (jobs.isEmpty()) {
      return INTERVAL_MAX;
    }
    long askedNanos = System.nanoTime();
    Instant now = store.now();
    boolean isCertain = term.certainty().isCertainAt(now, askedNanos);
    if (!isCertain) {
      // Another leader may have inserted the others already. Of durable jobs, the database knows.
      jobs = jobs.stream().filter(job -> job.missedRuns() != null).toList();
    }
    if (now.isBefore(lastTurn)) {
      perhapsTooLate.addAll(due.keySet());
    }
    lastTurn = now;
    termBegan = earlier(termBegan, Optional.of(now));
    List<PeriodicJob> heldBefore = heldOf(jobs);
    Instant next = lookAtFree(jobs, now, now.plus(INTERVAL_MAX));
    if (!heldBefore.isEmpty()
        && (now.isBefore(heldTried) || !now.isBefore(heldTried.plus(RETRY)))) {
      heldTried = now;
      next = lookAtHeld(heldBefore, now, next);
    }
    if (!leads()) {
      // Another leader may be inserting these jobs by now.
      return INTERVAL_MAX;
    }
    if ((!held.isEmpty() || !isCertain) && now.plus(RETRY).isBefore(next)) {
      next = now.plus(RETRY);
    }
    Duration wait = Duration.between(now, next);
    return wait.compareTo(INTERVAL_MIN) < 0 ? INTERVAL_MIN : wait;
  }

  private boolean leads() {
    return term.isValid().getAsBoolean();
  }

  /** The jobs that are held up, the one first that was not tried for the longest time. */
  private List<PeriodicJob> heldOf(List<PeriodicJob> jobs) {
    Map<String, PeriodicJob> byId =
        jobs.stream().collect(Collectors.toMap(PeriodicJob::id, job -> job));
    return held.stream().filter(byId::containsKey).map(byId::get).toList();
  }

  /**
   * Looks at the jobs that are not held up. Each job that is held up now costs the others a wait
   * for a lock. If that happens many times in a row, the rest counts as held up, too.
   */
  private Instant lookAtFree(List<PeriodicJob> jobs, Instant now, Instant next) {
    Instant earliest = next;
    int inARow = 0;
    for (PeriodicJob job : jobs) {
      if (held.contains(job.id())) {
        continue;
      }
      if (!leads()) {
        return earliest;
      }
      boolean isDue = isDue(job, now);
      if (isDue && inARow == HELD_IN_A_ROW) {
        held.add(job.id());
        continue;
      }
      earliest = earlier(earliest, look(job, now));
      if (isDue) {
        inARow = held.contains(job.id()) ? inARow + 1 : 0;
      }
    }
    return earliest;
  }

  /** Whether {@link #look} may ask the database. */
  private boolean isDue(PeriodicJob job, Instant now) {
    Instant wanted = due.get(job.id());
    return wanted == null || !wanted.isAfter(now) || perhapsTooLate.contains(job.id());
  }

  /**
   * Tries the jobs again that were held up, after all others and at most once per second. Stops
   * when a few are still held up. If a lock on the whole table is gone, all of them are inserted.
   */
  private Instant lookAtHeld(List<PeriodicJob> jobs, Instant now, Instant next) {
    Instant earliest = next;
    int heldAgain = 0;
    for (PeriodicJob job : jobs) {
      if (heldAgain == HELD_AT_ONCE || !leads()) {
        break;
      }
      earliest = earlier(earliest, look(job, now));
      if (held.contains(job.id())) {
        heldAgain++;
      }
    }
    return earliest;
  }

  private static Instant earlier(Instant one, Optional<Instant> other) {
    return other.filter(it -> it.isBefore(one)).orElse(one);
  }

  /** A removed job is forgotten, even if it was added again before the next turn. */
  private List<PeriodicJob> jobsOfNow() {
    List<Registration> now = registry.registrations();
    Set<String> stayed = new HashSet<>();
    for (Registration registration : now) {
      if (known.contains(registration)) {
        stayed.add(registration.job().id());
      }
    }
    due.keySet().retainAll(stayed);
    inserted.keySet().retainAll(stayed);
    perhapsTooLate.retainAll(stayed);
    held.retainAll(stayed);
    troubles.retainAll(stayed);
    startedJobs.retainAll(stayed);
    known = Set.copyOf(now);
    return now.stream().map(Registration::job).toList();
  }

  /**
   * If one job cannot be inserted, the others still are. The job is tried again after a pause, and
   * {@link #lookAtHeld} keeps jobs whose keys are held for long from delaying the others.
   */
  private Optional<Instant> look(PeriodicJob job, Instant now) {
    try {
      if (!due.containsKey(job.id())) {
        meet(job, now);
      }
      if (perhapsTooLate.contains(job.id())) {
        bringForward(job, now);
        perhapsTooLate.remove(job.id());
      }
      Instant wanted = due.get(job.id());
      if (wanted != null && !wanted.isAfter(now)) {
        run(job, wanted, now);
      }
      held.remove(job.id());
      troubles.forget(job.id());
    } catch (Throwable e) {
      // Its schedule and its factory are user code, and may throw anything.
      held.remove(job.id());
      boolean isHeld = e instanceof ContendedException contended && contended.isLocked();
      if (isHeld) {
        held.add(job.id());
      }
      troubles.tell(job.id(), isHeld, e, now);
      return Optional.of(now.plus(RETRY));
    }
    return Optional.ofNullable(due.get(job.id()));
  }

  /**
   * Called after the clock has gone back, because it was ahead, or is behind now. Runs are inserted
   * by the new time, except for those that were inserted already.
   */
  private void bringForward(PeriodicJob job, Instant now) {
    Instant wanted = due.get(job.id());
    if (wanted == null) {
      return;
    }
    Optional<Instant> earlier =
        nextNew(job, now).map(PeriodicEnqueuer::storable).filter(it -> it.isBefore(wanted));
    if (earlier.isPresent()) {
      due.put(
          job.id(), job.missedRuns() == null ? earlier.get() : moved(job, wanted, earlier.get()));
    }
  }

  private void meet(PeriodicJob job, Instant now) {
    if (job.runsOnStart() && !startedJobs.contains(job.id())) {
      JobInsert insert = create(job, now);
      if (insert != null) {
        inserts.insert(List.of(insert));
      }
      // Comes before the call of the schedule: if that fails, or has no next run, this method is
      // called again.
      startedJobs.add(job.id());
    }
    Optional<Instant> first = next(job, now).map(PeriodicEnqueuer::storable);
    if (job.missedRuns() == null) {
      first.ifPresent(run -> due.put(job.id(), run));
    } else {
      due.put(job.id(), remembered(job, first.orElse(NEVER), now));
    }
  }

  /** When a durable job is due. A run that was missed is still due, even if it was the last one. */
  private Instant remembered(PeriodicJob job, Instant first, Instant now) {
    Instant stored = store.nextRun(job.id(), first);
    boolean skips = job.missedRuns() == MissedRuns.SKIP;
    Instant next = skips || stored.isAfter(now) ? stored : notInserted(job, stored);
    // A schedule that now has an earlier run, or none, applies at once. Runs from before this term
    // were missed.
    boolean isMissed = !next.isAfter(now);
    boolean isOutdated = next.isAfter(first) || (first.equals(NEVER) && !isMissed);
    Instant wanted = (skips && isMissed) || isOutdated ? first : next;
    return wanted.equals(stored) ? stored : moved(job, stored, wanted);
  }

  /**
   * The first missed run after those that a leader of River for Go has inserted in its term. A
   * leader of Cairn moves the stored time with each run, but River does not know it. Runs before
   * the last inserted one count as inserted: their jobs may have been deleted since.
   */
  private Instant notInserted(PeriodicJob job, Instant missed) {
    Optional<Instant> last =
        runsOfRiver.last(job, missed, termBegan).filter(run -> !run.isBefore(missed));
    return last.isEmpty()
        ? missed
        : next(job, last.get()).map(PeriodicEnqueuer::storable).orElse(NEVER);
  }

  private Instant moved(PeriodicJob job, Instant remembered, Instant next) {
    try {
      boolean moved =
          transactions.run(
              "periodic job " + job.id(),
              connection -> store.advance(connection, job.id(), remembered, next),
              StatementGuard.NONE);
      return moved ? next : remembered;
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private void run(PeriodicJob job, Instant wanted, Instant now) throws Exception {
    List<Instant> runs =
        job.missedRuns() == MissedRuns.ALL
            ? runs(job, wanted, now)
            : List.of(lastRun(job, wanted, now));
    Instant next =
        nextNew(job, runs.size() < MISSED_MAX ? runs.getLast() : now)
            .map(PeriodicEnqueuer::storable)
            .orElse(NEVER);
    List<JobInsert> jobs = jobs(job, runs.stream().filter(run -> !wasInserted(job, run)).toList());
    if (job.missedRuns() == null) {
      if (!jobs.isEmpty()) {
        inserts.insert(jobs);
      }
    } else if (!insertOnce(job, wanted, next, jobs)) {
      // Another client has been the leader in between.
      due.remove(job.id());
      return;
    }
    due.put(job.id(), next);
    remember(job, runs);
  }

  private void remember(PeriodicJob job, List<Instant> runs) {
    SequencedSet<Instant> all = inserted.computeIfAbsent(job.id(), id -> new LinkedHashSet<>());
    all.addAll(runs);
    while (all.size() > REMEMBERED_MAX) {
      all.removeFirst();
    }
  }

  private boolean wasInserted(PeriodicJob job, Instant run) {
    Set<Instant> all = inserted.get(job.id());
    return all != null && all.contains(run);
  }

  /** The next run that was not inserted yet. */
  private Optional<Instant> nextNew(PeriodicJob job, Instant after) {
    Optional<Instant> run = next(job, after);
    for (int tries = 0; tries < REMEMBERED_MAX && run.isPresent(); tries++) {
      if (!wasInserted(job, run.get())) {
        return run;
      }
      run = next(job, run.get());
    }
    return run;
  }

  private boolean insertOnce(PeriodicJob job, Instant wanted, Instant next, List<JobInsert> jobs)
      throws Exception {
    return transactions.run(
        "periodic job " + job.id(),
        connection -> {
          boolean ours = store.advance(connection, job.id(), wanted, next);
          if (ours && !jobs.isEmpty()) {
            inserts.insert(connection, jobs);
            store.waitForCommit(connection);
          }
          return ours;
        },
        StatementGuard.NONE);
  }

  /** The due runs, the oldest first, up to a limit. */
  private static List<Instant> runs(PeriodicJob job, Instant wanted, Instant now) {
    var runs = new ArrayList<Instant>();
    Optional<Instant> run = Optional.of(wanted);
    while (run.isPresent() && !run.get().isAfter(now) && runs.size() < MISSED_MAX) {
      runs.add(run.get());
      run = next(job, run.get());
    }
    return runs;
  }

  private static Instant lastRun(PeriodicJob job, Instant wanted, Instant now) {
    return ForeignCode.tidily(() -> job.schedule().lastUntil(wanted, now));
  }

  private List<JobInsert> jobs(PeriodicJob job, List<Instant> runs) {
    var jobs = new ArrayList<JobInsert>();
    for (Instant run : runs) {
      JobInsert insert = create(job, run);
      if (insert != null) {
        jobs.add(insert);
      }
    }
    return jobs;
  }

  private static Optional<Instant> next(PeriodicJob job, Instant after) {
    return ForeignCode.tidily(() -> job.schedule().next(after));
  }

  /** Truncated to microseconds, as PostgreSQL stores it. */
  private static Instant storable(Instant moment) {
    return moment.truncatedTo(ChronoUnit.MICROS);
  }

  /**
   * Creates a job with the metadata by which River marks periodic jobs, and with the time of the
   * run, from which its delay counts. So a unique period is that of the run, even if this client's
   * clock is behind that of the database.
   */
  private @Nullable JobInsert create(PeriodicJob job, Instant due) {
    JobInsert created = ForeignCode.tidily(() -> job.factory().create(due));
    if (created == null) {
      return null;
    }
    // First, because metadata that is set here would override that of the arguments.
    JobInsert insert = ForeignCode.tidily(() -> inserts.withDefaults(created));
    InsertOptions options = insert.options();
    String given =
        StorableJson.requireObject(
            "the metadata of periodic job '%s'".formatted(job.id()),
            Objects.requireNonNullElse(options.metadata(), "{}"));
    ObjectNode metadata = (ObjectNode) StoredJson.read(given);
    metadata
        .put(MetadataKeys.PERIODIC, true)
        .put(MetadataKeys.PERIODIC_JOB_ID, job.id())
        .put(MetadataKeys.RUN, due.toString());
    InsertOptions marked = options.withMetadata(StoredJson.text(metadata));
    Duration delay = Objects.requireNonNullElse(options.delay(), Duration.ZERO);
    return insert.withOptions(
        options.scheduledAt() == null ? marked.withScheduledAt(due.plus(delay)) : marked);
  }
}
