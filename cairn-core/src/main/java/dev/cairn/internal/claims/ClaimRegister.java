package dev.cairn.internal.claims;

import dev.cairn.InterruptionReason;
import dev.cairn.internal.concurrent.Nanos;
import dev.cairn.internal.concurrent.Wakeup;
import dev.cairn.internal.store.Claim;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/*
 * sent      a statement that may claim jobs for this client is on its way, or waits to be sent
 * held      the statement has answered with this claim, and a thread will work under it
 * running   the worker's code runs
 * ended     the outcome was taken, and is being written
 * over      the outcome was written, or refused because the job belongs to another claim
 *
 * A claim is entered before its sending is removed, and is removed only when it is over. So if the
 * database has a claim that is not in the register, there are two cases. Either the answer is on
 * its way, and its sending has been registered since before the claim was made. Or the claim is an
 * orphan. A job may have two claims here: that of an older run which continues, and the newer one.
 * They are two entries, so a claim is never identified by its job alone.
 */

/** Every claim of one client, from before its statement is sent until it is over. Thread-safe. */
public final class ClaimRegister {
  /**
   * The newest claim of each job, by the job's id. It leads to the older claims, which are rare.
   */
  private final Map<Long, HeldClaim> newest = new ConcurrentHashMap<>();

  private final Set<Sending> sendings = ConcurrentHashMap.newKeySet();
  private final AtomicInteger running = new AtomicInteger();
  private final Wakeup wakeup = new Wakeup();
  private final long doubtNanos;
  private volatile boolean awaited;
  private volatile boolean closed;
  private volatile long doubtUntilNanos = System.nanoTime();
  private volatile long suspectUntilNanos = System.nanoTime();

  /**
   * An empty register.
   *
   * @param doubt how long a statement whose answer was lost may still take effect
   */
  public ClaimRegister(Duration doubt) {
    this.doubtNanos = Nanos.of(doubt);
  }

  /**
   * Registers a statement that is about to be sent and may claim jobs. Close it when the statement
   * is over.
   *
   * @throws ClosedRegisterException if this client stops: the jobs would only be handed back
   */
  public Sending send() {
    return registered(new Sending(true));
  }

  /**
   * Like {@link #send}, for a statement that has to wait for a connection first. It calls {@link
   * Sending#begin} when it has one. A stop that has closed this register prevents it until then.
   */
  public Sending prepare() {
    return registered(new Sending(false));
  }

  private Sending registered(Sending sending) {
    sendings.add(sending);
    // Read after the entry, and written before the entries are read. So if a stop has not seen this
    // sending, this thread sees the stop.
    if (closed) {
      sendings.remove(sending);
      throw new ClosedRegisterException();
    }
    return sending;
  }

  private HeldClaim hold(Claim claim) {
    var held = new HeldClaim(claim);
    HeldClaim first = newest.merge(claim.jobId(), held, HeldClaim::with);
    running.incrementAndGet();
    try {
      first.olderRunsLose();
      if (closed) {
        held.interrupt(InterruptionReason.SHUTDOWN);
      }
    } catch (Throwable e) {
      held.leave();
      throw e;
    }
    return held;
  }

  /**
   * Notes that a claim has ended because its outcome was taken. It no longer counts as running.
   * Call it once for each claim.
   */
  public void ended(HeldClaim held) {
    if (running.decrementAndGet() == 0 && awaited) {
      wakeup.ring();
    }
  }

  /**
   * Removes a claim that is over: its outcome was written, or refused because the job belongs to
   * another claim.
   */
  public void over(HeldClaim held) {
    newest.computeIfPresent(held.claim().jobId(), (id, first) -> first.without(held));
  }

  /**
   * Notes that the answer to a statement was lost, so this client may have claims, now or later,
   * that it does not know.
   */
  private void doubt() {
    doubtUntilNanos = System.nanoTime() + doubtNanos;
    suspect();
  }

  private boolean isDoubtful() {
    return doubtUntilNanos - System.nanoTime() > 0;
  }

  /**
   * Notes that a job may be running in this client's name although this client does not work it.
   * The search for orphans has to look for such a job.
   */
  public void suspect() {
    suspectUntilNanos = System.nanoTime() + doubtNanos;
  }

  /** Whether the search for orphans has to look for jobs that this client does not work. */
  public boolean isSuspicious() {
    return suspectUntilNanos - System.nanoTime() > 0;
  }

  /** Whether this client may sign off: it has no claim, and none is on its way. */
  public boolean isEmpty() {
    // Checked in the order of a claim's life, so that a claim that moves on meanwhile is found in
    // its next place.
    return sendings.isEmpty() && !isDoubtful() && newest.isEmpty();
  }

  /** Whether any claim has no outcome yet. */
  public boolean hasRunning() {
    return running.get() > 0;
  }

  /** All claims that are not over. */
  public Collection<HeldClaim> all() {
    var all = new ArrayList<HeldClaim>();
    newest.values().forEach(first -> first.thisAndOlder(all::add));
    return all;
  }

  /** Whether this client has a claim of the job that is not over. */
  public boolean hasJob(long jobId) {
    return newest.containsKey(jobId);
  }

  boolean knows(Claim claim) {
    HeldClaim first = newest.get(claim.jobId());
    return first != null && first.isOrHasOlder(claim);
  }

  public Set<Sending> sendings() {
    return Set.copyOf(sendings);
  }

  /** Asks all runs to stop, including those that have not started, and allows no more claims. */
  public void close() {
    closed = true;
    sendings.removeIf(Sending::isPrevented);
    interruptAll(InterruptionReason.SHUTDOWN);
  }

  /** Whether all runs are asked to stop. */
  public boolean isClosed() {
    return closed;
  }

  /** Asks all current runs to stop. */
  public void interruptAll(InterruptionReason reason) {
    newest.values().forEach(first -> first.thisAndOlder(held -> held.interrupt(reason)));
  }

  /**
   * Waits until nothing runs, the caller is woken, or the time has passed. One caller at a time.
   */
  public void awaitNoneRunning(Duration timeout) {
    awaited = true;
    if (hasRunning()) {
      wakeup.await(timeout);
    }
  }

  /**
   * Waits until all statements that may claim are over, or the time has passed. {@link #wake} does
   * not end this wait. One caller at a time.
   */
  public void awaitAnswers(Duration timeout) {
    awaited = true;
    long end = System.nanoTime() + Nanos.of(timeout);
    for (long rest = Nanos.of(timeout); !sendings.isEmpty() && rest > 0; ) {
      wakeup.await(Duration.ofNanos(rest));
      rest = end - System.nanoTime();
    }
  }

  /** Ends the wait of {@link #awaitNoneRunning}. */
  public void wake() {
    wakeup.ring();
  }

  /** A statement that may claim jobs, from before it is sent. */
  public final class Sending implements AutoCloseable {
    private boolean begun;
    private boolean prevented;
    private boolean answered;

    private Sending(boolean begun) {
      this.begun = begun;
    }

    /**
     * Notes that the statement is sent now.
     *
     * @throws ClosedRegisterException if this client stops, so that it must not be sent
     */
    public synchronized void begin() {
      if (prevented) {
        throw new ClosedRegisterException();
      }
      begun = true;
    }

    /** Prevents a statement that was not sent yet. Returns whether that has succeeded. */
    private synchronized boolean isPrevented() {
      prevented = !begun;
      return prevented;
    }

    private synchronized boolean hasBegun() {
      return begun;
    }

    /**
     * Registers the claims with which the statement has answered, in this order. Called by one
     * thread.
     */
    public List<HeldClaim> answered(List<Claim> given) {
      var held = new ArrayList<HeldClaim>(given.size());
      try {
        for (Claim claim : given) {
          held.add(hold(claim));
        }
        answered = true;
        return held;
      } finally {
        if (!answered) {
          // The watcher finds these claims; the search for orphans finds the others in the
          // database.
          held.forEach(HeldClaim::leave);
        }
      }
    }

    /** The statement is over. Without an answer, it may still have been executed. */
    @Override
    public void close() {
      if (hasBegun() && !answered) {
        doubt();
      }
      sendings.remove(this);
      if (awaited) {
        wakeup.ring();
      }
    }
  }
}
