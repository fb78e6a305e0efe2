package dev.cairn.chaos.verdict;

import dev.cairn.chaos.history.JobFact;
import dev.cairn.chaos.history.Note;
import dev.cairn.chaos.history.Note.Kind;
import dev.cairn.chaos.history.Rung;
import dev.cairn.chaos.history.Strike.Harm;
import dev.cairn.chaos.history.Transition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Rules about the sequence of the runs of a job. */
final class RunRules {
  private static final String ADVANCE = "advance";

  /** How long a thread may take to continue on an idle machine. */
  private static final long PACE_MILLIS = 500;

  /** Rungs whose jobs end their own runs. */
  private static final Set<Rung> SELF_DESTRUCTIVE =
      Set.of(Rung.EXIT, Rung.OUT_OF_MEMORY, Rung.STACK_OVERFLOW);

  /** What a job of the rung {@code FAIL_ONCE} throws. */
  private static final String PLANNED = "planned failure";

  private final Case facts;
  private final Consumer<Finding> findings;

  RunRules(Case facts, Consumer<Finding> findings) {
    this.facts = facts;
    this.findings = findings;
  }

  void apply() {
    var completions = new HashMap<Long, Integer>();
    for (Transition transition : facts.history().transitions()) {
      if (transition.to().equals("completed")) {
        completions.merge(transition.jobId(), 1, Integer::sum);
      }
    }
    completions.forEach(this::judgeCompletions);
    facts.jobs().forEach(this::judge);
  }

  private void judgeCompletions(long jobId, int times) {
    if (times > 1) {
      note(Promise.ONE_COMPLETION, jobId, "it was completed %d times".formatted(times));
    }
  }

  private void judge(JobFact job) {
    List<Run> runs = facts.runs(job);
    for (int i = 1; i < runs.size(); i++) {
      Run earlier = runs.get(i - 1);
      Run later = runs.get(i);
      judgeOverlap(earlier, later);
      judgeLoss(earlier, later);
    }
    judgeGoodEnds(runs.stream().filter(Run::returned).toList());
    for (Run run : runs) {
      judgeEnd(job, run);
    }
  }

  /** Checks that a run that did not return ended as planned, or had a cause outside of Cairn. */
  private void judgeEnd(JobFact job, Run run) {
    boolean failed = run.threw() || run.wasCutOffByDatabase();
    if (failed && !isPlanned(job, run) && !facts.isDisturbed(run)) {
      note(Promise.NO_FAILURE_WITHOUT_CAUSE, job.id(), "%s %s".formatted(run.id(), run.end()));
    }
    boolean gone = run.isSilent() && !SELF_DESTRUCTIVE.contains(job.deed().rung());
    if ((run.wasInterrupted() || gone) && !facts.isParted(run)) {
      note(
          Promise.NO_INTERRUPTION_WITHOUT_CAUSE,
          job.id(),
          "%s %s".formatted(run.id(), gone ? "has no end" : run.end()));
    }
  }

  private static boolean isPlanned(JobFact job, Run run) {
    return SELF_DESTRUCTIVE.contains(job.deed().rung())
        || job.deed().rung() == Rung.THREADS
        || (job.deed().rung() == Rung.FAIL_ONCE && run.end().contains(PLANNED));
  }

  private void judgeOverlap(Run earlier, Run later) {
    if (later.began() < earlier.lastSeen()
        && !facts.hasCause(earlier.client(), earlier.began(), later.began())) {
      note(
          Promise.ONE_RUN_AT_A_TIME,
          later.jobId(),
          "%s began while %s was running".formatted(later.id(), earlier.id()));
    }
  }

  private void judgeGoodEnds(List<Run> good) {
    for (int i = 1; i < good.size(); i++) {
      Run first = good.get(i - 1);
      Run second = good.get(i);
      if (!facts.hasCause(first.client(), first.began(), second.lastSeen())
          && !facts.hasCause(second.client(), first.began(), second.lastSeen())) {
        note(
            Promise.ONE_GOOD_END,
            first.jobId(),
            "%s and %s both returned".formatted(first.id(), second.id()));
      }
    }
  }

  /** Checks the work that {@code advance} had covered and the next run did again. */
  private void judgeLoss(Run earlier, Run later) {
    Optional<Note> at = position(later);
    if (at.isEmpty()
        || facts.suffers(earlier.client(), Harm.DATABASE, earlier.began(), later.began())
        || facts.suffers(earlier.client(), Harm.SLOWNESS, earlier.began(), later.began())
        || facts.suffers(earlier.client(), Harm.PAUSE, earlier.began(), later.began())) {
      return;
    }
    long spared = lossBegins(earlier);
    for (Note done : earlier.notes()) {
      if (done.kind() == Kind.DID
          && done.step().equals(ADVANCE)
          && done.item() >= at.get().item()
          && done.millis() < spared) {
        note(
            Promise.REDONE_WITHIN_FLUSH_INTERVAL,
            later.jobId(),
            "%s continued at %d, but item %d had happened %d ms before the end of %s"
                .formatted(
                    later.id(),
                    at.get().item(),
                    done.item(),
                    earlier.lastSeen() - done.millis(),
                    earlier.id()));
      }
    }
  }

  /**
   * The time from which work may be done again. It counts from the last note of the run, because a
   * death may be recorded late.
   */
  private long lossBegins(Run run) {
    boolean died =
        facts.history().deaths().stream().anyMatch(death -> death.client().equals(run.client()));
    boolean cutOff = run.end().isEmpty() && died;
    long end = run.lastSeen();
    long flush = cutOff ? facts.history().flushInterval().toMillis() : 0;
    long late = facts.history().machine().worst(end - 2_000, end + 2_000);
    return end - flush - PACE_MILLIS - 2 * late;
  }

  private static Optional<Note> position(Run run) {
    return run.notes().stream()
        .filter(note -> note.kind() == Kind.AT && note.step().equals(ADVANCE))
        .findFirst();
  }

  private void note(Promise promise, long jobId, String text) {
    findings.accept(new Finding(promise, jobId, text));
  }

  /** How many runs there were, and how many ended without a note. */
  static Map<String, Long> counts(Case facts) {
    long runs = facts.jobs().mapToLong(job -> facts.runs(job).size()).sum();
    long cutOff =
        facts
            .jobs()
            .flatMap(job -> facts.runs(job).stream())
            .filter(run -> run.end().isEmpty())
            .count();
    return Map.of("runs", runs, "cutOff", cutOff);
  }
}
