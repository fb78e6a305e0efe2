package dev.cairn.internal.upkeep;

import dev.cairn.internal.store.ClientStore;
import dev.cairn.internal.store.ClientStore.RescuedJob;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frees the jobs of clients that have stopped giving signs of life (R6). Every client does this,
 * not only the leader: the dead client may be the leader, whose term outlasts the heartbeat.
 */
final class ClientRescuer {
  private static final Logger log = LoggerFactory.getLogger(ClientRescuer.class);
  private static final int BATCH_MAX = 1_000;

  /** A client is dead when its time is over, not before. */
  private static final Duration ROUNDING = Duration.ofMillis(2);

  private final ClientStore clients;
  private final Duration interval;

  ClientRescuer(ClientStore clients, Duration interval) {
    this.clients = clients;
    this.interval = interval;
  }

  Duration turn() {
    List<RescuedJob> rescued = clients.rescueFromDeadClients(BATCH_MAX);
    rescued.stream()
        .collect(Collectors.groupingBy(job -> new Fate(job.clientId(), job.state())))
        .forEach(ClientRescuer::report);
    return rescued.size() == BATCH_MAX
        ? Duration.ZERO
        : clients.untilNextDeath(interval).plus(ROUNDING);
  }

  /** What jobs of one client have in common. */
  private record Fate(String clientId, String state) {}

  private static void report(Fate fate, List<RescuedJob> jobs) {
    RescuedJob first = jobs.getFirst();
    if (jobs.size() == 1) {
      log.warn(
          "Client {} died: its job {} ({}) is {} now",
          fate.clientId(),
          first.id(),
          first.kind(),
          fate.state());
    } else {
      log.warn(
          "Client {} died: {} of its jobs are {} now, job {} ({}) for one",
          fate.clientId(),
          jobs.size(),
          fate.state(),
          first.id(),
          first.kind());
      jobs.forEach(job -> log.debug("Job {} ({}) is {} now", job.id(), job.kind(), job.state()));
    }
  }
}
