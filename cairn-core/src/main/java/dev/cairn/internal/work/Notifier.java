package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.store.Notifications;
import dev.cairn.internal.store.Notifications.Listener;
import dev.cairn.internal.store.Notifications.Subscription;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Listens on one connection and tells the rest of the client what it hears. */
final class Notifier {
  /** How long the loop may take to notice that it is stopped. */
  private static final int POLL_MILLIS = 250;

  private final Notifications notifications;
  private final List<Listener> listeners;
  private final Runnable onConnected;
  private final Loop loop = new Loop("cairn-notify", this::turn);

  /** Open while connected. Used by the loop, and by the thread that stops it once it has ended. */
  private @Nullable Subscription subscription;

  /**
   * @param onConnected called after each start of listening, since what was said before is missed
   */
  Notifier(Notifications notifications, List<Listener> listeners, Runnable onConnected) {
    this.notifications = notifications;
    this.listeners = List.copyOf(listeners);
    this.onConnected = onConnected;
  }

  void start() {
    loop.start();
  }

  void stop() {
    loop.stop();
  }

  void join(Duration timeout) {
    if (loop.join(timeout)) {
      close();
    }
  }

  private Duration turn() {
    Subscription current = subscription;
    if (current == null) {
      current = notifications.subscribe();
      subscription = current;
      onConnected.run();
    }
    try {
      current.poll(POLL_MILLIS, fanOut);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
    return Duration.ZERO;
  }

  private void close() {
    Subscription current = subscription;
    subscription = null;
    if (current != null) {
      current.close();
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
