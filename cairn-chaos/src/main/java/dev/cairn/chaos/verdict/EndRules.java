package dev.cairn.chaos.verdict;

import dev.cairn.chaos.history.JobFact;
import dev.cairn.chaos.history.Outage;
import dev.cairn.chaos.history.Rung;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Rules about the final states of jobs, and their attempts and errors. */
final class EndRules {
  private static final Set<String> FINAL = Set.of("completed", "cancelled", "discarded");

  /** The rungs whose failures may be missing in the journal. */
  private static final Set<Rung> SILENT = Set.of(Rung.OUT_OF_MEMORY, Rung.STACK_OVERFLOW);

  private final Case facts;
  private final Consumer<Finding> findings;

  EndRules(Case facts, Consumer<Finding> findings) {
    this.facts = facts;
    this.findings = findings;
  }

  void apply() {
    Set<String> there = facts.jobs().map(job -> job.deed().key()).collect(Collectors.toSet());
    facts
        .history()
        .inserted()
        .forEach((key, confirmed) -> {
          if (!there.contains(key) && !facts.isLostByDatabase(key)) {
            note(Promise.NO_JOB_LOST, confirmed.jobId(), "its row is missing; its key was " + key);
          }
        });
    facts.jobs().forEach(this::judge);
  }

  private void judge(JobFact job) {
    if (!FINAL.contains(job.state()) && job.deed().rung() == Rung.TOLD) {
      note(Promise.CLIENTS_HEAR, job.id(), job.deed().key() + ": " + describe(job));
    } else if (!FINAL.contains(job.state())) {
      note(Promise.EVERY_JOB_ENDS, job.id(), describe(job));
    } else if (!job.state().equals("completed")) {
      note(Promise.RIGHT_END, job.id(), describe(job));
    }
    List<Run> runs = facts.runs(job);
    long failures = runs.stream().filter(Run::threw).count();
    if (SILENT.contains(job.deed().rung())) {
      failures += runs.stream().filter(run -> run.end().isEmpty()).count();
    }
    long outages = runs.stream().filter(Run::wasCutOffByDatabase).count();
    failures += Outage.counted(outages);
    String threw =
        ", but its workers threw %d times%s"
            .formatted(
                failures,
                outages == 0 ? "" : ", and the database cut it off %d times".formatted(outages));
    if (job.attempt() > failures + 1) {
      note(Promise.ATTEMPTS_ONLY_BY_THE_WORKER, job.id(), describe(job) + threw);
    }
    if (job.errors() > failures) {
      note(Promise.ERRORS_ONLY_BY_THE_WORKER, job.id(), describe(job) + threw);
    }
  }

  private void note(Promise promise, long jobId, String text) {
    findings.accept(new Finding(promise, jobId, text));
  }

  private static String describe(JobFact job) {
    return "%s is %s in attempt %d with %d errors%s"
        .formatted(
            job.deed().rung(),
            job.state(),
            job.attempt(),
            job.errors(),
            job.lastError().isEmpty() ? "" : ", the last one: " + job.lastError());
  }
}
