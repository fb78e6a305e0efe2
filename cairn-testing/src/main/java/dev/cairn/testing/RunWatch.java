package dev.cairn.testing;

import dev.cairn.InterruptionReason;
import dev.cairn.spi.Checkpoint;
import dev.cairn.testing.Boundary.Kind;
import dev.cairn.testing.KillSchedule.End;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/*
 * A killed run goes on here, since its threads cannot be killed: the thread at which the run ends,
 * and each other one at its next call, are thrown an Error that is to unwind them. What a thread
 * saves on its way out, in a finally block, is ignored. If it instead comes to the end of a step,
 * or returns, it has swallowed that error.
 */

/** Counts the boundaries of one run, and ends it at one of them. Thread-safe. */
final class RunWatch {
  /** More calls than any thread makes on its way out. */
  private static final int CALLS_MAX = 10_000;

  private static final Duration TURN_MAX = Duration.ofSeconds(1);

  private final @Nullable End end;
  private final Consumer<RunWatch> atDeath;
  private final boolean oneByOne;
  private final List<Boundary> passed = new ArrayList<>();

  /** The threads that know that the run is over. */
  private final Set<Thread> told = new HashSet<>();

  private final List<Thread> forks = new ArrayList<>();

  /** The last one that each thread has forked. */
  private final Map<Thread, Thread> lastForks = new HashMap<>();

  private final Set<String> late = new LinkedHashSet<>();
  private int callsAfterDeath;
  private volatile int savesLost;
  private boolean killed;
  private boolean wentOn;

  RunWatch(@Nullable End end) {
    this(end, watch -> {}, false);
  }

  /**
   * A run to watch.
   *
   * @param end where it is to end; null to leave it alone
   * @param atDeath called on the thread that comes there, when the run is killed
   * @param oneByOne whether the threads that one forks run one after the other
   */
  RunWatch(@Nullable End end, Consumer<RunWatch> atDeath, boolean oneByOne) {
    this.end = end;
    this.atDeath = atDeath;
    this.oneByOne = oneByOne;
  }

  /**
   * Refuses a call that cannot be ignored once the run is over.
   *
   * @throws Killed if it is
   */
  synchronized void requireAlive() {
    if (killed) {
      told.add(Thread.currentThread());
      throw new Killed();
    }
  }

  /**
   * Whether the run is over and the calling thread knows it, so that the call must be ignored.
   *
   * @throws Killed if the thread did not know it
   */
  synchronized boolean isOver() {
    if (!killed) {
      return false;
    }
    if (told.add(Thread.currentThread())) {
      throw new Killed();
    }
    if (++callsAfterDeath > CALLS_MAX) {
      wentOn = true;
      throw new Killed();
    }
    return true;
  }

  /** A thread that knows that the run is over has saved something. */
  synchronized void savedAfterDeath(Checkpoint checkpoint) {
    wentOn |= checkpoint.finished();
  }

  /** The worker has returned normally, on the calling thread. */
  synchronized void returned() {
    wentOn |= told.contains(Thread.currentThread());
  }

  void reached(Kind kind, @Nullable Checkpoint checkpoint, AttemptContext context) {
    Fate fate = pass(new Boundary(kind, checkpoint, context.memory().buffered() > 0));
    if (fate == Fate.STOPPED) {
      context.interrupt(InterruptionReason.SHUTDOWN);
    } else if (fate != null) {
      if (fate == Fate.KEPT) {
        context.memory().makeDurable();
      }
      savesLost = context.memory().buffered();
      atDeath.accept(this);
      throw new Killed();
    }
  }

  /** Notes a boundary; how the run ends there, if it does. */
  private synchronized @Nullable Fate pass(Boundary boundary) {
    requireAlive();
    passed.add(boundary);
    if (end == null || end.boundary() != passed.size()) {
      return null;
    }
    if (end.fate() != Fate.STOPPED) {
      killed = true;
      told.add(Thread.currentThread());
    }
    return end.fate();
  }

  /** The code of a thread that the calling one is about to fork, run when it is its turn. */
  synchronized Runnable inTurn(Runnable code) {
    Thread before = oneByOne ? lastForks.get(Thread.currentThread()) : null;
    return before == null
        ? code
        : () -> {
          awaitEnd(before);
          code.run();
        };
  }

  /** A thread that waits for a later one by its own means would wait forever. */
  private static void awaitEnd(Thread thread) {
    try {
      boolean ignored = thread.join(TURN_MAX);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A thread belongs to the run beside the calling one. */
  synchronized void forked(Thread thread) {
    forks.add(thread);
    lastForks.put(Thread.currentThread(), thread);
  }

  synchronized List<Thread> forks() {
    return List.copyOf(forks);
  }

  /** Ends the run here; what was not durable is lost. */
  synchronized void kill() {
    killed = true;
    told.add(Thread.currentThread());
    throw new Killed();
  }

  synchronized boolean isKilled() {
    return killed;
  }

  /** Whether code of the worker continued after it was killed. */
  synchronized boolean hasGoneOn() {
    return wentOn;
  }

  /** Called when another thread than the job's makes a call after the worker has returned. */
  synchronized void calledLate(Thread thread) {
    late.add(thread.getName());
  }

  /** The names of the threads that did. */
  synchronized List<String> lateCallers() {
    return List.copyOf(late);
  }

  /** How many saves were lost with the process. */
  int savesLost() {
    return savesLost;
  }

  synchronized List<Boundary> passed() {
    return List.copyOf(passed);
  }

  /** The boundary at which the run was to end; null if it did not come there. */
  synchronized @Nullable Boundary endReached() {
    return end == null || end.boundary() > passed.size() ? null : passed.get(end.boundary() - 1);
  }
}
