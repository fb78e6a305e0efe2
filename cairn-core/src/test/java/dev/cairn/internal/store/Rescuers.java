package dev.cairn.internal.store;

import dev.cairn.internal.store.ClientStore.Rescuer;
import java.time.Duration;

/** Clients that rescue, for tests without a heartbeat of their own. */
public final class Rescuers {
  private Rescuers() {}

  /** A client that knows the heartbeat that its row has now. */
  public static Rescuer of(Stores stores, String id, Duration heldFor) {
    return new Rescuer(id, stores.clients().lastSign(id).orElseThrow().at(), heldFor);
  }
}
