package dev.cairn.observability;

import dev.cairn.JobState;
import dev.cairn.jobs.Backlog;
import dev.cairn.jobs.QueueBacklog;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The gauges of one client. Thread-safe. */
final class BacklogGauges {
  static final String JOBS = "cairn.queue.jobs";
  static final String OLDEST = "cairn.queue.oldest";
  static final String PAUSED = "cairn.queue.paused";
  static final String QUARANTINED = "cairn.quarantine.items";
  static final String LEADER = "cairn.leader";

  private static final List<JobState> COUNTED =
      List.of(
          JobState.AVAILABLE,
          JobState.SCHEDULED,
          JobState.RETRYABLE,
          JobState.PENDING,
          JobState.RUNNING,
          JobState.DISCARDED);

  private static final List<JobState> WAITING =
      List.of(JobState.AVAILABLE, JobState.RETRYABLE, JobState.SCHEDULED);

  private final LongSupplier nanoTime;
  private final MeterRegistry registry;
  private final Tags tags;
  private final long freshNanos;
  private final Map<Place, Shown> shown = new HashMap<>();
  private volatile boolean leads;
  private volatile long readNanos;

  /** One gauge, by its name and its own tags. */
  private record Place(Kind kind, Tags tags) {}

  private enum Kind {
    JOBS_OF_QUEUE(JOBS, "Jobs of a queue in a state, counted up to a limit", "jobs"),
    OLDEST_OF_QUEUE(OLDEST, "Time since the oldest due job became due", "seconds"),
    PAUSED_QUEUE(PAUSED, "Whether a queue is paused", null),
    QUARANTINED_ITEMS(QUARANTINED, "Items in quarantine", "items");

    private final String name;
    private final String description;
    private final @Nullable String unit;

    Kind(String name, String description, @Nullable String unit) {
      this.name = name;
      this.description = description;
      this.unit = unit;
    }
  }

  /** A gauge and the number that it shows. */
  private final class Shown {
    private final Gauge gauge;
    private volatile double number;

    Shown(Place place) {
      this.gauge =
          Gauge.builder(place.kind().name, this, Shown::value)
              .description(place.kind().description)
              .baseUnit(place.kind().unit)
              .tags(tags.and(place.tags()))
              .register(registry);
    }

    private double value() {
      return nanoTime.getAsLong() - readNanos <= freshNanos ? number : Double.NaN;
    }
  }

  BacklogGauges(MeterRegistry registry, Tags tags, Duration interval) {
    this(registry, tags, interval, System::nanoTime);
  }

  BacklogGauges(MeterRegistry registry, Tags tags, Duration interval, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.registry = registry;
    this.tags = tags;
    this.freshNanos = interval.multipliedBy(2).plusSeconds(15).toNanos();
    Gauge.builder(LEADER, this, it -> it.leads ? 1 : 0)
        .description("Whether this client is the leader")
        .tags(tags)
        .strongReference(true)
        .register(registry);
  }

  /** Shows what was just read; gauges of queues that are there no more vanish. */
  synchronized void publish(Backlog backlog) {
    leads = true;
    readNanos = nanoTime.getAsLong();
    Set<Place> gone = new HashSet<>(shown.keySet());
    numbers(backlog)
        .forEach((place, number) -> {
          shown.computeIfAbsent(place, Shown::new).number = number;
          gone.remove(place);
        });
    gone.forEach(this::remove);
  }

  private static Map<Place, Double> numbers(Backlog backlog) {
    var numbers = new HashMap<Place, Double>();
    numbers.put(new Place(Kind.QUARANTINED_ITEMS, Tags.empty()), (double) backlog.quarantined());
    for (QueueBacklog queue : backlog.queues()) {
      Tags ofQueue = Tags.of("queue", queue.queue());
      numbers.put(new Place(Kind.PAUSED_QUEUE, ofQueue), queue.paused() ? 1.0 : 0.0);
      for (JobState state : COUNTED) {
        numbers.put(
            new Place(Kind.JOBS_OF_QUEUE, ofQueue.and("state", state.label())),
            queue.jobs().getOrDefault(state, 0L).doubleValue());
      }
      for (JobState state : WAITING) {
        numbers.put(
            new Place(Kind.OLDEST_OF_QUEUE, ofQueue.and("state", state.label())),
            queue.overdue().getOrDefault(state, Duration.ZERO).toMillis() / 1000.0);
      }
    }
    return numbers;
  }

  /**
   * Another client may lead by now: what it publishes must not be summed with what this one has.
   */
  synchronized void withdraw() {
    leads = false;
    List.copyOf(shown.keySet()).forEach(this::remove);
  }

  private void remove(Place place) {
    Shown removed = shown.remove(place);
    if (removed != null) {
      registry.remove(removed.gauge);
    }
  }
}
