package dev.cairn.internal.upkeep;

import dev.cairn.CairnException;
import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.store.LeaderStore;
import dev.cairn.internal.store.Notifications;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands for election, as River does: every five to six seconds, for fifteen. While elected it runs
 * the leader's services, and stops them a second before its term ends unless it was prolonged.
 */
final class Leader {
  private static final Logger log = LoggerFactory.getLogger(Leader.class);
  private static final Duration INTERVAL = Duration.ofSeconds(5);
  private static final int JITTER_MILLIS = 1_000;
  private static final Duration TERM = INTERVAL.plusSeconds(10);
  private static final Duration SAFETY = Duration.ofSeconds(1);
  private static final Duration SERVICE_END_MAX = Duration.ofSeconds(5);

  private final String clientId;
  private final LeaderStore store;
  private final List<LeaderService> services;
  private final Loop election = new Loop("cairn-leader", this::turn);
  private final Map<String, Loop> running = new LinkedHashMap<>();
  private volatile boolean resignRequested;

  /** When the term began, while leader. Used by the loop, and after its end by the stopper. */
  private @Nullable Instant electedAt;

  private long termEndNanos;

  Leader(String clientId, LeaderStore store, List<LeaderService> services) {
    this.clientId = clientId;
    this.store = store;
    this.services = List.copyOf(services);
  }

  void start() {
    election.start();
  }

  void stop(Duration timeout) {
    election.stop();
    if (election.join(timeout)) {
      try {
        resign();
      } catch (CairnException e) {
        log.warn("Client {} could not resign; its term runs out by itself", clientId, e);
      }
    }
  }

  Notifications.Listener ears() {
    return new Notifications.Listener() {
      @Override
      public void leaderResigned() {
        election.ring();
      }

      @Override
      public void resignRequested() {
        resignRequested = true;
        election.ring();
      }
    };
  }

  private Duration turn() {
    Instant term = electedAt;
    if (term == null) {
      resignRequested = false;
      standForElection();
    } else if (resignRequested) {
      resignRequested = false;
      resign();
    } else {
      prolong(term);
    }
    return INTERVAL.plusMillis(ThreadLocalRandom.current().nextInt(JITTER_MILLIS));
  }

  private void standForElection() {
    long start = System.nanoTime();
    Optional<Instant> term = store.elect(clientId, TERM);
    if (term.isPresent()) {
      electedAt = term.get();
      termEndNanos = endOfTerm(start);
      startServices();
      log.info("Client {} leads", clientId);
    }
  }

  private void prolong(Instant term) {
    long start = System.nanoTime();
    boolean prolonged = false;
    try {
      prolonged = store.reelect(clientId, term, TERM);
      termEndNanos = prolonged ? endOfTerm(start) : start;
    } finally {
      // If the database did not answer, the next try comes well before the end of the term.
      if (!prolonged && System.nanoTime() >= termEndNanos) {
        stopServices();
        electedAt = null;
        log.info("Client {} leads no more", clientId);
      }
    }
  }

  private static long endOfTerm(long startNanos) {
    return startNanos + TERM.minus(SAFETY).toNanos();
  }

  private void resign() {
    Instant term = electedAt;
    if (term != null) {
      stopServices();
      electedAt = null;
      store.resign(clientId, term);
      log.info("Client {} has resigned as leader", clientId);
    }
  }

  private void startServices() {
    for (LeaderService service : services) {
      service.begin();
      var loop = new Loop("cairn-" + service.name(), service::turn);
      synchronized (running) {
        running.put(service.name(), loop);
      }
      loop.start();
    }
  }

  /** Has a service look at once, if this client leads. */
  void ring(String service) {
    synchronized (running) {
      Loop loop = running.get(service);
      if (loop != null) {
        loop.ring();
      }
    }
  }

  private void stopServices() {
    List<Loop> loops;
    synchronized (running) {
      loops = List.copyOf(running.values());
      running.clear();
    }
    loops.forEach(Loop::stop);
    loops.forEach(loop -> loop.join(SERVICE_END_MAX));
  }
}
