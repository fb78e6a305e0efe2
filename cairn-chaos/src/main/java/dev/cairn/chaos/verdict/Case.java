package dev.cairn.chaos.verdict;

import dev.cairn.chaos.history.Confirmation;
import dev.cairn.chaos.history.Death;
import dev.cairn.chaos.history.History;
import dev.cairn.chaos.history.JobFact;
import dev.cairn.chaos.history.Note;
import dev.cairn.chaos.history.Note.Kind;
import dev.cairn.chaos.history.Rung;
import dev.cairn.chaos.history.Strike;
import dev.cairn.chaos.history.Strike.Harm;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A history, sorted by jobs and runs, with the queries that the rules need. */
final class Case {
  /** How late the inserting client may note an answer. */
  private static final long LATE_NOTE_MILLIS = 5_000;

  /**
   * The longest time between two notes of a run that is still in progress. A call to the database
   * ends after 15 s without an answer, and no job waits for longer. A death or a stop later than
   * that does not explain a run that vanished.
   */
  private static final long SILENCE_MAX_MILLIS = 60_000;

  private final History history;
  private final Map<String, Run> runs = new LinkedHashMap<>();
  private final Map<Long, List<Run>> runsByJob = new TreeMap<>();
  private final Map<Long, JobFact> jobs = new TreeMap<>();

  /** Runs of jobs after which their process may do anything. */
  private final List<Run> memoryHogs = new ArrayList<>();

  Case(History history) {
    this.history = history;
    history.jobs().forEach(job -> jobs.put(job.id(), job));
    var notes = new HashMap<String, List<Note>>();
    history.notes().stream()
        .sorted(Comparator.comparingLong(Note::millis))
        .forEach(note -> notes.computeIfAbsent(note.run(), run -> new ArrayList<>()).add(note));
    notes.forEach((id, all) ->
        runs.put(id, new Run(id, all.getFirst().jobId(), all.getFirst().client(), all)));
    runs.values().stream()
        .sorted(Comparator.comparingLong(Run::began))
        .forEach(run -> runsByJob.computeIfAbsent(run.jobId(), id -> new ArrayList<>()).add(run));
    jobs.values().stream()
        .filter(job -> job.deed().rung() == Rung.OUT_OF_MEMORY)
        .forEach(job -> memoryHogs.addAll(runs(job)));
  }

  History history() {
    return history;
  }

  Stream<JobFact> jobs() {
    return jobs.values().stream();
  }

  /** The runs of a job, in the order in which they began. */
  List<Run> runs(JobFact job) {
    return runsByJob.getOrDefault(job.id(), List.of()).stream()
        .filter(run -> run.worked(job))
        .toList();
  }

  Run run(Note note) {
    return Objects.requireNonNull(runs.get(note.run()));
  }

  /** The notes of a job of this kind, in the order of time. */
  List<Note> notes(JobFact job, Kind kind) {
    return runs(job).stream()
        .flatMap(run -> run.notes().stream())
        .filter(note -> note.kind() == kind)
        .sorted(Comparator.comparingLong(Note::millis))
        .toList();
  }

  /**
   * Whether something separated the client from its jobs within this time, or shortly before: an
   * attack that does so, the client's death, or a job that used up its memory. Other attacks, such
   * as superfluous notifications, are not a cause.
   */
  boolean hasCause(String client, long from, long to) {
    return history.strikes().stream()
            .anyMatch(strike ->
                strike.parts()
                    && strike.strikes(client)
                    && strike.touches(from, to, strike.isOrderly() ? 0 : history.slackMillis()))
        || history.deaths().stream()
            .anyMatch(death ->
                death.client().equals(client) && death.millis() >= from && death.millis() <= to)
        || memoryHogs.stream()
            .anyMatch(run ->
                run.client().equals(client)
                    && run.began() <= to
                    && run.lastSeen() + history.slackMillis() >= from);
  }

  /** How many runs were in progress when an attack struck their client. */
  long met() {
    return runs.values().stream()
        .filter(run ->
            history.strikes().stream()
                .anyMatch(strike ->
                    strike.whole()
                        && strike.strikes(run.client())
                        && strike.touches(run.began(), until(run), 0)))
        .count();
  }

  /**
   * The last moment of a run. A run without an end was in progress until its process died, which
   * may be long after its last note.
   */
  private long until(Run run) {
    return run.isSilent()
        ? history.deaths().stream()
            .filter(death -> death.client().equals(run.client()) && death.millis() >= run.began())
            .mapToLong(Death::millis)
            .min()
            .orElse(Long.MAX_VALUE)
        : run.lastSeen();
  }

  /**
   * Whether anything may have disturbed a run: it was separated from its job, single calls to the
   * database failed or were late, or the machine stalled.
   */
  boolean isDisturbed(Run run) {
    return isParted(run) || suffers(run.client(), Harm.SLOWNESS, run.began(), run.lastSeen());
  }

  /**
   * Whether a run may have lost its job: by an attack, by the death of its client, or because the
   * machine stalled for so long that heartbeats may have been late.
   */
  boolean isParted(Run run) {
    long timeout = history.heartbeatTimeout().toMillis();
    // A run without an end may have been cut off at some time after its last note.
    long to = Math.min(until(run), run.lastSeen() + (run.isSilent() ? SILENCE_MAX_MILLIS : 0));
    return hasCause(run.client(), run.began(), to)
        || history.machine().worst(run.began() - timeout, run.lastSeen()) > timeout / 2;
  }

  /** How many runs were undisturbed, so that any failure in them would be a finding. */
  long undisturbed() {
    return runs.values().stream().filter(run -> !isDisturbed(run)).count();
  }

  /** Whether a job used up the memory of another client within this time, or shortly before. */
  boolean hasMemoryHogBeside(String client, long from, long to) {
    return memoryHogs.stream()
        .anyMatch(run ->
            !run.client().equals(client)
                && run.began() <= to
                && run.lastSeen() + history.slackMillis() >= from);
  }

  /** Whether the run failed while single calls to the database failed or were late. */
  boolean failedBySlowness(Run run) {
    return run.threw() && suffers(run.client(), Harm.SLOWNESS, run.began(), run.lastSeen());
  }

  /** Whether an attack with this harm was in progress within this time, or shortly before. */
  boolean suffers(String client, Harm harm, long from, long to) {
    return history.strikes().stream()
        .anyMatch(strike ->
            strike.does(harm)
                && (client.equals(Strike.EVERYBODY) || strike.strikes(client))
                && strike.touches(from, to, history.slackMillis()));
  }

  /**
   * Whether PostgreSQL itself has lost this job: the standby does not have the job, and its last
   * transaction arrived before the insertion was confirmed.
   */
  boolean isLostByDatabase(String key) {
    Confirmation confirmed = history.inserted().get(key);
    return confirmed != null
        && history.lostByDatabase().contains(key)
        && history.strikes().stream()
            .anyMatch(strike ->
                strike.does(Harm.LOSS)
                    && strike.touches(confirmed.millis(), confirmed.millis(), LATE_NOTE_MILLIS));
  }

  /** Whether PostgreSQL may have lost commits that it confirmed within this time. */
  boolean mayBeLost(long from, long to) {
    return history.strikes().stream()
        .anyMatch(strike -> strike.does(Harm.LOSS) && strike.touches(from, to, 0));
  }
}
