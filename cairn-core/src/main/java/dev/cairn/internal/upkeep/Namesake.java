package dev.cairn.internal.upkeep;

import dev.cairn.CairnException;
import dev.cairn.internal.concurrent.Nanos;
import dev.cairn.internal.store.ClientStore;
import dev.cairn.internal.store.ClientStore.Sign;
import dev.cairn.internal.text.DurationText;
import java.time.Duration;
import java.util.Optional;

/**
 * Finds out whether another client with the same id is alive. A client that was just killed looks
 * alive until its next heartbeat is due. The next heartbeat of a living client comes within a
 * little more than an interval.
 */
final class Namesake {
  /** A client sends four heartbeats within its timeout. */
  private static final int SIGNS_IN_TIMEOUT = 4;

  private static final Duration LOOK = Duration.ofMillis(100);

  private final String clientId;
  private final ClientStore clients;

  Namesake(String clientId, ClientStore clients) {
    this.clientId = clientId;
    this.clients = clients;
  }

  /**
   * Returns if no other client is alive under the id: at once if there is no recent heartbeat, and
   * otherwise after at most one and a half intervals.
   *
   * @throws IllegalStateException if another client is alive under the id
   */
  void requireDead() {
    Optional<Sign> last = clients.lastSign(clientId);
    if (last.isEmpty()) {
      return;
    }
    Sign first = last.get();
    Duration patience = first.timeout().multipliedBy(3).dividedBy(2 * SIGNS_IN_TIMEOUT);
    Duration silent = first.age().isNegative() ? Duration.ZERO : first.age();
    long end = System.nanoTime() + Nanos.of(patience.minus(silent));
    while (end - System.nanoTime() > 0) {
      pause(Duration.ofNanos(end - System.nanoTime()));
      clients
          .lastSign(clientId)
          .filter(sign -> !sign.at().equals(first.at()))
          .ifPresent(sign -> {
            throw new IllegalStateException(
                ("Client id '%s' is in use: another client sent its heartbeat %s ago. Give each "
                        + "client an id of its own, or leave clientId(...) out for a generated id [CAIRN-108]")
                    .formatted(clientId, DurationText.of(sign.age())));
          });
    }
  }

  private void pause(Duration most) {
    try {
      Thread.sleep(most.compareTo(LOOK) < 0 ? most : LOOK);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CairnException(
          "Client '%s' was interrupted while it started [CAIRN-115]".formatted(clientId), e);
    }
  }
}
