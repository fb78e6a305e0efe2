package dev.cairn.chaos.fleet;

import dev.cairn.chaos.history.Confirmation;
import dev.cairn.chaos.history.Death;
import dev.cairn.chaos.history.History;
import dev.cairn.chaos.history.JobFact;
import dev.cairn.chaos.history.Lateness;
import dev.cairn.chaos.history.Note;
import dev.cairn.chaos.history.Note.Kind;
import dev.cairn.chaos.history.Strike;
import dev.cairn.chaos.history.Strike.Harm;
import dev.cairn.chaos.history.Transition;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** Collects the records of a run, and measures the lateness of the machine during the run. */
public final class Records {
  private final Tables tables;
  private final Duration heartbeatTimeout;
  private final DatabaseClock.Reading begin;
  private final NavigableMap<Long, Long> late = new ConcurrentSkipListMap<>();

  /** Starts measuring the lateness of the machine, and compares its clock with the database's. */
  public Records(Tables tables, Duration heartbeatTimeout) throws SQLException {
    this.tables = tables;
    this.begin = tables.clock();
    this.heartbeatTimeout = heartbeatTimeout;
    LatenessWatch.begin(() -> {}, millis -> late.put(System.currentTimeMillis(), millis));
  }

  /**
   * The history of the run.
   *
   * @param inserted the jobs whose insertion was confirmed, by key
   * @param lostByDatabase the keys of the jobs that PostgreSQL itself lost
   */
  public History history(
      Fleet fleet,
      Map<String, Confirmation> inserted,
      Set<String> lostByDatabase,
      List<Strike> strikes)
      throws SQLException, IOException {
    List<JobFact> jobs = tables.jobs();
    var clock = new DatabaseClock(begin, tables.clock());
    List<Transition> transitions = tables.transitions().stream().map(clock::shifted).toList();
    List<Death> deaths = fleet.deaths();
    List<Note> notes = fleet.notes();
    return new History(
        heartbeatTimeout,
        WorkerSettings.FLUSH_INTERVAL,
        inserted,
        lostByDatabase,
        jobs,
        notes.stream().filter(note -> note.kind() != Kind.LATE).toList(),
        tables.rows(),
        transitions,
        strikes,
        deaths,
        lateness(notes, strikes),
        clock.error());
  }

  /** Leaves out workers that were stopped on purpose: they do not show how late the machine was. */
  private Lateness lateness(List<Note> notes, List<Strike> strikes) {
    var all = new TreeMap<>(late);
    for (Note note : notes) {
      boolean heldUp =
          strikes.stream()
              .anyMatch(strike ->
                  strike.does(Harm.PAUSE)
                      && strike.strikes(note.client())
                      && strike.touches(note.millis() - note.item(), note.millis(), 0));
      if (note.kind() == Kind.LATE && !heldUp) {
        all.merge(note.millis(), note.item(), Math::max);
      }
    }
    return new Lateness(all);
  }

  /** The misbehaviours of processes. */
  public List<String> complaints(Fleet fleet) {
    return fleet.complaints();
  }
}
