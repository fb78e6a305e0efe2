package dev.cairn.internal.work;

import static dev.cairn.internal.work.Workshop.LONG;
import static dev.cairn.internal.work.Workshop.PATIENCE;
import static dev.cairn.internal.work.Workshop.claim;
import static dev.cairn.internal.work.Workshop.completed;
import static dev.cairn.internal.work.Workshop.settings;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.ListenerTo;
import dev.cairn.StandIn;
import dev.cairn.StoreUnavailableException;
import dev.cairn.Workers;
import dev.cairn.event.EventKind;
import dev.cairn.event.QueueEvent;
import dev.cairn.internal.claims.Deadline;
import dev.cairn.internal.claims.Lease;
import dev.cairn.internal.store.Connections;
import dev.cairn.internal.store.Notifications;
import dev.cairn.internal.store.QueueStore;
import dev.cairn.spi.ErrorHandler.Decision;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EngineLoopsTest {
  private final Workshop shop = new Workshop();
  private final Deadlines deadlines =
      new Deadlines(
          new Attempts(shop.register),
          Workshop.validLease(),
          LONG,
          new StuckJobs(LONG, (job, failure) -> Decision.proceed()));
  private final RunningJobsWatcher watcher =
      new RunningJobsWatcher(
          settings(LONG),
          shop.jobs.object(),
          StandIn.of(QueueStore.class).on("list", call -> List.of()).object(),
          shop.register,
          new Lease(LONG),
          shop.executor(Workers.builder().build()),
          deadlines);
  private final StandIn<Notifications> notifications = StandIn.of(Notifications.class);
  private final Notifier notifier = new Notifier(notifications.object(), List.of(), () -> {});
  private final EngineLoops loops =
      new EngineLoops(shop.completer, shop.writer, deadlines, watcher, notifier, shop.dispatcher);
  private final Connections connections =
      StandIn.of(Connections.class)
          .on("abortOf", call -> null)
          .on("isUsedBy", call -> false)
          .object();

  @AfterEach
  void close() {
    watcher.stop();
    deadlines.stop();
    shop.close();
  }

  /** Seen before: whoever called the listeners had gone by then. */
  @Test
  void whatALoopDoesInItsLastTurnIsTold() {
    var told = new CopyOnWriteArrayList<String>();
    shop.events.add(
        ListenerTo.kind(EventKind.QUEUE_PAUSED, event -> told.add(((QueueEvent) event).queue())));
    shop.jobs.on("claimsOf", call -> Set.of());
    loops.start();

    // A loop that ends late, and after those that were told to stop at once.
    var late =
        new StoppedLoop(
            timeout -> {
              boolean ended = shop.dispatcher.join(Duration.ofMillis(100));
              shop.dispatcher.dispatch(
                  () -> shop.events.publish(new QueueEvent(EventKind.QUEUE_PAUSED, "last")));
              return !ended;
            },
            Optional::empty);
    boolean allWritten = loops.stop(List.of(late), Deadline.in(PATIENCE), connections);
    loops.endTelling(Deadline.in(PATIENCE), connections);

    assertThat(allWritten).isTrue();
    assertThat(told).containsExactly("last");
  }

  @Test
  void theLastOutcomeIsToldHoweverSoonTheStopComes() {
    var told = new CopyOnWriteArrayList<Long>();
    shop.events.add(ListenerTo.kind(EventKind.JOB_COMPLETED, event -> {}));
    shop.jobList.on(
        "findAll",
        call -> {
          told.addAll(call.list(0, Long.class));
          return List.of();
        });
    shop.jobs.on("claimsOf", call -> Set.of());
    shop.jobs.on("finish", call -> Set.of(claim(1)));
    loops.start();
    var held = shop.hold(1);
    held.end();
    shop.completer.complete(new Ending(held, completed(claim(1))));
    shop.register.ended(held);

    assertThat(loops.stop(List.of(), Deadline.in(PATIENCE), connections)).isTrue();
    loops.endTelling(Deadline.in(PATIENCE), connections);

    assertThat(told).containsExactly(1L);
  }

  /** Seen before: its connection was broken off before it could be used. */
  @Test
  void anOutcomeThatComesWhenTheTimeIsUpHasAMoment() {
    shop.jobs.on("claimsOf", call -> Set.of());
    shop.jobs.on("finish", call -> Set.of(claim(1)));
    loops.start();
    var held = shop.hold(1);
    held.end();
    shop.completer.complete(new Ending(held, completed(claim(1))));
    shop.register.ended(held);

    assertThat(loops.stop(List.of(), Deadline.in(Duration.ZERO), connections)).isTrue();
  }

  /** Seen before: each of them used up what was left of the ten seconds. */
  @Test
  void aLoopThatWaitsInThePoolHoldsUpNoStop() throws Exception {
    var connection = new CountDownLatch(1);
    var waits = new CountDownLatch(1);
    notifications.on(
        "subscribe",
        call -> {
          waits.countDown();
          connection.await();
          throw new StoreUnavailableException("the client has stopped", null);
        });
    shop.jobs.on("claimsOf", call -> Set.of());
    loops.start();
    notifier.start();
    waits.await();
    Thread other = Thread.ofPlatform().start(() -> awaitUninterruptibly(connection));
    var hangs = new StoppedLoop(timeout -> hasEnded(other, timeout), () -> Optional.of(other));
    notifier.stop();
    long begun = System.nanoTime();

    boolean allWritten = loops.stop(List.of(hangs), Deadline.in(PATIENCE), connections);
    loops.endListening(Deadline.in(PATIENCE));

    assertThat(allWritten).isTrue();
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(PATIENCE.dividedBy(2));
    connection.countDown();
  }

  private static boolean hasEnded(Thread thread, Duration timeout) {
    try {
      return thread.join(timeout);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
