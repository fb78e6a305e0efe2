package dev.cairn.internal.upkeep;

import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.ClientStore;
import dev.cairn.internal.store.LeaderStore;
import dev.cairn.internal.store.PeriodicStore;
import dev.cairn.schedule.PeriodicJob;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Warns if nobody inserts the durable periodic jobs of this client, because another client leads
 * that does not have them. Only a client that has a job can tell: the leader does not know of a job
 * that never had a row, and the row of a job that was removed for good stays. Used by one thread.
 */
final class PeriodicWatch {
  private static final Log log = Log.of(PeriodicWatch.class);

  private static final Duration INTERVAL = Duration.ofMinutes(1);

  /** Longer than an election takes, and than most transactions hold up a job. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** How soon to warn again of a job. */
  private static final Duration TELL_AGAIN = Duration.ofHours(1);

  /** A warning names so many jobs, and counts the others. */
  private static final int NAMED_MAX = 5;

  private static final int CLIENTS_MAX = 1_000;

  private final String clientId;
  private final PeriodicRegistry registry;
  private final PeriodicStore store;
  private final LeaderStore leader;
  private final ClientStore clients;
  private final BooleanSupplier leads;
  private final LongSupplier nanoTime;

  private long nextLookNanos;

  /** The jobs that were neglected at the last look, and since which look. */
  private final Map<String, Long> neglectedSince = new HashMap<>();

  /** When each job was last looked into. */
  private final Map<String, Long> told = new HashMap<>();

  /**
   * @param leads whether this client leads
   */
  PeriodicWatch(
      String clientId,
      PeriodicRegistry registry,
      PeriodicStore store,
      LeaderStore leader,
      ClientStore clients,
      BooleanSupplier leads,
      LongSupplier nanoTime) {
    this.clientId = clientId;
    this.registry = registry;
    this.store = store;
    this.leader = leader;
    this.clients = clients;
    this.leads = leads;
    this.nanoTime = nanoTime;
    this.nextLookNanos = nanoTime.getAsLong() + INTERVAL.toNanos();
  }

  /** Looks if it is time to. Returns the time until the next look. */
  Duration turn() {
    long now = nanoTime.getAsLong();
    long untilNext = nextLookNanos - now;
    if (untilNext > 0) {
      return Duration.ofNanos(untilNext);
    }
    // Set first: after a failure, the turn is repeated within seconds.
    nextLookNanos = now + INTERVAL.toNanos();
    Set<String> durable =
        registry.jobs().stream()
            .filter(job -> job.missedRuns() != null)
            .map(PeriodicJob::id)
            .collect(Collectors.toSet());
    Set<String> neglected =
        durable.isEmpty() || leads.getAsBoolean() ? Set.of() : store.neglected(durable);
    told.keySet().retainAll(durable);
    neglectedSince.keySet().retainAll(neglected);
    neglected.forEach(id -> neglectedSince.putIfAbsent(id, now));
    List<String> toTell = neglected.stream().filter(id -> isToBeTold(id, now)).sorted().toList();
    if (!toTell.isEmpty() && tell(toTell)) {
      toTell.forEach(id -> told.put(id, now));
    }
    return INTERVAL;
  }

  private boolean isToBeTold(String id, long now) {
    Long since = neglectedSince.get(id);
    Long last = told.get(id);
    return since != null
        && now - since >= PATIENCE.toNanos()
        && (last == null || now - last >= TELL_AGAIN.toNanos());
  }

  /** Returns false if nothing is wrong now: who leads may change before the next look. */
  private boolean tell(List<String> ids) {
    Optional<String> leading = leader.current();
    if (leading.isEmpty()) {
      log.warn(
          "No client leads, so the periodic jobs {} of client {} are not inserted. Let a client"
              + " that has them become the leader [CAIRN-536]",
          named(ids),
          clientId);
      return true;
    }
    if (!leading.get().equals(clientId) && isOfCairn(leading.get())) {
      log.warn(
          "Client {} is the leader, and does not insert the periodic jobs {} of client {}, probably"
              + " because it does not have them. Give the same periodic jobs to all clients of the"
              + " schema that may lead, and let the others never lead [CAIRN-536]",
          leading.get(),
          named(ids),
          clientId);
      return true;
    }
    return false;
  }

  /** A leader of River for Go inserts runs without storing when a job is due. */
  private boolean isOfCairn(String leading) {
    return clients.list(CLIENTS_MAX).stream().anyMatch(client -> client.id().equals(leading));
  }

  private static String named(List<String> ids) {
    String some = ids.stream().limit(NAMED_MAX).collect(Collectors.joining("', '", "'", "'"));
    int others = ids.size() - NAMED_MAX;
    return others > 0 ? "%s and %d others".formatted(some, others) : some;
  }
}
