package dev.cairn.internal.work;

import dev.cairn.internal.foreign.ForeignCode;
import dev.cairn.internal.store.Transactions.StatementGuard;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Lets an interrupt reach the threads of an attempt only while they run the worker's own code. An
 * interrupt inside JDBC closes the connection of a virtual thread although the statement may still
 * commit. An interrupt that comes at such a time is delivered right after the statement. So is an
 * earlier interrupt that the worker's code had not noticed. Thread-safe.
 */
final class InterruptGate implements StatementGuard {
  private final Map<Thread, Passage> threads = new HashMap<>();
  private boolean delivered;
  private boolean closed;

  InterruptGate(Thread first) {
    threads.put(first, new Passage());
  }

  /**
   * Adds a thread of the attempt. If the attempt was interrupted before, the thread is interrupted
   * at once.
   */
  synchronized void add(Thread thread) {
    var passage = new Passage();
    threads.put(thread, passage);
    if (delivered) {
      deliver(thread, passage);
    }
  }

  /** Removes a thread that has ended. */
  synchronized void remove(Thread thread) {
    threads.remove(thread);
  }

  @Override
  public synchronized void enter() {
    Passage passage = threads.get(Thread.currentThread());
    if (passage != null && passage.depth++ == 0 && Thread.interrupted()) {
      passage.pending = true;
    }
  }

  @Override
  public synchronized void exit() {
    Passage passage = threads.get(Thread.currentThread());
    if (passage != null && --passage.depth == 0 && passage.pending) {
      passage.pending = false;
      deliver(Thread.currentThread(), passage);
    }
  }

  /**
   * Runs code that is not the worker's on a thread of the attempt. An interrupt that comes
   * meanwhile is delivered to the worker afterwards, whatever that code did with it.
   */
  void during(Runnable foreign) {
    int before = deliveries();
    foreign.run();
    if (deliveries() != before) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized int deliveries() {
    Passage passage = threads.get(Thread.currentThread());
    return passage == null ? 0 : passage.deliveries;
  }

  /**
   * Interrupts a thread. This closes a channel that blocks the thread, which runs code of the
   * channel's class.
   */
  private static void deliver(Thread thread, Passage passage) {
    passage.deliveries++;
    if (!ForeignCode.runInJob("A channel", "when its thread was interrupted", thread::interrupt)) {
      LockSupport.unpark(thread);
    }
  }

  /** Interrupts all threads of the attempt. */
  synchronized void interrupt() {
    if (!closed) {
      delivered = true;
      List.copyOf(threads.keySet()).forEach(this::interrupt);
    }
  }

  /** Interrupts only one thread, without ending the attempt. */
  synchronized void interrupt(Thread thread) {
    @Nullable Passage passage = threads.get(thread);
    if (passage == null || closed) {
      return;
    }
    if (passage.depth > 0) {
      passage.pending = true;
    } else {
      deliver(thread, passage);
    }
  }

  /** Takes back an interrupt of the calling thread, whether or not it was delivered. */
  synchronized void clear() {
    Passage passage = threads.get(Thread.currentThread());
    if (passage != null && !delivered) {
      passage.pending = false;
      boolean ignored = Thread.interrupted();
    }
  }

  /** The threads of the attempt that have not ended. */
  synchronized List<Thread> threads() {
    return List.copyOf(threads.keySet());
  }

  /** Whether an exception of the worker may be the consequence of an interrupt. */
  synchronized boolean hasDelivered() {
    return delivered;
  }

  /**
   * Delivers no interrupt after this. Called by the thread itself when the worker's code has ended.
   * Clears an interrupt that was delivered or that the worker's code has left behind.
   */
  synchronized void close() {
    closed = true;
    boolean ignored = Thread.interrupted();
  }

  /** Where a thread currently is. */
  private static final class Passage {
    private int depth;
    private int deliveries;
    private boolean pending;
  }
}
