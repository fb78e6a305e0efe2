package dev.cairn.internal.upkeep;

import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.store.Notifications;
import dev.cairn.internal.store.Stores;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Owns the loops of a client that keep its schema in order. */
public final class Upkeep {
  private static final Duration LOOP_END_MAX = Duration.ofSeconds(5);

  private final Loop clientRescue;
  private final Leader leader;
  private final AtomicBoolean stopped = new AtomicBoolean();

  /** All that is needed to keep a schema in order. */
  public Upkeep(
      String clientId,
      UpkeepSettings settings,
      Stores stores,
      PeriodicRegistry periodicJobs,
      PeriodicInserts inserts) {
    var rescuer = new ClientRescuer(stores.clients(), settings.rescueInterval());
    this.clientRescue = new Loop("cairn-rescue", rescuer::turn);
    var periodic =
        new PeriodicEnqueuer(periodicJobs, stores.periodic(), stores.transactions(), inserts);
    this.leader =
        new Leader(
            clientId,
            stores.leader(),
            List.of(
                new Scheduler(stores.upkeep()),
                new Waker(stores.waits()),
                new StuckJobRescuer(stores.upkeep(), settings.stuckAfter()),
                new Cleaner(stores.upkeep(), settings.retention()),
                new QueueCleaner(stores.queues()),
                new Reindexer(stores.upkeep(), settings.reindex()),
                periodic));
    periodicJobs.whenChanged(() -> leader.ring(periodic.name()));
  }

  public void start() {
    clientRescue.start();
    leader.start();
  }

  /** Stops; a leader resigns. Does nothing when called again. */
  public void stop() {
    if (!stopped.compareAndSet(false, true)) {
      return;
    }
    clientRescue.stop();
    leader.stop(LOOP_END_MAX);
    clientRescue.join(LOOP_END_MAX);
  }

  /** Hears what concerns the leader. */
  public Notifications.Listener ears() {
    return leader.ears();
  }
}
