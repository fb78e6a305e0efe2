package dev.cairn.internal.work;

import dev.cairn.internal.store.Transactions.StatementGuard;

/**
 * Lets an interrupt reach the thread of an attempt only while it runs the worker's own code: an
 * interrupt inside JDBC closes the connection of a virtual thread although the statement may still
 * commit. An interrupt that comes at such a time is delivered right after it. Thread-safe.
 */
final class InterruptGate implements StatementGuard {
  private final Thread thread;
  private int depth;
  private boolean pending;
  private boolean delivered;
  private boolean closed;

  InterruptGate(Thread thread) {
    this.thread = thread;
  }

  @Override
  public synchronized void enter() {
    if (Thread.currentThread() == thread) {
      depth++;
    }
  }

  @Override
  public synchronized void exit() {
    if (Thread.currentThread() == thread && --depth == 0 && pending) {
      pending = false;
      deliver();
    }
  }

  synchronized void interrupt() {
    if (depth > 0) {
      pending = true;
    } else if (!closed) {
      deliver();
    }
  }

  private void deliver() {
    delivered = true;
    thread.interrupt();
  }

  /** Whether what the worker throws may be the consequence of an interrupt. */
  synchronized boolean hasDelivered() {
    return delivered;
  }

  /** No interrupt after this; called by the thread itself when the worker's code has ended. */
  synchronized void close() {
    closed = true;
    if (delivered) {
      boolean ignored = Thread.interrupted();
    }
  }
}
