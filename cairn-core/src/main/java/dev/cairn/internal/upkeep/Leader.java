package dev.cairn.internal.upkeep;

import dev.cairn.CairnException;
import dev.cairn.internal.claims.Deadline;
import dev.cairn.internal.claims.Lease;
import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.LeaderStore;
import dev.cairn.internal.store.Notifications;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Stands for election, as in River: every five to six seconds, for a term of fifteen seconds. While
 * elected, it runs the leader's services. A term is a lease of its own, counted from when its
 * statement was sent. The services check it before each turn, so that they end a second before the
 * term, even if the database does not answer. It does not lead either once the lease of its client
 * has expired.
 */
final class Leader {
  private static final Log log = Log.of(Leader.class);
  private static final Duration INTERVAL = Duration.ofSeconds(5);
  private static final int JITTER_MILLIS = 1_000;
  private static final Duration TIME_TO_LIVE = INTERVAL.plusSeconds(10);
  private static final Duration SAFETY = Duration.ofSeconds(1);

  private final String clientId;
  private final LeaderStore store;
  private final Lease lease;
  private final Function<Term, List<LeaderService>> services;
  private final Loop election = new Loop("cairn-leader", this::turn, this::resignOrWarn);
  private volatile boolean resignRequested;

  /** Terms that are over, with services that may still be in the database. */
  private final List<Term> former = new CopyOnWriteArrayList<>();

  /** Set only by the thread of the election. */
  private volatile @Nullable Term term;

  /**
   * Since when each election has found the leader's row locked; null if the last one has not. Used
   * by the thread of the election.
   */
  private @Nullable Long lockedSinceNanos;

  /**
   * @param services creates the services of a term, which can ask whether the term is valid. The
   *     services of the previous term may not have ended yet
   */
  Leader(
      String clientId,
      LeaderStore store,
      Lease lease,
      Function<Term, List<LeaderService>> services) {
    this.clientId = clientId;
    this.store = store;
    this.lease = lease;
    this.services = services;
  }

  void start() {
    lease.whenJumped(election::ring);
    election.start();
  }

  /** Ends the services, and resigns on the thread of the election. Returns at once. */
  void stop() {
    election.stop();
    Term current = term;
    if (current != null) {
      current.stopServices();
    }
  }

  /** Waits for the election to end, and for the services of all terms. */
  boolean join(Duration timeout) {
    var deadline = Deadline.in(timeout);
    return election.join(deadline.rest()) && former.stream().allMatch(each -> each.join(deadline));
  }

  /** The threads that may be in the database. */
  List<Thread> threads() {
    Term current = term;
    var threads = new ArrayList<Thread>();
    election.thread().ifPresent(threads::add);
    if (current != null) {
      threads.addAll(current.threads());
    }
    former.forEach(each -> threads.addAll(each.threads()));
    return threads;
  }

  boolean isLeading() {
    Term current = term;
    return current != null && current.isValid();
  }

  Notifications.Listener listener() {
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
    Term current = term;
    if (current == null) {
      resignRequested = false;
      if (lease.isValid()) {
        standForElection();
      }
    } else if (resignRequested) {
      resignRequested = false;
      resignOrWarn();
    } else if (!current.isValid()) {
      endTerm(current);
    } else {
      prolong(current);
    }
    return INTERVAL.plusMillis(ThreadLocalRandom.current().nextInt(JITTER_MILLIS));
  }

  private void standForElection() {
    long sent = System.nanoTime();
    Optional<Instant> electedAt = elect(sent);
    if (electedAt.isEmpty()) {
      return;
    }
    var begun = new Term(electedAt.get(), lease, sent + leading());
    term = begun;
    try {
      begun.startServices(services.apply(begun));
    } catch (Throwable e) {
      // A leader without services would prevent others from leading.
      resignOrWarn();
      throw e;
    }
    log.info("Client {} is the leader", clientId);
  }

  /**
   * Not elected if another session holds the leader's row: usually another client that is just
   * being elected. If the row is held for a whole term, nobody leads, and this fails.
   */
  private Optional<Instant> elect(long sent) {
    Long lockedBefore = lockedSinceNanos;
    lockedSinceNanos = null;
    try {
      return store.elect(clientId, TIME_TO_LIVE);
    } catch (ContendedException e) {
      if (!e.isLocked()) {
        throw e;
      }
      long since = lockedBefore == null ? sent : lockedBefore;
      lockedSinceNanos = since;
      if (sent - since >= TIME_TO_LIVE.toNanos()) {
        throw e;
      }
      log.debug("Client {} was not elected, because the row of the leader is locked", clientId, e);
      return Optional.empty();
    }
  }

  private void prolong(Term current) {
    long sent = System.nanoTime();
    if (store.reelect(clientId, current.electedAt(), TIME_TO_LIVE)) {
      current.prolong(sent, sent + leading());
    } else {
      endTerm(current);
    }
  }

  private static long leading() {
    return TIME_TO_LIVE.minus(SAFETY).toNanos();
  }

  private void endTerm(Term current) {
    stopServices(current);
    log.info("Client {} is no longer the leader", clientId);
  }

  private void stopServices(Term current) {
    current.stopServices();
    former.removeIf(each -> each.threads().isEmpty());
    former.add(current);
    term = null;
  }

  private void resign() {
    Term current = term;
    if (current != null) {
      stopServices(current);
      store.resign(clientId, current.electedAt());
      log.info("Client {} has resigned as leader", clientId);
    }
  }

  private void resignOrWarn() {
    try {
      resign();
    } catch (CairnException e) {
      log.warn(
          "Client {} could not resign as leader; its term ends by itself [CAIRN-513]", clientId, e);
    }
  }

  /** Wakes a service if this client leads. */
  void ring(String service) {
    Term current = term;
    if (current != null) {
      current.ring(service);
    }
  }
}
