package dev.cairn.internal.work;

import static dev.cairn.internal.work.Workshop.LONG;
import static dev.cairn.internal.work.Workshop.PATIENCE;
import static dev.cairn.internal.work.Workshop.awaitTrue;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.InterruptionReason;
import dev.cairn.StandIn;
import dev.cairn.StoreUnavailableException;
import dev.cairn.internal.store.Notifications;
import dev.cairn.internal.store.Notifications.Listener;
import dev.cairn.internal.store.Notifications.Subscription;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NotifierTest {
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private final List<TestSubscription> subscriptions = new CopyOnWriteArrayList<>();
  private final AtomicInteger connected = new AtomicInteger();
  private final StandIn<Notifications> notifications =
      StandIn.of(Notifications.class)
          .on(
              "subscribe",
              call -> {
                subscriptions.add(new TestSubscription());
                return subscriptions.getLast();
              });
  private Notifier notifier = notifier(LONG);

  private volatile boolean pingFails;
  private volatile boolean closeHangs;

  private Notifier notifier(Duration silence) {
    return new Notifier(
        notifications.object(),
        List.of(new NotificationRouter("one"), new NotificationRouter("two")),
        connected::incrementAndGet,
        silence);
  }

  private final class NotificationRouter implements Listener {
    private final String name;

    NotificationRouter(String name) {
      this.name = name;
    }

    @Override
    public void inserted(String queue) {
      heard.add(name + " inserted " + queue);
    }

    @Override
    public void interruptRequested(long jobId, InterruptionReason reason) {
      heard.add(name + " interrupt " + jobId + " " + reason);
    }

    @Override
    public void queuePaused(String queue) {
      heard.add(name + " paused " + queue);
    }

    @Override
    public void queueResumed(String queue) {
      heard.add(name + " resumed " + queue);
    }

    @Override
    public void leaderResigned() {
      heard.add(name + " resigned");
    }

    @Override
    public void resignRequested() {
      heard.add(name + " resign");
    }
  }

  /** A connection that says what the test wants, and hangs until it is broken off. */
  private final class TestSubscription implements Subscription {
    private final BlockingQueue<Consumer<Listener>> said = new LinkedBlockingQueue<>();
    private final CountDownLatch aborted = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final AtomicInteger pings = new AtomicInteger();

    @Override
    public boolean poll(int timeoutMillis, Listener listener) {
      try {
        Consumer<Listener> next = said.poll(Math.min(timeoutMillis, 5), TimeUnit.MILLISECONDS);
        if (aborted.getCount() == 0) {
          throw new StoreUnavailableException("broken off", null);
        }
        if (next == null) {
          return false;
        }
        next.accept(listener);
        return true;
      } catch (InterruptedException e) {
        throw new AssertionError("a thread that may be inside of JDBC was interrupted", e);
      }
    }

    @Override
    public void ping() {
      pings.incrementAndGet();
      if (pingFails) {
        throw new StoreUnavailableException("no answer", null);
      }
    }

    @Override
    public void abort() {
      aborted.countDown();
    }

    @Override
    public void close() {
      try {
        if (closeHangs) {
          aborted.await();
        }
        closed.countDown();
      } catch (InterruptedException e) {
        throw new AssertionError("a thread that may be inside of JDBC was interrupted", e);
      }
    }
  }

  @AfterEach
  void stop() {
    notifier.stop();
    notifier.abort();
    assertThat(notifier.join(PATIENCE)).isTrue();
  }

  private TestSubscription start() {
    notifier.start();
    awaitTrue(() -> connected.get() >= 1);
    return subscriptions.getFirst();
  }

  @Test
  void tellsEverybodyAllThatItHears() {
    TestSubscription subscription = start();

    subscription.said.add(listener -> listener.inserted("default"));
    subscription.said.add(listener -> listener.interruptRequested(7, InterruptionReason.CANCELLED));
    subscription.said.add(listener -> listener.queuePaused("default"));
    subscription.said.add(listener -> listener.queueResumed("*"));
    subscription.said.add(Listener::leaderResigned);
    subscription.said.add(Listener::resignRequested);

    awaitTrue(() -> heard.size() == 12);
    assertThat(heard)
        .containsExactly(
            "one inserted default",
            "two inserted default",
            "one interrupt 7 CANCELLED",
            "two interrupt 7 CANCELLED",
            "one paused default",
            "two paused default",
            "one resumed *",
            "two resumed *",
            "one resigned",
            "two resigned",
            "one resign",
            "two resign");
  }

  @Test
  void aSilentConnectionIsAskedWhetherItIsThere() {
    notifier = notifier(Duration.ofMillis(30));
    TestSubscription subscription = start();

    awaitTrue(() -> subscription.pings.get() >= 3);

    assertThat(subscriptions).hasSize(1);
  }

  @Test
  void aConnectionThatSpeaksIsNotAsked() {
    TestSubscription subscription = start();
    subscription.said.add(listener -> listener.inserted("default"));

    awaitTrue(() -> !heard.isEmpty());

    assertThat(subscription.pings).hasValue(0);
  }

  @Test
  void aConnectionThatGivesNoSignIsReplacedAndWhatWasMissedIsLookedFor() {
    notifier = notifier(Duration.ofMillis(30));
    TestSubscription first = start();
    pingFails = true;

    awaitTrue(() -> connected.get() >= 2);

    assertThat(first.aborted.getCount()).as("closing it could hang").isZero();
    pingFails = false;
    awaitTrue(() -> {
      subscriptions.getLast().said.add(listener -> listener.inserted("default"));
      return !heard.isEmpty();
    });
  }

  @Test
  void aConnectionThatIsBrokenOffIsReplaced() {
    TestSubscription first = start();

    notifier.abort();

    awaitTrue(() -> connected.get() == 2);
    assertThat(first.aborted.getCount()).isZero();
  }

  @Test
  void triesAgainToListenUntilItCan() {
    var tries = new AtomicInteger();
    notifications.on(
        "subscribe",
        call -> {
          if (tries.incrementAndGet() < 3) {
            throw new StoreUnavailableException("on purpose", null);
          }
          subscriptions.add(new TestSubscription());
          return subscriptions.getLast();
        });

    start();

    assertThat(tries).hasValue(3);
  }

  @Test
  void anErrorOfAListenerCostsTheConnectionAtMost() {
    TestSubscription first = start();
    first.said.add(listener -> {
      throw new AssertionError("on purpose");
    });
    awaitTrue(() -> connected.get() == 2);

    subscriptions.getLast().said.add(listener -> listener.inserted("default"));

    awaitTrue(() -> heard.size() == 2);
  }

  @Test
  void theConnectionIsClosedInGoodOrderAtTheEnd() {
    TestSubscription subscription = start();

    notifier.stop();

    assertThat(notifier.join(PATIENCE)).isTrue();
    assertThat(subscription.closed.getCount()).isZero();
    assertThat(subscription.aborted.getCount()).isEqualTo(1);
  }

  @Test
  void aConnectionThatCannotEvenBeClosedIsBrokenOff() {
    closeHangs = true;
    TestSubscription subscription = start();
    notifier.stop();
    assertThat(notifier.join(Duration.ofMillis(50))).isFalse();

    notifier.abort();

    assertThat(notifier.join(PATIENCE)).isTrue();
    assertThat(subscription.aborted.getCount()).isZero();
  }

  @Test
  void mayBeStoppedBeforeTheStartAndTwice() {
    notifier.stop();
    notifier.stop();
    notifier.start();

    assertThat(notifier.join(PATIENCE)).isTrue();
    assertThat(subscriptions).isEmpty();
    assertThat(notifier.thread()).isEmpty();
  }
}
