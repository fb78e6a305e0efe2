package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.concurrent.Nanos;
import dev.cairn.internal.store.Notifications;
import dev.cairn.internal.store.Notifications.Listener;
import dev.cairn.internal.store.Notifications.Subscription;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Listens on one connection and passes the notifications on. */
final class Notifier {
  /** How long the loop may take to notice that it was stopped. */
  private static final int POLL_MILLIS = 250;

  /** After this time without a notification, the connection is checked. */
  private static final Duration SILENCE = Duration.ofSeconds(15);

  private final Notifications notifications;
  private final List<Listener> listeners;
  private final Runnable onConnected;
  private final long silenceNanos;
  private final Loop loop = new Loop("cairn-notify", this::turn, this::close);

  /** Set while connected, by the loop only. */
  private volatile @Nullable Subscription subscription;

  private long heardNanos;

  /**
   * @param onConnected called whenever listening has started, because earlier notifications were
   *     missed
   */
  Notifier(Notifications notifications, List<Listener> listeners, Runnable onConnected) {
    this(notifications, listeners, onConnected, SILENCE);
  }

  Notifier(
      Notifications notifications,
      List<Listener> listeners,
      Runnable onConnected,
      Duration silence) {
    this.notifications = notifications;
    this.listeners = List.copyOf(listeners);
    this.onConnected = onConnected;
    this.silenceNanos = Nanos.of(silence);
  }

  void start() {
    loop.start();
  }

  void stop() {
    loop.stop();
  }

  boolean join(Duration timeout) {
    return loop.join(timeout);
  }

  Optional<Thread> thread() {
    return loop.thread();
  }

  /** Closes the connection forcibly, from any thread. */
  void abort() {
    Subscription current = subscription;
    if (current != null) {
      current.abort();
    }
  }

  private Duration turn() {
    Subscription current = subscription;
    if (current == null) {
      current = notifications.subscribe();
      subscription = current;
      heardNanos = System.nanoTime();
      onConnected.run();
    }
    try {
      listen(current);
    } catch (Throwable e) {
      subscription = null;
      current.abort();
      throw e;
    }
    return Duration.ZERO;
  }

  /**
   * Listens for a moment. Pings a silent connection, because a connection that was lost unnoticed
   * looks the same.
   */
  private void listen(Subscription current) {
    if (current.poll(POLL_MILLIS, fanOut)) {
      heardNanos = System.nanoTime();
    } else if (System.nanoTime() - heardNanos > silenceNanos) {
      current.ping();
      heardNanos = System.nanoTime();
    }
  }

  private void close() {
    Subscription current = subscription;
    if (current != null) {
      // The field is kept during the close, so that abort() can end a close that hangs.
      current.close();
      subscription = null;
    }
  }

  private final Listener fanOut =
      new Listener() {
        @Override
        public void inserted(String queue) {
          listeners.forEach(listener -> listener.inserted(queue));
        }

        @Override
        public void interruptRequested(long jobId, InterruptionReason reason) {
          listeners.forEach(listener -> listener.interruptRequested(jobId, reason));
        }

        @Override
        public void queuePaused(String queue) {
          listeners.forEach(listener -> listener.queuePaused(queue));
        }

        @Override
        public void queueResumed(String queue) {
          listeners.forEach(listener -> listener.queueResumed(queue));
        }

        @Override
        public void leaderResigned() {
          listeners.forEach(Listener::leaderResigned);
        }

        @Override
        public void resignRequested() {
          listeners.forEach(Listener::resignRequested);
        }
      };
}
