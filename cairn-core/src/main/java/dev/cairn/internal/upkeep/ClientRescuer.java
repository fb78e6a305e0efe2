package dev.cairn.internal.upkeep;

import dev.cairn.internal.store.ClientStore;
import dev.cairn.internal.store.ClientStore.RescuedJob;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frees the jobs of clients that have stopped giving signs of life (R6). Every client does this,
 * not only the leader: the dead client may be the leader, whose term outlasts the heartbeat.
 */
final class ClientRescuer {
  private static final Logger log = LoggerFactory.getLogger(ClientRescuer.class);
  private static final int BATCH_MAX = 1_000;

  private final ClientStore clients;
  private final Duration interval;

  ClientRescuer(ClientStore clients, Duration interval) {
    this.clients = clients;
    this.interval = interval;
  }

  Duration turn() {
    List<RescuedJob> rescued = clients.rescueFromDeadClients(BATCH_MAX);
    for (RescuedJob job : rescued) {
      log.warn(
          "Job {} ({}) rescued from client {}, which died: now {}",
          job.id(),
          job.kind(),
          job.clientId(),
          job.state());
    }
    return rescued.size() == BATCH_MAX ? Duration.ZERO : interval;
  }
}
