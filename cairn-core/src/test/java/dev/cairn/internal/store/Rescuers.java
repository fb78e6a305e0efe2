package dev.cairn.internal.store;

import dev.cairn.internal.store.ClientStore.Rescuer;
import dev.cairn.internal.store.ClientStore.Written;
import java.time.Duration;
import java.time.Instant;

/** Clients that rescue, for tests without a heartbeat of their own. */
public final class Rescuers {
  private Rescuers() {}

  /** A client that knows the heartbeat that its row has now. */
  public static Rescuer of(Stores stores, String id, Duration heldFor) {
    return of(id, stores.clients().lastSign(id).orElseThrow().at(), heldFor);
  }

  /** A client whose heartbeat was written at the time that its row names. */
  public static Rescuer of(String id, Instant heartbeatAt, Duration heldFor) {
    return new Rescuer(id, new Written(heartbeatAt, heartbeatAt), heldFor);
  }
}
