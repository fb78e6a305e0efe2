package dev.cairn.chaos.verdict;

import dev.cairn.chaos.history.Confirmation;
import dev.cairn.chaos.history.Death;
import dev.cairn.chaos.history.Deed;
import dev.cairn.chaos.history.History;
import dev.cairn.chaos.history.JobFact;
import dev.cairn.chaos.history.Lateness;
import dev.cairn.chaos.history.Note;
import dev.cairn.chaos.history.Note.Kind;
import dev.cairn.chaos.history.RowFact;
import dev.cairn.chaos.history.Rung;
import dev.cairn.chaos.history.Strike;
import dev.cairn.chaos.history.Strike.Harm;
import dev.cairn.chaos.history.Transition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/** A history made by hand. At first, it is that of a run without faults. */
final class PlantedHistory {
  static final Duration TIMEOUT = Duration.ofSeconds(4);
  static final Duration FLUSH = Duration.ofMillis(500);

  final Map<String, Confirmation> inserted = new HashMap<>();
  final Map<Long, JobFact> jobs = new TreeMap<>();
  final List<Note> notes = new ArrayList<>();
  final List<RowFact> rows = new ArrayList<>();
  final List<Transition> transitions = new ArrayList<>();
  final List<Strike> strikes = new ArrayList<>();
  final List<Death> deaths = new ArrayList<>();
  final NavigableMap<Long, Long> late = new TreeMap<>();
  long clockErrorMillis;

  /** A job that was inserted and completed in its first attempt. */
  PlantedHistory job(long id, Rung rung) {
    inserted.put("k" + id, new Confirmation(id, 0));
    return ends(id, rung, "completed", 1, 0);
  }

  PlantedHistory ends(long id, Rung rung, String state, int attempt, int errors) {
    jobs.put(id, new JobFact(id, new Deed(rung, "k" + id), state, attempt, errors, ""));
    return this;
  }

  PlantedHistory began(long millis, String run, long job) {
    return began(millis, run, job, "k" + job);
  }

  PlantedHistory began(long millis, String run, long job, String key) {
    return note(Kind.BEGAN, millis, run, job, "", 1, key);
  }

  PlantedHistory did(long millis, String run, long job, String step, long item) {
    return note(Kind.DID, millis, run, job, step, item, "");
  }

  PlantedHistory kept(long millis, String run, long job, String step, long item) {
    return note(Kind.KEPT, millis, run, job, step, item, "");
  }

  PlantedHistory at(long millis, String run, long job, String step, long item) {
    return note(Kind.AT, millis, run, job, step, item, "");
  }

  PlantedHistory ended(long millis, String run, long job, String how) {
    return note(Kind.ENDED, millis, run, job, "", 0, how);
  }

  PlantedHistory returned(long millis, String run, long job) {
    return ended(millis, run, job, Note.RETURNED);
  }

  PlantedHistory row(long job, String step, long item) {
    rows.add(new RowFact(job, step, item, "w1-1", "w1-1#1"));
    return this;
  }

  PlantedHistory transition(long millis, long job, String from, String to, String client) {
    transitions.add(new Transition(job, from, to, client, millis));
    return this;
  }

  PlantedHistory death(String client, long millis) {
    deaths.add(new Death(client, millis));
    return this;
  }

  PlantedHistory strike(String target, long begin, long end, Harm... harms) {
    strikes.add(new Strike("planted", target, begin, end, Set.of(harms), true));
    return this;
  }

  /** The client of a run is the part of the run's id before the number. */
  private PlantedHistory note(
      Kind kind, long millis, String run, long job, String step, long item, String text) {
    notes.add(
        new Note(kind, millis, run.substring(0, run.indexOf('#')), run, job, step, item, text));
    return this;
  }

  Verdict verdict() {
    return verdict(Set.of());
  }

  Verdict verdict(Set<String> lostByDatabase) {
    return Judge.judge(
        new History(
            TIMEOUT,
            FLUSH,
            inserted,
            lostByDatabase,
            List.copyOf(jobs.values()),
            notes,
            rows,
            transitions,
            strikes,
            deaths,
            new Lateness(late),
            clockErrorMillis),
        List.of());
  }

  List<Promise> broken() {
    return verdict().findings().stream().map(Finding::promise).distinct().toList();
  }
}
