package dev.cairn.internal.work;

import dev.cairn.internal.claims.Deadline;
import dev.cairn.internal.claims.Lease;
import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.concurrent.Nanos;
import dev.cairn.internal.concurrent.Patience;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.ClientStore;
import dev.cairn.internal.store.ClientStore.Pulse;
import dev.cairn.internal.store.ClientStore.Written;
import dev.cairn.internal.store.SupersededException;
import dev.cairn.internal.text.DurationText;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/*
 * A heartbeat may hang in the pool, in the network or in the database. So each one runs on its own
 * thread, and the loop waits for it only up to a time limit. If a heartbeat takes longer, it is
 * given up together with its connection, and the next heartbeat takes another connection. A
 * heartbeat that still waits for a connection keeps its place in the queue of the pool, and the
 * next ones queue as well: the pool may be slow, or only this one call may hang. The first answer
 * counts, and the other heartbeats give their connections back. The loop itself never calls the
 * database, so it always notices when the lease ends.
 */

/**
 * Sends the client's heartbeats, which renew its lease. This class does nothing else, because other
 * clients consider a client dead if its heartbeat is late.
 */
public final class Heartbeat {
  private static final Log log = Log.of(Heartbeat.class);

  /** The maximum number of hanging heartbeats; each may hold a thread. */
  private static final int HANGING_MAX = 4;

  /** How often a thread that waits for an answer wakes the loop again. */
  private static final long RING_AGAIN_NANOS = Duration.ofMillis(100).toNanos();

  /** How long the loop waits at a time, at most. */
  private static final long SLICE_NANOS_MAX = Duration.ofMillis(100).toNanos();

  /** The least number of slices in an interval. */
  private static final int SLICES_MIN = 8;

  /** How long a turn may take in addition to the interval for which it waits for the answer. */
  private static final Duration TURN_END_MAX = Duration.ofSeconds(1);

  private static final Duration SIGN_OFF_MAX = Duration.ofSeconds(3);

  /** How long signing off may take if the database did not answer the last request. */
  private static final Duration VAIN_SIGN_OFF_MAX = Duration.ofMillis(200);

  /** How long the loop may take to end in any case, even if the deadline has passed. */
  private static final Duration END_MIN = Duration.ofMillis(100);

  private final EngineSettings settings;
  private final ClientStore clients;
  private final Lease lease;
  private final Listener listener;
  private final Loop loop = new Loop("cairn-heartbeat", this::turn);

  /** Those that were given up. */
  private final List<Beat> hanging = new ArrayList<>();

  /** Those that have waited for a connection for longer than an interval, the oldest first. */
  private final List<Beat> queued = new CopyOnWriteArrayList<>();

  /** For the heartbeats' threads, because these call the data source, which is foreign code. */
  private final @Nullable ClassLoader loader = Thread.currentThread().getContextClassLoader();

  private volatile @Nullable Instant life;
  private volatile Pulse pulse;

  /** Counted down when the database answers; at zero if no thread waits. */
  private volatile CountDownLatch awaited = new CountDownLatch(0);

  /** When the loop was last woken because a thread waits for an answer. */
  private long rungNanos;

  /** Whether the database answered the last request. */
  private volatile boolean answers = true;

  private boolean lapsed;
  private volatile boolean superseded;

  /** Whether heartbeats have failed since the last confirmed one, and this was reported. */
  private boolean reported;

  /** Receives changes of the lease. Called by the heartbeat's thread; must return at once. */
  interface Listener {
    void leaseLapsed();

    void leaseRegained();
  }

  /**
   * How often a client with this timeout sends a heartbeat: three heartbeats may be lost before the
   * client counts as dead.
   */
  public static Duration interval(Duration timeout) {
    return timeout.dividedBy(4);
  }

  Heartbeat(EngineSettings settings, ClientStore clients, Lease lease, Listener listener) {
    this.settings = settings;
    this.clients = clients;
    this.lease = lease;
    this.listener = listener;
    this.pulse = newPulse();
    lease.renewedBy(loop::ring);
  }

  private Pulse newPulse() {
    return clients.pulse(settings.clientId(), settings.heartbeatTimeout(), life);
  }

  /**
   * Sends the first heartbeat at once, so that no client claims jobs before the other clients see
   * it.
   *
   * @param begun when this life of the client has begun; null if unknown
   * @param check runs after the heartbeat; if it throws, the client does not start
   * @throws dev.cairn.StoreUnavailableException if the database cannot be reached
   */
  void start(@Nullable Instant begun, Runnable check) {
    if (begun != null) {
      life = begun;
      pulse = newPulse();
    }
    var sent = new AtomicLong(System.nanoTime());
    try {
      Optional<Written> written = pulse.beat(() -> sent.set(System.nanoTime()));
      check.run();
      written.ifPresent(it -> lease.renew(sent.get(), it.at(), it.heartbeatAt()));
    } catch (Throwable e) {
      pulse.abort();
      pulse = newPulse();
      throw e;
    }
    loop.start();
  }

  /**
   * Sends a heartbeat now. Returns whether the database has answered this or another one in time,
   * whatever the answer was, or there was another sign of life. Called by one thread at a time,
   * between start and stop.
   */
  boolean isAnswered(Duration most, BooleanSupplier otherSign) {
    var answer = new CountDownLatch(1);
    awaited = answer;
    rungNanos = System.nanoTime() - RING_AGAIN_NANOS;
    answers =
        Patience.await(
            most,
            slice -> {
              ringAgain();
              return Beat.await(answer, slice) || otherSign.getAsBoolean();
            });
    return answers;
  }

  /**
   * Wakes the loop from time to time. The first heartbeat may only find out that its connection is
   * broken; the next one takes another connection.
   */
  private void ringAgain() {
    long now = System.nanoTime();
    if (now - rungNanos >= RING_AGAIN_NANOS) {
      rungNanos = now;
      loop.ring();
    }
  }

  /**
   * Ends the heartbeats and the lease.
   *
   * @param leavesNothing whether the client has no claim left and can be signed off; otherwise its
   *     jobs are rescued after its timeout
   * @return whether the client is signed off
   */
  boolean stop(Deadline deadline, boolean leavesNothing) {
    loop.stop();
    boolean ended =
        loop.join(deadline.atMost(settings.heartbeatInterval().plus(TURN_END_MAX)))
            || (leavesNothing && Patience.await(END_MIN, loop::join));
    lease.end();
    queued.forEach(each -> each.pulse().abort());
    Pulse last = pulse;
    boolean signedOff = ended && leavesNothing && signOff(last);
    if (signedOff) {
      close(last);
    } else {
      last.abort();
    }
    return signedOff;
  }

  private boolean signOff(Pulse last) {
    var farewell = Beat.farewell(last, loader);
    farewell.start();
    // Signing off is short, so it gets this time even if the deadline has passed.
    boolean over =
        answers ? farewell.await(SIGN_OFF_MAX) : Patience.await(VAIN_SIGN_OFF_MAX, farewell::await);
    if (over && farewell.isConfirmed()) {
      return true;
    }
    log.warn(
        "Client {} could not sign off; the other clients will consider it dead [CAIRN-513]",
        settings.clientId(),
        farewell.failure());
    return false;
  }

  private void close(Pulse last) {
    var closing = Beat.closing(last, loader);
    closing.start();
    boolean ignored = closing.await(SIGN_OFF_MAX);
  }

  private Duration turn() {
    if (superseded) {
      awaited.countDown();
      return settings.heartbeatInterval();
    }
    noticeLapse();
    hanging.removeIf(Beat::isOver);
    Beat current = null;
    Beat answered = answeredOfQueued();
    if (answered == null && hanging.size() + queued.size() < HANGING_MAX) {
      current = Beat.heartbeat(pulse, loader);
      current.start();
      answered = awaitAnswer(current);
    }
    if (answered != null) {
      return judge(answered, current);
    }
    if (current != null) {
      // Before its connection is broken off, which would look like a failure of its own.
      report(current);
      setAside(current);
    }
    noticeLapse();
    return retryPause();
  }

  /** Handles the end of a heartbeat, while another one may be under way. */
  private Duration judge(Beat answered, @Nullable Beat current) {
    if (answered.failure() instanceof SupersededException successor) {
      endForGood(successor);
      return retryPause();
    }
    if (answered.failure() == null) {
      awaited.countDown();
    } else {
      // The connection may be broken, so the next heartbeat opens another one. A locked row is no
      // reason for that.
      answered.pulse().abort();
      pulse = newPulse();
    }
    Written written = answered.written();
    if (answered.isConfirmed() && written != null) {
      keepOnly(answered, current);
      confirmed(answered.sentNanos(), written);
      Duration rest =
          settings.heartbeatInterval().minusNanos(System.nanoTime() - answered.sentNanos());
      return rest.isPositive() ? rest : Duration.ofMillis(1);
    }
    report(answered);
    noticeLapse();
    return retryPause();
  }

  /** A heartbeat takes longer than an interval: gives it up, or lets it wait for its connection. */
  private void setAside(Beat late) {
    if (isLate(late)) {
      giveUp(late);
    } else {
      queued.add(late);
    }
    pulse = newPulse();
  }

  /** Whether a statement was sent longer than an interval ago. */
  private boolean isLate(Beat beat) {
    return beat.isSent()
        && System.nanoTime() - beat.sentNanos() >= Nanos.of(settings.heartbeatInterval());
  }

  private void giveUp(Beat beat) {
    beat.pulse().abort();
    if (!beat.isOver()) {
      hanging.add(beat);
    }
  }

  /**
   * One connection is enough: the others that wait for one return it to the pool. Only for a
   * confirmed heartbeat: beats that are sent together lock their row, and all but one are answered
   * without having written.
   */
  private void keepOnly(Beat answered, @Nullable Beat current) {
    queued.forEach(this::giveUp);
    queued.clear();
    if (current != null && current != answered) {
      giveUp(current);
    }
    pulse = answered.pulse();
  }

  /**
   * Takes the first of the queued heartbeats that was confirmed, or superseded. Those that have
   * failed, or have found their row locked by another one, lose their place, and those whose
   * statement hangs are given up.
   */
  private @Nullable Beat answeredOfQueued() {
    for (Beat each : List.copyOf(queued)) {
      if (each.isOver()) {
        queued.remove(each);
        if (each.isConfirmed() || each.failure() instanceof SupersededException) {
          return each;
        }
        if (each.failure() == null) {
          awaited.countDown();
        }
        each.pulse().abort();
      } else if (isLate(each)) {
        queued.remove(each);
        giveUp(each);
      }
    }
    return null;
  }

  /**
   * The pause is much shorter than an interval, so that the next try makes up for a missed
   * heartbeat.
   */
  private Duration retryPause() {
    Duration pause = settings.heartbeatInterval().dividedBy(4);
    Duration remaining = lease.remaining();
    return remaining.isPositive() && remaining.compareTo(pause) < 0 ? remaining : pause;
  }

  /**
   * Waits for a connection, and then for the answer, for at most one interval each, and watches the
   * lease meanwhile. Returns the heartbeat that has ended: this one, or one that was queued.
   */
  private @Nullable Beat awaitAnswer(Beat current) {
    long interval = Nanos.of(settings.heartbeatInterval());
    boolean sent = false;
    long waited = 0;
    while (waited < interval) {
      long slice = waitNanos(interval);
      long begin = System.nanoTime();
      if (current.await(Duration.ofNanos(slice))) {
        return current;
      }
      Beat earlier = answeredOfQueued();
      if (earlier != null) {
        return earlier;
      }
      waited += counted(System.nanoTime() - begin, slice);
      if (!sent && current.isSent()) {
        sent = true;
        waited = 0;
      }
      noticeLapse();
    }
    return current.isOver() ? current : null;
  }

  /** Waits no longer than the lease is valid, so that its end is noticed at once. */
  private long waitNanos(long interval) {
    long slice = Math.clamp(interval / SLICES_MIN, 1, SLICE_NANOS_MAX);
    long remaining = Nanos.of(lease.remaining());
    return remaining > 0 ? Math.min(remaining, slice) : slice;
  }

  /**
   * How much of a wait counts. If it took much longer than it should, this process was suspended or
   * had no processor: then the answer may have arrived, but the heartbeat's thread has not read it
   * yet, and its connection is good.
   */
  private static long counted(long elapsed, long slice) {
    return elapsed <= 2 * slice ? elapsed : slice / 2;
  }

  private void confirmed(long sentNanos, Written written) {
    boolean anew = lease.renew(sentNanos, written.at(), written.heartbeatAt());
    reported = false;
    if (anew && !lapsed) {
      // The lease ended unnoticed, for example because the process was suspended. Its runs have to
      // end.
      listener.leaseLapsed();
    }
    if (anew || (lapsed && lease.isValid())) {
      lapsed = false;
      log.info("Client {} has sent its heartbeat again and continues", settings.clientId());
      listener.leaseRegained();
    }
  }

  private void report(Beat beat) {
    if (!reported) {
      reported = true;
      log.warn(
          "Client {} could not send its heartbeat: {}; it keeps trying [CAIRN-506]",
          settings.clientId(),
          reason(beat),
          beat.failure());
    }
  }

  /**
   * Ends the lease, because the id belongs to another process now: this client may no longer act in
   * its name.
   */
  private void endForGood(SupersededException successor) {
    superseded = true;
    lapsed = true;
    lease.end();
    log.error(
        "Client {} works no more jobs: another client has started under its id. End this process, "
            + "and give each client an id of its own [CAIRN-108]",
        settings.clientId(),
        successor);
    listener.leaseLapsed();
  }

  /** Whether another client has started under this client's id. */
  boolean isSuperseded() {
    return superseded;
  }

  private static String reason(Beat beat) {
    String time = DurationText.of(Duration.ofNanos(System.nanoTime() - beat.begunNanos()));
    if (!beat.isOver()) {
      return (beat.isSent()
              ? "the database has not answered for "
              : "the data source has provided no connection for ")
          + time;
    }
    return beat.failure() == null
        ? "another session holds a lock on its row in cairn_client"
        : "it failed after " + time;
  }

  private void noticeLapse() {
    if (!lapsed && !lease.isValid()) {
      lapsed = true;
      log.warn(
          "Client {} could not send its heartbeat for three quarters of its timeout of {}. Other "
              + "clients may soon consider it dead. It stops its jobs, and claims no jobs until a "
              + "heartbeat gets through [CAIRN-505]",
          settings.clientId(),
          DurationText.of(settings.heartbeatTimeout()));
      listener.leaseLapsed();
    }
  }
}
