package dev.cairn.internal.upkeep;

import dev.cairn.CairnException;
import dev.cairn.JobState;
import dev.cairn.SchemaException;
import dev.cairn.StoreUnavailableException;
import dev.cairn.internal.claims.Lease;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.ClientStore;
import dev.cairn.internal.store.ClientStore.Rescue;
import dev.cairn.internal.store.ClientStore.RescuedJob;
import dev.cairn.internal.store.ClientStore.Rescuer;
import dev.cairn.internal.store.ClientStore.Written;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Frees the jobs of clients that no longer send heartbeats (R6). Every client does this, not only
 * the leader, because the dead client may be the leader, whose term outlasts the heartbeat. But a
 * client does so only after its own lease has held for the timeout of the dead client. After an
 * outage of the database all clients look dead, and the first client to come back would take the
 * jobs of all others. The statement itself checks that this client's last heartbeat is still the
 * one that this client relies on, because the database may have delayed the statement for any
 * length of time.
 */
final class ClientRescuer {
  private static final Log log = Log.of(ClientRescuer.class);
  private static final int BATCH_FIRST = 1_000;

  /**
   * Each statement searches all running jobs, so few large ones are better than many small ones.
   */
  private static final int BATCH_MAX = 10_000;

  /** How soon to look again for a valid lease. */
  private static final Duration RETRY = Duration.ofSeconds(1);

  /** How soon to look again for a new heartbeat. */
  private static final Duration REFUSED_RETRY = Duration.ofMillis(100);

  /** Added to the wait, so that the timeout of a client has certainly passed. */
  private static final Duration ROUNDING = Duration.ofMillis(2);

  private final String clientId;
  private final ClientStore clients;
  private final Lease lease;
  private final Duration interval;
  private final Discards discards;
  private int batchMax = BATCH_FIRST;

  /**
   * The standing with which a rescue was refused, until a newer heartbeat is confirmed; null if no
   * rescue was refused.
   */
  private Lease.@Nullable Standing refused;

  ClientRescuer(
      String clientId, ClientStore clients, Lease lease, Duration interval, Discards discards) {
    this.clientId = clientId;
    this.clients = clients;
    this.lease = lease;
    this.interval = interval;
    this.discards = discards;
  }

  /**
   * Rescues the jobs of a dead process that had this client's id. Call it before the client sends
   * its first heartbeat and makes its first claim.
   *
   * @throws StoreUnavailableException if the database cannot be reached
   */
  void rescueFormerLife() {
    int batch = BATCH_FIRST;
    while (true) {
      try {
        List<RescuedJob> rescued = clients.rescueFormerLife(clientId, batch);
        report(rescued);
        if (rescued.size() < batch) {
          return;
        }
      } catch (StoreUnavailableException | SchemaException e) {
        throw e;
      } catch (CairnException e) {
        // Any other failure, such as a trigger on the row of one job, must not prevent the start.
        if (batch == 1) {
          log.warn(
              "Client {}: could not rescue the jobs of an earlier client with this id; "
                  + "will retry soon [CAIRN-526]",
              clientId,
              e);
          return;
        }
        batch = Math.max(batch / 10, 1);
      }
    }
  }

  Duration turn() {
    Optional<Lease.Standing> standing = lease.standing();
    if (standing.isEmpty()) {
      return shorter(interval, RETRY);
    }
    Lease.Standing named = standing.get();
    if (refused != null && refused.isOfSameHeartbeat(named)) {
      // Another request would make the heartbeat that is in progress outdated, too.
      return shorter(interval, REFUSED_RETRY);
    }
    refused = null;
    var rescuer =
        new Rescuer(clientId, new Written(named.writtenAt(), named.heartbeatAt()), named.heldFor());
    int batch = batchMax;
    Rescue rescue = rescue(rescuer, batch);
    report(rescue.jobs());
    if (rescue.jobs().size() == batch) {
      return Duration.ZERO;
    }
    Duration untilNextDeath = clients.untilNextDeath(rescuer, interval).plus(ROUNDING);
    if (!rescue.isRefused()) {
      return untilNextDeath;
    }
    Optional<Lease.Standing> now = lease.standing();
    if (now.isPresent() && !now.get().isOfSameHeartbeat(named)) {
      return Duration.ZERO;
    }
    // A client with a long timeout sends heartbeats too rarely to rescue one with a short timeout.
    refused = named;
    lease.askForRenewal();
    return shorter(untilNextDeath, REFUSED_RETRY);
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /**
   * One job may prevent the rescue of the others in its statement: another transaction is inserting
   * its unique key, or its row is malformed. After such a failure, each statement takes fewer jobs,
   * and different ones each time.
   */
  private Rescue rescue(Rescuer rescuer, int batch) {
    try {
      Rescue rescue = clients.rescueFromDeadClients(rescuer, batch, batch < BATCH_FIRST);
      batchMax = Math.min(batch * 2, rescue.jobs().size() == batch ? BATCH_MAX : BATCH_FIRST);
      return rescue;
    } catch (StoreUnavailableException | SchemaException e) {
      throw e;
    } catch (CairnException e) {
      batchMax = Math.max(batch / 10, 1);
      throw e;
    }
  }

  /** The common outcome of several jobs of one client. */
  private record Fate(String clientId, String state) {}

  private void report(List<RescuedJob> rescued) {
    rescued.stream()
        .collect(Collectors.groupingBy(job -> new Fate(job.clientId(), job.state())))
        .forEach(ClientRescuer::report);
    discards.note(
        rescued.stream()
            .filter(job -> job.state().equals(JobState.DISCARDED.label()))
            .map(RescuedJob::id)
            .toList());
  }

  private static void report(Fate fate, List<RescuedJob> jobs) {
    RescuedJob first = jobs.getFirst();
    if (jobs.size() == 1) {
      log.warn(
          "Client {} died: its job {} ({}) is {} now [CAIRN-508]",
          fate.clientId(),
          first.id(),
          first.kind(),
          fate.state());
    } else {
      log.warn(
          "Client {} died: {} of its jobs are {} now, for example job {} ({}) [CAIRN-508]",
          fate.clientId(),
          jobs.size(),
          fate.state(),
          first.id(),
          first.kind());
      jobs.forEach(job -> log.debug("Job {} ({}) is {} now", job.id(), job.kind(), job.state()));
    }
  }
}
