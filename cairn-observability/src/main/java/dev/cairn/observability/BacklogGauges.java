package dev.cairn.observability;

import dev.cairn.JobState;
import dev.cairn.jobs.Backlog;
import dev.cairn.jobs.QueueBacklog;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The gauges of one client. Those of the backlog vanish as soon as it no longer leads, or when they
 * are old. A gauge of the same name and tags may belong to another client of this process: the one
 * that leads has it. Clients that share a registry change it under its lock, since a gauge is
 * removed by its name and tags: between two looks it may have become another client's. Thread-safe.
 */
final class BacklogGauges {
  static final String JOBS = "cairn.queue.jobs";
  static final String OLDEST = "cairn.queue.oldest";
  static final String PAUSED = "cairn.queue.paused";
  static final String QUARANTINED = "cairn.quarantine.items";
  static final String COMPLETE = "cairn.backlog.complete";
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

  /** Whether the client leads at this moment; null outside of its terms. */
  private volatile @Nullable BooleanSupplier term;

  private long readNanos;

  /** One gauge, by its name and its own tags. */
  private record Place(Kind kind, Tags tags) {}

  private enum Kind {
    JOBS_OF_QUEUE(JOBS, "Jobs of a queue in a state, counted up to a limit", "jobs"),
    OLDEST_OF_QUEUE(OLDEST, "Time since the oldest due job became due", "seconds"),
    PAUSED_QUEUE(PAUSED, "Whether a queue is paused", null),
    QUARANTINED_ITEMS(QUARANTINED, "Items in quarantine", "items"),
    COMPLETE_BACKLOG(COMPLETE, "Whether all queues were looked at", null);

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
      Tags all = tags.and(place.tags());
      synchronized (registry) {
        makeRoom(place.kind().name, all);
        this.gauge =
            Gauge.builder(place.kind().name, this, it -> it.number)
                .description(place.kind().description)
                .baseUnit(place.kind().unit)
                .tags(all)
                .register(registry);
      }
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
  }

  /**
   * The client may lead from now on. For one that never does, a gauge that is always zero would say
   * that nobody leads.
   */
  void stand() {
    // Another client of the process may show whether it leads. Micrometer warns of a second gauge.
    synchronized (registry) {
      if (registry.find(LEADER).tags(tags).gauge() == null) {
        registerLeader();
      }
    }
  }

  private void registerLeader() {
    Gauge.builder(LEADER, this, it -> it.isLeading() ? 1 : 0)
        .description("Whether this client is the leader")
        .tags(tags)
        .strongReference(true)
        .register(registry);
  }

  /** Otherwise the registry would answer with the gauge of another client, which shows its own. */
  private void makeRoom(String name, Tags all) {
    registry.removeByPreFilterId(new Meter.Id(name, all, null, null, Meter.Type.GAUGE));
  }

  /**
   * A term begins, whether or not anything can be read in it.
   *
   * @param leads whether the client leads at the moment of the question; asked by any thread
   */
  synchronized void begin(BooleanSupplier leads) {
    term = leads;
    synchronized (registry) {
      makeRoom(LEADER, tags);
      registerLeader();
    }
  }

  /** Whether a term has begun that has not ended. */
  boolean hasTerm() {
    return term != null;
  }

  /** Whether the term that began with this question has not ended. */
  @SuppressWarnings("ReferenceEquality") // the very same question is meant
  boolean isIn(BooleanSupplier leads) {
    return term == leads;
  }

  private boolean isLeading() {
    BooleanSupplier leads = term;
    return leads != null && leads.getAsBoolean();
  }

  /**
   * Shows what was just read, unless the client no longer leads; gauges of queues that are there no
   * more vanish.
   */
  synchronized void publish(Backlog backlog) {
    if (!isLeading()) {
      return;
    }
    readNanos = nanoTime.getAsLong();
    Set<Place> gone = new HashSet<>(shown.keySet());
    numbers(backlog)
        .forEach((place, number) -> {
          shown.computeIfAbsent(place, Shown::new).number = number;
          gone.remove(place);
        });
    remove(gone);
  }

  private static Map<Place, Double> numbers(Backlog backlog) {
    var numbers = new HashMap<Place, Double>();
    numbers.put(new Place(Kind.QUARANTINED_ITEMS, Tags.empty()), (double) backlog.quarantined());
    numbers.put(new Place(Kind.COMPLETE_BACKLOG, Tags.empty()), backlog.complete() ? 1.0 : 0.0);
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
   * Withdraws what is no longer true, from any thread: the one that reads may hang in the database,
   * while another client leads and publishes the same gauges.
   */
  synchronized void look() {
    if (!isLeading() || nanoTime.getAsLong() - readNanos > freshNanos) {
      remove(Set.copyOf(shown.keySet()));
    }
  }

  /**
   * Another client may lead by now: what it publishes must not be summed with what this one has.
   */
  synchronized void withdraw() {
    term = null;
    remove(Set.copyOf(shown.keySet()));
  }

  private void remove(Collection<Place> places) {
    if (places.isEmpty()) {
      return;
    }
    synchronized (registry) {
      Set<Meter> registered = Collections.newSetFromMap(new IdentityHashMap<>());
      registered.addAll(registry.getMeters());
      for (Place place : places) {
        Shown removed = shown.remove(place);
        if (removed != null && registered.contains(removed.gauge)) {
          registry.remove(removed.gauge);
        }
      }
    }
  }
}
