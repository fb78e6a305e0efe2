package dev.cairn.observability;

import dev.cairn.CairnBuilder;
import dev.cairn.Job;
import dev.cairn.JobRow;
import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventListener;
import dev.cairn.event.FetchEvent;
import dev.cairn.event.JobEvent;
import dev.cairn.event.StepEvent;
import dev.cairn.spi.AttemptEnd;
import dev.cairn.spi.Middleware;
import dev.cairn.spi.MiddlewareContext;
import dev.cairn.spi.Plugin;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.LongTaskTimer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;

/**
 * Meters of a client. Meters of jobs have the tags {@code kind} and {@code queue}. No meter has the
 * name of a step or the id of a job as a tag, because there may be any number of them.
 *
 * <ul>
 *   <li>{@code cairn.job.wait}: the time from when a job was due until it was claimed. Without jobs
 *       that were interrupted or rescued: they keep their place, so the time would contain their
 *       earlier runs
 *   <li>{@code cairn.job.run}: how long an attempt ran whose worker was called, by {@code outcome}:
 *       {@code completed}, {@code failed}, {@code snoozed}, {@code cancelled}, {@code interrupted},
 *       {@code suspended}
 *   <li>{@code cairn.job.failed}: all attempts that failed, as the database has it, also those
 *       whose worker could not be called because the arguments do not decode or the kind has no
 *       worker
 *   <li>{@code cairn.job.discarded}: jobs that this client has discarded, also those that it
 *       rescued or set apart
 *   <li>{@code cairn.job.active}: the running attempts, and how long each has been running
 *   <li>{@code cairn.job.interrupted}: by {@code reason}
 *   <li>{@code cairn.job.resumed}, {@code cairn.job.no_progress}
 *   <li>{@code cairn.step.run}: the time spent in a step, over all attempts, by {@code outcome}:
 *       {@code finished} or {@code failed}
 *   <li>{@code cairn.step.skipped}, {@code cairn.step.removed}, {@code cairn.checkpoint.saved},
 *       {@code cairn.item.quarantined}
 *   <li>{@code cairn.fetch}, {@code cairn.fetch.jobs}: how long claims took, and how many jobs each
 *       returned, by {@code queue}
 * </ul>
 *
 * <p>Counters for alerts begin at zero with the first attempt of a kind, so that their first
 * increment is seen: {@code cairn.job.failed}, {@code cairn.job.discarded}, {@code
 * cairn.job.no_progress} and {@code cairn.item.quarantined}. Failed attempts of more than 1,000
 * kinds without a worker are counted as those of the kind {@code other}, because whoever may insert
 * may invent kinds. Of more than 1,000 queues, the further ones have the tag {@code other}, because
 * a program may add and remove queues of ever new names.
 */
public final class Metrics implements Plugin {
  /** The sum of the waits is counted in nanoseconds, and some thousands of these have to fit. */
  private static final Duration LONGEST_WAIT = Duration.ofDays(30);

  private final MeterRegistry registry;
  private final BoundedNames failedKinds = new BoundedNames();

  /** Those that have a worker, of which there are as many as the application has. */
  private final Set<String> workedKinds = ConcurrentHashMap.newKeySet();

  private final BoundedNames queues = new BoundedNames();

  private final ConcurrentMap<Place, OfJobs> ofJobs = new ConcurrentHashMap<>();

  /** Publishes the meters in this registry. */
  public Metrics(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void install(CairnBuilder client) {
    client
        .middleware(this::work)
        .listener(new Fetches())
        .listener(new Failures())
        .listener(new Steps());
  }

  private static Duration limited(Duration wait) {
    return wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait;
  }

  private void work(MiddlewareContext context, Middleware.Next next) throws Exception {
    Job<?> job = context.job();
    OfJobs meters = ofJobs.computeIfAbsent(new Place(job.kind(), queue(job.queue())), OfJobs::new);
    context.queueWait().ifPresent(wait -> meters.wait.record(limited(wait)));
    LongTaskTimer.Sample active = meters.active.start();
    long began = System.nanoTime();
    Throwable failure = null;
    try {
      next.proceed();
    } catch (Throwable e) {
      failure = e;
      throw e;
    } finally {
      active.stop();
      meters
          .run(context.foreseeEnd(failure).end())
          .record(System.nanoTime() - began, TimeUnit.NANOSECONDS);
    }
  }

  /** The tag for a queue. */
  String queue(String name) {
    return queues.bounded(name);
  }

  private record Place(String kind, String queue) {}

  /** Kept, because the registry would look them up three times for each job. */
  private final class OfJobs {
    private final Tags tags;
    private final Timer wait;
    private final LongTaskTimer active;
    private final ConcurrentMap<AttemptEnd, Timer> runs = new ConcurrentHashMap<>();

    OfJobs(Place place) {
      boolean ignored = workedKinds.add(place.kind());
      this.tags = Tags.of("kind", place.kind(), "queue", place.queue());
      this.wait =
          Timer.builder("cairn.job.wait")
              .description("From when a job was due until it was claimed")
              .tags(tags)
              .register(registry);
      this.active =
          LongTaskTimer.builder("cairn.job.active")
              .description("Running attempts")
              .tags(tags)
              .register(registry);
      counter("cairn.job.failed", tags);
      counter("cairn.job.discarded", tags);
      counter("cairn.job.no_progress", Tags.of("kind", place.kind()));
      counter("cairn.item.quarantined", Tags.of("kind", place.kind()));
    }

    Timer run(AttemptEnd end) {
      return runs.computeIfAbsent(
          end,
          each ->
              Timer.builder("cairn.job.run")
                  .description("How long an attempt ran")
                  .tags(tags.and("outcome", each.name().toLowerCase(Locale.ROOT)))
                  .register(registry));
    }
  }

  private Counter counter(String name, Tags tags) {
    return Counter.builder(name).tags(tags).register(registry);
  }

  private final class Failures implements EventListener {
    @Override
    public Set<EventKind> kinds() {
      return EnumSet.of(EventKind.JOB_FAILED, EventKind.JOB_DISCARDED);
    }

    @Override
    public void on(Event event) {
      if (event instanceof JobEvent failed) {
        count(failed.kind(), failed.job());
      }
    }

    private void count(EventKind kind, JobRow job) {
      Tags tags = Tags.of("kind", bounded(job.kind()), "queue", queue(job.queue()));
      Counter failed = counter("cairn.job.failed", tags);
      Counter discarded = counter("cairn.job.discarded", tags);
      (kind == EventKind.JOB_DISCARDED ? discarded : failed).increment();
    }

    private String bounded(String kind) {
      return workedKinds.contains(kind) ? kind : failedKinds.bounded(kind);
    }
  }

  private final class Fetches implements EventListener {
    @Override
    public Set<EventKind> kinds() {
      return EnumSet.of(EventKind.JOBS_FETCHED);
    }

    @Override
    public void on(Event event) {
      if (event instanceof FetchEvent fetch) {
        record(fetch);
      }
    }

    private void record(FetchEvent fetch) {
      String queue = queue(fetch.queue());
      Timer.builder("cairn.fetch")
          .description("How long claims took")
          .tag("queue", queue)
          .register(registry)
          .record(fetch.duration());
      DistributionSummary.builder("cairn.fetch.jobs")
          .description("How many jobs a claim returned")
          .tag("queue", queue)
          .register(registry)
          .record(fetch.claimed());
    }
  }

  private final class Steps implements EventListener {
    @Override
    public Set<EventKind> kinds() {
      return EnumSet.of(
          EventKind.JOB_RESUMED,
          EventKind.STEP_SKIPPED,
          EventKind.STEP_REMOVED,
          EventKind.STEP_FINISHED,
          EventKind.STEP_FAILED,
          EventKind.CHECKPOINT_SAVED,
          EventKind.ATTEMPT_INTERRUPTED,
          EventKind.NO_PROGRESS,
          EventKind.ITEM_QUARANTINED);
    }

    @Override
    public void on(Event event) {
      if (event instanceof StepEvent step) {
        on(step);
      }
    }

    private void on(StepEvent event) {
      String kind = event.origin().jobKind();
      switch (event) {
        case StepEvent.StepFinished finished -> time(kind, "finished", finished.spent());
        case StepEvent.StepFailed failed -> time(kind, "failed", failed.spent());
        case StepEvent.Interrupted interrupted ->
            count(
                "cairn.job.interrupted",
                "kind",
                kind,
                "reason",
                interrupted.reason().name().toLowerCase(Locale.ROOT));
        case StepEvent.Resumed resumed -> count("cairn.job.resumed", "kind", kind);
        case StepEvent.NoProgress standstill -> count("cairn.job.no_progress", "kind", kind);
        case StepEvent.StepSkipped skipped -> count("cairn.step.skipped", "kind", kind);
        case StepEvent.StepRemoved removed -> count("cairn.step.removed", "kind", kind);
        case StepEvent.CheckpointSaved saved -> count("cairn.checkpoint.saved", "kind", kind);
        case StepEvent.Quarantined item -> count("cairn.item.quarantined", "kind", kind);
        case StepEvent.Started started -> {}
        case StepEvent.StepStarted started -> {}
        case StepEvent.StepStopped stopped -> {}
      }
    }

    private void time(String kind, String outcome, Duration spent) {
      Timer.builder("cairn.step.run")
          .description("The time spent in a step, over all attempts")
          .tags("kind", kind, "outcome", outcome)
          .register(registry)
          .record(spent);
    }

    private void count(String name, String... tags) {
      counter(name, Tags.of(tags)).increment();
    }
  }
}
