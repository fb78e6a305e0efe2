package dev.cairn.chaos.verdict;

import dev.cairn.chaos.history.JobFact;
import dev.cairn.chaos.history.Note;
import dev.cairn.chaos.history.Note.Kind;
import dev.cairn.chaos.history.RowFact;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Rules about how often effects happened. */
final class EffectRules {
  private final Case facts;
  private final Consumer<Finding> findings;
  private final Map<Effect, Integer> rows = new HashMap<>();

  /** An item of a step of a job. */
  private record Effect(long jobId, String step, long item) {}

  EffectRules(Case facts, Consumer<Finding> findings) {
    this.facts = facts;
    this.findings = findings;
    for (RowFact row : facts.history().rows()) {
      rows.merge(new Effect(row.jobId(), row.step(), row.item()), 1, Integer::sum);
    }
  }

  void apply() {
    rows.forEach((effect, times) -> {
      if (times > 1) {
        note(
            Promise.NO_ROW_TWICE,
            effect.jobId(),
            "item %d of '%s' exists %d times".formatted(effect.item(), effect.step(), times));
      }
    });
    facts.jobs().forEach(this::judge);
  }

  private void judge(JobFact job) {
    Map<Effect, List<Note>> done = by(facts.notes(job, Kind.DID));
    Map<Effect, List<Note>> kept = by(facts.notes(job, Kind.KEPT));
    if (job.state().equals("completed")) {
      job.deed().rung().inTransaction().forEach((step, items) -> demandRows(job, step, items));
      job.deed().rung().plain().forEach((step, items) -> demandEffects(job, step, items, done));
    }
    done.forEach(this::judgeRepetitions);
    kept.forEach((effect, notes) -> judgeStepsBack(notes, done.getOrDefault(effect, List.of())));
    facts.notes(job, Kind.AT).forEach(at -> judgePosition(at, done));
  }

  private void demandRows(JobFact job, String step, int items) {
    for (long item = 0; item < items; item++) {
      if (!rows.containsKey(new Effect(job.id(), step, item))) {
        note(Promise.NO_ROW_LOST, job.id(), "item %d of '%s' does not exist".formatted(item, step));
      }
    }
  }

  private void demandEffects(JobFact job, String step, int items, Map<Effect, List<Note>> done) {
    for (long item = 0; item < items; item++) {
      if (!done.containsKey(new Effect(job.id(), step, item))) {
        note(
            Promise.NO_EFFECT_LOST,
            job.id(),
            "item %d of '%s' never happened".formatted(item, step));
      }
    }
  }

  private void judgeRepetitions(Effect effect, List<Note> times) {
    for (int i = 1; i < times.size(); i++) {
      Note first = times.get(i - 1);
      Note again = times.get(i);
      boolean allowed =
          !first.run().equals(again.run())
              && (facts.failedBySlowness(facts.run(first))
                  || facts.hasCause(first.client(), first.millis(), again.millis())
                  || facts.hasCause(again.client(), first.millis(), again.millis()));
      if (!allowed) {
        note(
            Promise.NO_EFFECT_REPEATED_WITHOUT_CAUSE,
            effect.jobId(),
            "item %d of '%s' happened in %s and again in %s"
                .formatted(effect.item(), effect.step(), first.run(), again.run()));
      }
    }
  }

  private void judgeStepsBack(List<Note> kept, List<Note> done) {
    Note since = kept.getFirst();
    for (Note again : done) {
      // A run that began before, and has not noticed yet that it lost the job, may repeat the
      // effect.
      boolean isStale =
          !again.run().equals(since.run()) && facts.run(again).began() < since.millis();
      if (again.millis() > since.millis()
          && !isStale
          && !facts.mayBeLost(since.millis(), since.millis())) {
        note(
            Promise.NO_STEP_BACK,
            again.jobId(),
            "item %d of '%s' was durable in %s and happened again in %s"
                .formatted(again.item(), again.step(), since.run(), again.run()));
      }
    }
  }

  private void judgePosition(Note at, Map<Effect, List<Note>> done) {
    for (long item = 0; item < at.item(); item++) {
      var effect = new Effect(at.jobId(), at.step(), item);
      boolean happened =
          rows.containsKey(effect)
              || done.getOrDefault(effect, List.of()).stream()
                  .anyMatch(note -> note.millis() <= at.millis());
      if (!happened) {
        note(
            Promise.NO_CHECKPOINT_AHEAD,
            at.jobId(),
            "%s continued at %d of '%s', but item %d had not happened"
                .formatted(at.run(), at.item(), at.step(), item));
      }
    }
  }

  private static Map<Effect, List<Note>> by(List<Note> notes) {
    var all = new HashMap<Effect, List<Note>>();
    for (Note note : notes) {
      all.computeIfAbsent(
              new Effect(note.jobId(), note.step(), note.item()), effect -> new ArrayList<>())
          .add(note);
    }
    return all;
  }

  private void note(Promise promise, long jobId, String text) {
    findings.accept(new Finding(promise, jobId, text));
  }
}
