package dev.cairn.observability;

import dev.cairn.CairnBuilder;
import dev.cairn.Job;
import dev.cairn.WorkContext;
import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventListener;
import dev.cairn.event.StepEvent;
import dev.cairn.spi.Middleware;
import dev.cairn.spi.Plugin;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Records events for the JDK's flight recorder: {@code dev.cairn.Attempt} with its duration, and
 * {@code dev.cairn.StepEvent} for what happens within it. Costs almost nothing while no recording
 * is running.
 */
public final class FlightRecords implements Plugin {
  /** Records the events of every client that this plugin is added to. */
  public FlightRecords() {}

  @Override
  public void install(CairnBuilder client) {
    client.middleware(FlightRecords::work).listener(new StepRecords());
  }

  private static void work(WorkContext context, Middleware.Next next) throws Exception {
    var flown = new AttemptRecord();
    flown.begin();
    try {
      next.proceed();
    } catch (Throwable e) {
      flown.failure = e.getClass().getName();
      throw e;
    } finally {
      flown.end();
      if (flown.shouldCommit()) {
        Job<?> job = context.job();
        flown.jobId = job.id();
        flown.kind = job.kind();
        flown.queue = job.queue();
        flown.attempt = job.attempt();
        flown.commit();
      }
    }
  }

  private static final class StepRecords implements EventListener {
    @Override
    public Set<EventKind> kinds() {
      Set<EventKind> kinds = EnumSet.allOf(EventKind.class);
      kinds.removeIf(kind -> !kind.isOfSteps());
      return kinds;
    }

    @Override
    public void on(Event event) {
      var flown = new StepRecord();
      if (event instanceof StepEvent step && flown.shouldCommit()) {
        flown.event = step.kind().name().toLowerCase(Locale.ROOT);
        flown.jobId = step.origin().jobId();
        flown.kind = step.origin().jobKind();
        flown.attempt = step.origin().attempt();
        flown.step = step(step);
        flown.detail = detail(step);
        flown.commit();
      }
    }

    private static @Nullable String step(StepEvent event) {
      return switch (event) {
        case StepEvent.Resumed it -> it.step();
        case StepEvent.StepStarted it -> it.step();
        case StepEvent.StepSkipped it -> it.step();
        case StepEvent.StepRemoved it -> it.step();
        case StepEvent.StepFinished it -> it.step();
        case StepEvent.StepFailed it -> it.step();
        case StepEvent.StepStopped it -> it.step();
        case StepEvent.CheckpointSaved it -> it.step();
        case StepEvent.Quarantined it -> it.step();
        case StepEvent.Started it -> null;
        case StepEvent.Interrupted it -> null;
        case StepEvent.NoProgress it -> null;
      };
    }

    private static @Nullable String detail(StepEvent event) {
      return switch (event) {
        case StepEvent.Resumed it -> it.cursor();
        case StepEvent.StepFinished it -> it.spent().toString();
        case StepEvent.StepFailed it -> it.failure().getClass().getName();
        case StepEvent.CheckpointSaved it -> it.finished() ? "finished" : it.cursor();
        case StepEvent.Interrupted it -> it.reason().name().toLowerCase(Locale.ROOT);
        case StepEvent.NoProgress it -> Integer.toString(it.resumptions());
        case StepEvent.Quarantined it -> it.item();
        case StepEvent.Started it -> null;
        case StepEvent.StepStarted it -> null;
        case StepEvent.StepSkipped it -> null;
        case StepEvent.StepRemoved it -> null;
        case StepEvent.StepStopped it -> null;
      };
    }
  }
}
