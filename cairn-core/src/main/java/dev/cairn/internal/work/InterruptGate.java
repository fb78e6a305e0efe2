package dev.cairn.internal.work;

import dev.cairn.internal.foreign.ForeignCode;
import dev.cairn.internal.store.Transactions.StatementGuard;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/*
 * An interrupt of a thread that reads from a channel closes that channel. The interrupting thread
 * does this, and for a file it waits until the read has returned: for hours, if the disk does not
 * answer. So each interrupt is sent by a thread of its own, and only the interrupted thread waits
 * for it. The sending thread is a platform thread, because jobs that only compute may keep all
 * carriers of virtual threads busy.
 */

/**
 * Lets an interrupt reach the threads of an attempt only while they run the worker's own code. An
 * interrupt inside JDBC closes the connection of a virtual thread although the statement may still
 * commit. An interrupt that comes at such a time is delivered right after the statement. The same
 * applies to an earlier interrupt that the worker's code had not noticed. Thread-safe.
 */
final class InterruptGate implements StatementGuard {
  /** Never held while a thread is interrupted. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition isDelivered = lock.newCondition();

  /** Nearly always the attempt's own thread alone. */
  private final Map<Thread, Passage> threads = new HashMap<>(2);

  private boolean delivered;
  private boolean closed;

  InterruptGate(Thread first) {
    threads.put(first, new Passage());
  }

  /**
   * Adds a thread of the attempt that has not started yet, or the calling thread. If the attempt
   * was interrupted before, the thread is interrupted at once.
   */
  void add(Thread thread) {
    var passage = new Passage();
    boolean late;
    lock.lock();
    try {
      threads.put(thread, passage);
      late = delivered;
      if (late) {
        passage.deliveries++;
      }
    } finally {
      lock.unlock();
    }
    if (late) {
      interruptNow(thread);
    }
  }

  /** Removes a thread that has ended. */
  void remove(Thread thread) {
    lock.lock();
    try {
      threads.remove(thread);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void enter() {
    lock.lock();
    try {
      Passage passage = ownSettled();
      if (passage != null && passage.depth++ == 0 && Thread.interrupted()) {
        passage.pending = true;
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void exit() {
    boolean late = false;
    lock.lock();
    try {
      Passage passage = threads.get(Thread.currentThread());
      if (passage != null && --passage.depth == 0 && passage.pending) {
        passage.pending = false;
        passage.deliveries++;
        late = true;
      }
    } finally {
      lock.unlock();
    }
    if (late) {
      interruptNow(Thread.currentThread());
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

  private int deliveries() {
    lock.lock();
    try {
      Passage passage = ownSettled();
      return passage == null ? 0 : passage.deliveries;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The passage of the calling thread. Waits until the interrupts that are on their way to the
   * thread have arrived. Called under the lock.
   */
  private @Nullable Passage ownSettled() {
    Passage passage = threads.get(Thread.currentThread());
    while (passage != null && passage.onTheirWay > 0) {
      isDelivered.awaitUninterruptibly();
    }
    return passage;
  }

  /** Interrupts all threads of the attempt. Does not wait until that has happened. */
  void interrupt() {
    var reached = new HashMap<Thread, Passage>();
    lock.lock();
    try {
      if (closed) {
        return;
      }
      delivered = true;
      threads.forEach((thread, passage) -> {
        if (isSent(passage)) {
          reached.put(thread, passage);
        }
      });
    } finally {
      lock.unlock();
    }
    reached.forEach(this::send);
  }

  /**
   * Interrupts only one thread, without ending the attempt. Does not wait until that has happened,
   * except for the calling thread.
   */
  void interrupt(Thread thread) {
    Passage passage;
    lock.lock();
    try {
      passage = threads.get(thread);
      if (passage == null || closed || !isSent(passage)) {
        return;
      }
    } finally {
      lock.unlock();
    }
    send(thread, passage);
  }

  /**
   * Notes an interrupt. Returns whether it has to be sent; if not, it waits for the end of a
   * statement, or until another one has arrived: the worker's code may have handled that one
   * already, although it is still on its way for the thread that sends it. Called under the lock.
   */
  private static boolean isSent(Passage passage) {
    if (passage.depth > 0) {
      passage.pending = true;
      return false;
    }
    if (passage.onTheirWay > 0) {
      passage.again = true;
      return false;
    }
    passage.deliveries++;
    passage.onTheirWay++;
    return true;
  }

  /** If no further thread can be started, the calling thread delivers the interrupt. */
  private void send(Thread thread, Passage passage) {
    if (thread == Thread.currentThread() || !isSentByAnother(thread, passage)) {
      deliver(thread, passage);
    }
  }

  private boolean isSentByAnother(Thread thread, Passage passage) {
    try {
      Thread.ofPlatform()
          .daemon()
          .name("cairn-interrupt")
          .inheritInheritableThreadLocals(false)
          .start(() -> deliver(thread, passage));
      return true;
    } catch (Throwable e) {
      // Whatever it is, the worker's thread would wait for ever for an interrupt on its way.
      return false;
    }
  }

  private void deliver(Thread thread, Passage passage) {
    try {
      interruptNow(thread);
    } finally {
      if (isSentAgain(passage)) {
        deliver(thread, passage);
      }
    }
  }

  /** Notes that an interrupt has arrived. Returns whether another one came meanwhile. */
  private boolean isSentAgain(Passage passage) {
    lock.lock();
    try {
      passage.onTheirWay--;
      boolean again = passage.again && !closed && isSent(passage);
      passage.again = false;
      isDelivered.signalAll();
      return again;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Interrupts a thread. If the thread is blocked in a channel, this runs code of the channel's
   * class. If that code throws, a virtual thread has not been woken.
   */
  private static void interruptNow(Thread thread) {
    if (!ForeignCode.runInJob("A channel", "when its thread was interrupted", thread::interrupt)) {
      LockSupport.unpark(thread);
    }
  }

  /**
   * Takes back an interrupt of the calling thread, whether or not it was delivered. Does nothing if
   * the whole attempt was interrupted.
   */
  void clear() {
    lock.lock();
    try {
      Passage passage = ownSettled();
      if (passage != null && !delivered) {
        passage.pending = false;
        boolean ignored = Thread.interrupted();
      }
    } finally {
      lock.unlock();
    }
  }

  /** The threads of the attempt that have not ended. */
  List<Thread> threads() {
    lock.lock();
    try {
      return List.copyOf(threads.keySet());
    } finally {
      lock.unlock();
    }
  }

  /**
   * Whether the attempt was interrupted, so that an exception of the worker may be the consequence.
   */
  boolean hasDelivered() {
    lock.lock();
    try {
      return delivered;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Delivers no interrupt after this. Called by the thread itself when the worker's code has ended.
   * Clears an interrupt that was delivered or that the worker's code has left behind.
   */
  void close() {
    lock.lock();
    try {
      closed = true;
      Passage own = ownSettled();
      if (own != null) {
        own.pending = false;
      }
      boolean ignored = Thread.interrupted();
    } finally {
      lock.unlock();
    }
  }

  /** How deep a thread is in guarded statements, and its interrupts. */
  private static final class Passage {
    private int depth;
    private int deliveries;
    private int onTheirWay;
    private boolean again;
    private boolean pending;
  }
}
