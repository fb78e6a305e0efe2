package dev.cairn.opentelemetry;

import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventListener;
import dev.cairn.event.StepEvent;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Spans around steps, and the events of an attempt while it runs. Thread-safe. */
final class StepSpans implements EventListener {
  private final AttemptSpans attempts;
  private final boolean steps;

  /**
   * @param steps whether steps have spans; attempts are linked in any case
   */
  StepSpans(AttemptSpans attempts, boolean steps) {
    this.attempts = attempts;
    this.steps = steps;
  }

  @Override
  public Set<EventKind> kinds() {
    Set<EventKind> kinds =
        EnumSet.of(EventKind.JOB_RESUMED, EventKind.STEP_STARTED, EventKind.STEP_SKIPPED);
    if (steps) {
      kinds.addAll(
          EnumSet.of(
              EventKind.STEP_FINISHED,
              EventKind.STEP_FAILED,
              EventKind.STEP_STOPPED,
              EventKind.CHECKPOINT_SAVED,
              EventKind.ITEM_QUARANTINED));
    }
    return kinds;
  }

  @Override
  public void on(Event event) {
    if (event instanceof StepEvent step) {
      Guard.run("in the span of a step", () -> on(step));
    }
  }

  private void on(StepEvent event) {
    ThreadSpans here = attempts.current();
    if (event instanceof StepEvent.CheckpointSaved saved) {
      // Called on a thread of the client.
      saved(attempts.find(saved.origin()), saved);
    } else if (here != null) {
      on(event, here);
    }
  }

  private static void saved(@Nullable AttemptSpan attempt, StepEvent.CheckpointSaved saved) {
    StepSpan step = attempt == null ? null : attempt.find(saved.step());
    if (step != null && saved.cursor() != null) {
      step.checkpoint(saved.cursor());
    }
  }

  private void on(StepEvent event, ThreadSpans here) {
    AttemptSpan attempt = here.attempt();
    attempts.reached(attempt);
    switch (event) {
      case StepEvent.Resumed it -> attempt.resumed(it.step(), it.cursor());
      case StepEvent.StepStarted it -> {
        attempt.note();
        if (steps) {
          here.begin(attempts.spans(), it.step());
        }
      }
      case StepEvent.StepSkipped it -> {
        // It may be interrupted before it begins a step.
        attempt.note();
        if (steps) {
          attempt.skipped(it.step());
        }
      }
      case StepEvent.StepFinished it -> here.end(it.step(), "finished", null);
      case StepEvent.StepFailed it -> here.end(it.step(), "failed", it.failure());
      case StepEvent.StepStopped it -> here.end(it.step(), "stopped", null);
      case StepEvent.Quarantined it -> {
        StepSpan step = attempt.find(it.step());
        if (step != null) {
          step.quarantined(it.item());
        }
      }
      default -> {}
    }
  }
}
