package dev.cairn.chaos.verdict;

import dev.cairn.chaos.history.History;
import dev.cairn.chaos.history.JobFact;
import dev.cairn.chaos.history.Note;
import dev.cairn.chaos.history.Note.Kind;
import dev.cairn.chaos.history.RowFact;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Judges a history by all promises. */
public final class Judge {
  private final Case facts;
  private final List<Finding> findings = new ArrayList<>();

  private Judge(History history) {
    this.facts = new Case(history);
  }

  /**
   * The verdict on a history.
   *
   * @param complaints the misbehaviours of processes
   */
  public static Verdict judge(History history, List<String> complaints) {
    return new Judge(history).judge(complaints);
  }

  private Verdict judge(List<String> complaints) {
    complaints.forEach(it -> findings.add(new Finding(Promise.PROCESSES_BEHAVE, 0, it)));
    new EndRules(facts, findings::add).apply();
    new EffectRules(facts, findings::add).apply();
    new RunRules(facts, findings::add).apply();
    var takeovers = new Takeovers(facts);
    takeovers.apply(findings::add);
    Map<String, Long> runs = RunRules.counts(facts);
    return new Verdict(
        List.copyOf(findings),
        facts.jobs().count(),
        runs.getOrDefault("runs", 0L),
        runs.getOrDefault("cutOff", 0L),
        facts.met(),
        facts.undisturbed(),
        findings.stream().filter(it -> it.promise() == Promise.NO_JOB_LOST).count(),
        lostByDatabase(),
        repeated(),
        doubled(),
        takeovers.count(),
        takeovers.unclear(),
        takeovers.longest(),
        takeovers.longestUntilWorked(),
        facts.jobs().mapToLong(job -> Math.max(0, job.attempt() - 1)).sum(),
        facts.history().machine().worst());
  }

  private long lostByDatabase() {
    return facts.history().inserted().keySet().stream().filter(facts::isLostByDatabase).count();
  }

  private Map<String, Long> repeated() {
    var byRung = new TreeMap<String, Long>();
    facts
        .jobs()
        .forEach(job -> {
          List<Note> done = facts.notes(job, Kind.DID);
          long different = done.stream().map(note -> note.step() + note.item()).distinct().count();
          add(byRung, job, done.size() - different);
        });
    return byRung;
  }

  private Map<String, Long> doubled() {
    Set<String> seen = new HashSet<>();
    Map<Long, Long> byJob = new TreeMap<>();
    for (RowFact row : facts.history().rows()) {
      if (!seen.add(row.jobId() + row.step() + "/" + row.item())) {
        byJob.merge(row.jobId(), 1L, Long::sum);
      }
    }
    var byRung = new TreeMap<String, Long>();
    facts.jobs().forEach(job -> add(byRung, job, byJob.getOrDefault(job.id(), 0L)));
    return byRung;
  }

  private static void add(Map<String, Long> byRung, JobFact job, long count) {
    if (count > 0) {
      byRung.merge(job.deed().rung().label(), count, Long::sum);
    }
  }
}
