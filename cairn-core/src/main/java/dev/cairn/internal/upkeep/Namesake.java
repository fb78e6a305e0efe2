package dev.cairn.internal.upkeep;

import dev.cairn.CairnException;
import dev.cairn.internal.concurrent.Nanos;
import dev.cairn.internal.store.ClientStore;
import dev.cairn.internal.store.ClientStore.Beginning;
import dev.cairn.internal.store.ClientStore.Sign;
import dev.cairn.internal.text.DurationText;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether another client with the same id is alive. A client that was just killed looks
 * alive until its next heartbeat is due. The next heartbeat of a living client comes within a
 * little more than an interval.
 */
final class Namesake {
  /** A client sends four heartbeats within its timeout. */
  private static final int SIGNS_IN_TIMEOUT = 4;

  private static final Duration LOOK = Duration.ofMillis(100);

  /** Much longer than a commit takes, even with a synchronous standby. */
  private static final Duration LOCKED_MAX = Duration.ofSeconds(5);

  private final String clientId;
  private final Duration timeout;
  private final ClientStore clients;

  /** The heartbeat of an earlier start of this client, which then failed. */
  private @Nullable Instant ownSign;

  Namesake(String clientId, Duration timeout, ClientStore clients) {
    this.clientId = clientId;
    this.timeout = timeout;
    this.clients = clients;
  }

  /**
   * Begins a life under the id if no other client is alive under it: at once if there is no recent
   * heartbeat, and otherwise after at most one and a half intervals. Of clients that start at the
   * same time, one begins.
   *
   * <p>A lock on the client's row may be that of another client which is just beginning, so this
   * waits for it. If the row stays locked, the life begins with the first heartbeat that is
   * written.
   *
   * @return when this life has begun
   * @throws IllegalStateException if another client is alive under the id
   */
  Instant succeed() {
    Optional<Sign> last = clients.lastSign(clientId);
    last.filter(sign -> !sign.at().equals(ownSign)).ifPresent(this::requireDead);
    long end = System.nanoTime() + Nanos.of(LOCKED_MAX);
    while (true) {
      Beginning beginning = clients.begin(clientId, timeout, last);
      Instant life = beginning.life();
      if (life != null) {
        ownSign = beginning.now();
        return life;
      }
      requireSame(last);
      if (System.nanoTime() - end >= 0) {
        return beginning.now();
      }
      pause(LOOK);
    }
  }

  private void requireDead(Sign first) {
    Duration patience = first.timeout().multipliedBy(3).dividedBy(2 * SIGNS_IN_TIMEOUT);
    Duration silent = first.age().isNegative() ? Duration.ZERO : first.age();
    long end = System.nanoTime() + Nanos.of(patience.minus(silent));
    while (end - System.nanoTime() > 0) {
      pause(Duration.ofNanos(end - System.nanoTime()));
      requireSame(Optional.of(first));
    }
  }

  private void requireSame(Optional<Sign> last) {
    Instant seen = last.map(Sign::at).orElse(null);
    clients
        .lastSign(clientId)
        .filter(sign -> !sign.at().equals(seen))
        .ifPresent(sign -> {
          throw new IllegalStateException(
              ("Client id '%s' is in use: another client sent its heartbeat %s ago. Give each "
                      + "client an id of its own, or leave clientId(...) out for a generated id [CAIRN-108]")
                  .formatted(clientId, DurationText.of(sign.age())));
        });
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
