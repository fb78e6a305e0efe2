package dev.cairn.internal.upkeep;

import dev.cairn.internal.claims.Deadline;
import dev.cairn.internal.claims.Lease;
import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.store.Connections;
import dev.cairn.internal.store.Notifications;
import dev.cairn.internal.store.Stores;
import java.time.Duration;
import java.util.List;

/** Owns the loops of a client that keep its schema in order. Works once, as the engine does. */
public final class Upkeep {
  private static final Duration END_MAX = Duration.ofSeconds(3);

  private final ClientRescuer rescuer;
  private final Namesake namesake;
  private final Loop clientRescue;
  private final Loop care;
  private final Leader leader;
  private final Connections connections;
  private final boolean leads;

  /** All that is needed to keep a schema in order. */
  public Upkeep(
      String clientId,
      UpkeepSettings settings,
      Stores stores,
      Lease lease,
      PeriodicRegistry periodicJobs,
      PeriodicInserts inserts) {
    this.connections = stores.connections();
    this.leads = settings.leads();
    this.rescuer = new ClientRescuer(clientId, stores.clients(), lease, settings.rescueInterval());
    this.namesake = new Namesake(clientId, stores.clients());
    this.clientRescue = new Loop("cairn-rescue", rescuer::turn);
    this.care = new Loop("cairn-care", new Caretaker(stores.waits(), stores.upkeep())::turn);
    this.leader =
        new Leader(
            clientId,
            stores.leader(),
            lease,
            isLeader ->
                List.of(
                    new Scheduler(stores.upkeep()),
                    new Waker(stores.waits()),
                    new StuckJobRescuer(
                        stores.upkeep(), settings.stuckAfter(), settings.sparedKinds(), isLeader),
                    new Cleaner(stores.upkeep(), settings.retention()),
                    new QueueCleaner(stores.queues()),
                    new Reindexer(stores.upkeep(), settings.reindex(), isLeader),
                    new PeriodicEnqueuer(
                        periodicJobs,
                        stores.periodic(),
                        stores.transactions(),
                        inserts,
                        isLeader)));
    periodicJobs.whenChanged(() -> leader.ring(PeriodicEnqueuer.NAME));
  }

  /**
   * Makes sure that no other client lives under this id.
   *
   * @throws IllegalStateException if one does
   */
  public void requireOnlyOne() {
    namesake.requireDead();
  }

  /**
   * Takes the jobs of a process away from it that had this id and has died: before the client that
   * has the id now gives its first sign.
   *
   * @throws dev.cairn.StoreUnavailableException if the database cannot be reached
   */
  public void rescueFormerLife() {
    rescuer.rescueFormerLife();
  }

  /** Begins to rescue and to take care of Cairn's tables, and to stand for election if it may. */
  public void start() {
    clientRescue.start();
    care.start();
    if (leads) {
      leader.start();
    }
  }

  /** Begins to stop; a leader resigns. Returns at once. */
  public void stop() {
    clientRescue.stop();
    care.stop();
    leader.stop();
  }

  /** Waits until all has stopped; what does not come back from the database is broken off. */
  public void join(Deadline deadline) {
    boolean ended = leader.join(deadline.atMost(END_MAX));
    ended &= clientRescue.join(deadline.atMost(END_MAX));
    ended &= care.join(deadline.atMost(END_MAX));
    if (!ended) {
      leader.threads().forEach(connections::abortOf);
      clientRescue.thread().ifPresent(connections::abortOf);
      care.thread().ifPresent(connections::abortOf);
    }
  }

  /** Hears what concerns the leader. */
  public Notifications.Listener ears() {
    return leader.ears();
  }
}
