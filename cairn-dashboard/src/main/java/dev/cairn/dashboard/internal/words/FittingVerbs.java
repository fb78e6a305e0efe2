package dev.cairn.dashboard.internal.words;

import dev.cairn.JobState;
import dev.cairn.dashboard.Grant;
import dev.cairn.dashboard.Verb;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What can be done with a job now, and what each act would bring about. */
public final class FittingVerbs {
  private static final List<Verb> OF_JOBS =
      List.of(
          Verb.INTERRUPT,
          Verb.PAUSE,
          Verb.RESUME,
          Verb.RETRY,
          Verb.REDRIVE,
          Verb.REWIND,
          Verb.SKIP,
          Verb.RESTART,
          Verb.CANCEL,
          Verb.DELETE);

  private static final Set<JobState> WAITING =
      EnumSet.of(JobState.AVAILABLE, JobState.RETRYABLE, JobState.SCHEDULED);

  private FittingVerbs() {}

  /**
   * An act.
   *
   * @param text what happens
   * @param because why it is not possible; null if it is
   */
  public record Act(Verb verb, String text, @Nullable String because) {
    public boolean allowed() {
      return because == null;
    }
  }

  /** The one act that makes most sense next. */
  public record Next(Verb verb, String text) {}

  public static List<Act> of(JobFacts facts, Grant grant) {
    var acts = new ArrayList<Act>();
    for (Verb verb : OF_JOBS) {
      String because = misfit(facts, verb);
      if (because == null && !grant.allows(verb)) {
        because = "You may not do this.";
      }
      acts.add(new Act(verb, consequence(facts, verb), because));
    }
    return acts;
  }

  private static boolean isRunning(JobFacts facts) {
    return facts.job().state() == JobState.RUNNING;
  }

  private static @Nullable String misfit(JobFacts facts, Verb verb) {
    JobState state = facts.job().state();
    return switch (verb) {
      case INTERRUPT -> isRunning(facts) ? null : "It is not running.";
      case PAUSE ->
          state.isFinal()
              ? "It has ended."
              : state == JobState.PENDING
                  ? "It is paused already."
                  : facts.past().pauseRequested() ? "It is about to pause." : null;
      case RESUME ->
          state == JobState.PENDING || facts.past().pauseRequested() ? null : "It is not paused.";
      case RETRY ->
          isRunning(facts)
              ? "It runs."
              : state == JobState.AVAILABLE && facts.isDue() ? "It is ready to run." : null;
      case REDRIVE ->
          isRunning(facts)
              ? "It runs."
              : facts.job().quarantined() == 0 ? "It has put nothing aside." : null;
      case REWIND -> steps(facts, facts.past().steps() == 0);
      case SKIP -> steps(facts, false);
      case RESTART -> isRunning(facts) ? "It is running: pause it first." : null;
      case CANCEL -> state.isFinal() ? "It has ended." : null;
      case DELETE -> isRunning(facts) ? "It is running: cancel it first." : null;
      case INSERT -> "This makes another job.";
      case PAUSE_QUEUE, RESUME_QUEUE -> "This is for queues.";
    };
  }

  private static @Nullable String steps(JobFacts facts, boolean none) {
    if (isRunning(facts)) {
      return "It is running: pause it first.";
    }
    if (facts.job().state() == JobState.COMPLETED) {
      return "It has completed, and the steps of completed jobs are not kept.";
    }
    return none ? "It has not reached a step yet." : null;
  }

  private static String consequence(JobFacts facts, Verb verb) {
    JobState state = facts.job().state();
    return switch (verb) {
      case INTERRUPT ->
          "It stops at its next checkpoint and is ready to run again at once. No attempt is used"
              + " up.";
      case PAUSE ->
          isRunning(facts)
              ? "It stops at its next checkpoint and stays paused until somebody resumes it. No"
                  + " attempt is used up."
              : "It stays as it is, and no client claims it until somebody resumes it.";
      case RESUME ->
          isRunning(facts)
              ? "It is no longer asked to pause."
              : facts.isDue()
                  ? "It is ready to run at once, and continues where it stopped."
                  : "It is no longer paused, and runs when it is due: in %s."
                      .formatted(Words.between(facts.now(), facts.job().scheduledAt()));
      case RETRY ->
          state == JobState.COMPLETED
              ? "It runs again from zero, although it has completed."
              : WAITING.contains(state) || state == JobState.PENDING
                  ? "It is ready to run at once, instead of later. It continues where it stopped."
                  : "It is ready to run at once, with one more attempt if all are used up. It"
                      + " continues where it stopped.";
      case REDRIVE ->
          "Only its %s put aside are worked again. Finished steps do not run."
              .formatted(Words.count(facts.job().quarantined(), "item"));
      case REWIND ->
          "The step that you choose and all steps behind it run again in the next attempt.";
      case SKIP -> "The step that you choose counts as finished and does not run.";
      case RESTART -> "It forgets all its steps and runs from zero at once.";
      case CANCEL ->
          isRunning(facts)
              ? "It is asked to stop, and ends as cancelled unless it completes first."
              : "It ends now and does not run again.";
      case DELETE -> "The job and all that belongs to it are deleted. This cannot be undone.";
      case INSERT -> "Another job is inserted.";
      case PAUSE_QUEUE -> "No client claims jobs of this queue. Running jobs continue.";
      case RESUME_QUEUE -> "Clients claim jobs of this queue again.";
    };
  }

  /** Empty if nothing needs to be done. */
  public static Optional<Next> next(JobFacts facts) {
    return switch (facts.job().state()) {
      case PENDING ->
          Optional.of(
              new Next(Verb.RESUME, "Resume it if it may run. It continues where it stopped."));
      case DISCARDED ->
          Optional.of(
              new Next(
                  Verb.RETRY,
                  "Its attempts are used up. Fix the cause of its last error, then retry it: it"
                      + " continues where it stopped."));
      case RETRYABLE ->
          Optional.of(
              new Next(
                  Verb.RETRY,
                  "If you have fixed the cause of its error, retry it now instead of waiting."));
      case RUNNING ->
          facts
              .stalledFor()
              .filter(span -> !Boolean.FALSE.equals(facts.around().clientAlive()))
              .map(span ->
                  new Next(
                      Verb.INTERRUPT,
                      "If it is stuck, interrupt it: another worker continues at its last"
                          + " checkpoint."));
      case COMPLETED, CANCELLED ->
          facts.job().quarantined() > 0
              ? Optional.of(new Next(Verb.REDRIVE, "Work the items again that it has put aside."))
              : Optional.empty();
      case AVAILABLE, SCHEDULED -> paused(facts);
    };
  }

  private static Optional<Next> paused(JobFacts facts) {
    var queue = facts.around().queue();
    return queue != null && queue.pausedAt() != null
        ? Optional.of(new Next(Verb.RESUME_QUEUE, "Resume its queue if its jobs may run."))
        : Optional.empty();
  }
}
