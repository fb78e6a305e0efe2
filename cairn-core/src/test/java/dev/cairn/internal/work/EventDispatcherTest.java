package dev.cairn.internal.work;

import static dev.cairn.internal.work.Workshop.PATIENCE;
import static dev.cairn.internal.work.Workshop.awaitTrue;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.TestLogs;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class EventDispatcherTest {
  private static final Duration LESS_THAN_FIVE_WAITS = Duration.ofSeconds(4);
  private static final int CAPACITY = 10_000;

  private final EventDispatcher dispatcher = new EventDispatcher();
  private final List<Integer> told = new CopyOnWriteArrayList<>();
  private final CountDownLatch goOn = new CountDownLatch(1);

  @AfterEach
  void stop() {
    goOn.countDown();
    dispatcher.stop();
    assertThat(dispatcher.join(PATIENCE)).isTrue();
  }

  private void tell(int number) {
    dispatcher.dispatch(() -> told.add(number));
  }

  private void tellAtOnce(int number) {
    dispatcher.dispatchAtOnce(() -> told.add(number));
  }

  private void hang() {
    boolean interrupted = false;
    while (goOn.getCount() > 0) {
      try {
        goOn.await();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    assertThat(interrupted).isFalse();
  }

  private void tellOneThatHangs() throws InterruptedException {
    var begun = new CountDownLatch(1);
    dispatcher.dispatch(() -> {
      begun.countDown();
      hang();
    });
    begun.await();
  }

  @Test
  void tellsInTheOrderInWhichThingsHappened() {
    dispatcher.start();
    IntStream.range(0, 200).forEach(this::tell);

    awaitTrue(() -> told.size() == 200);

    assertThat(told).isSorted();
  }

  @Test
  void tellsOnAThreadOfItsOwnWhichIsNotInterruptedByWhatAListenerLeavesBehind() {
    var threads = new CopyOnWriteArrayList<Thread>();
    var interrupted = new CopyOnWriteArrayList<Boolean>();
    dispatcher.start();

    for (int i = 0; i < 2; i++) {
      dispatcher.dispatch(() -> {
        threads.add(Thread.currentThread());
        interrupted.add(Thread.currentThread().isInterrupted());
        Thread.currentThread().interrupt();
      });
    }

    awaitTrue(() -> interrupted.size() == 2);
    assertThat(interrupted).containsExactly(false, false);
    assertThat(threads).containsOnly(dispatcher.thread().orElseThrow());
    assertThat(threads).doesNotContain(Thread.currentThread());
  }

  @Test
  void oneThatThrowsDoesNotSilenceTheOthers() {
    dispatcher.start();
    dispatcher.dispatch(() -> {
      throw new AssertionError("on purpose");
    });
    tell(1);

    awaitTrue(() -> told.size() == 1);
  }

  @Test
  void whatHappenedBeforeTheStartIsToldAfterIt() {
    tell(1);
    tell(2);

    dispatcher.start();

    awaitTrue(() -> told.size() == 2);
  }

  @Test
  @Timeout(60)
  void aListenerThatHangsHoldsUpNobodyAndWhatFindsNoRoomIsCounted() throws InterruptedException {
    dispatcher.start();
    tellOneThatHangs();
    IntStream.range(0, CAPACITY).forEach(this::tell);

    long begun = System.nanoTime();
    IntStream.range(0, 50).forEach(number -> tell(-1));
    Duration waited = Duration.ofNanos(System.nanoTime() - begun);

    assertThat(waited).as("once a second, not once for each").isLessThan(Duration.ofSeconds(10));
    assertThat(TestLogs.warnings("others wait for a listener that is slow")).isNotEmpty();
    goOn.countDown();
    awaitTrue(() -> told.size() == CAPACITY);
    assertThat(told).doesNotContain(-1);
    tell(7);
    awaitTrue(() -> told.contains(7));
    assertThat(TestLogs.warnings("50 events were dropped")).isNotEmpty();
  }

  @Test
  @Timeout(60)
  void whoFindsNoRoomWaitsWhileTheListenersGetOn() {
    dispatcher.start();

    IntStream.range(0, CAPACITY + 2_000)
        .forEach(number ->
            dispatcher.dispatch(() -> {
              if (number % 1_000 == 0) {
                told.add(number);
              }
            }));

    awaitTrue(() -> told.size() == 12);
    assertThat(told).isSorted();
  }

  @Test
  void whatIsThereAtTheStopIsToldYet() throws InterruptedException {
    dispatcher.start();
    tellOneThatHangs();
    IntStream.range(0, 100).forEach(this::tell);

    dispatcher.stop();
    assertThat(dispatcher.join(Duration.ofMillis(10))).as("bounded").isFalse();
    goOn.countDown();

    assertThat(dispatcher.join(PATIENCE)).isTrue();
    assertThat(told).hasSize(100);
  }

  @Test
  @Timeout(60)
  void whoMayNotWaitDropsWhatFindsNoRoom() throws InterruptedException {
    TestLogs.forget();
    dispatcher.start();
    tellOneThatHangs();
    tellAtOnce(0);
    IntStream.range(1, CAPACITY).forEach(this::tell);

    assertThat(timeOfFive(() -> tellAtOnce(-1))).isLessThan(LESS_THAN_FIVE_WAITS);
    goOn.countDown();
    awaitTrue(() -> told.size() == CAPACITY);
    awaitTrue(() -> !TestLogs.warnings("5 events were dropped").isEmpty());
    assertThat(told).startsWith(0, 1, 2).doesNotContain(-1);
  }

  /** A listener that has just been called is not stuck, so whoever may wait does, for a second. */
  private Duration timeOfFive(Runnable telling) {
    long begun = System.nanoTime();
    for (int i = 0; i < 5; i++) {
      dispatcher.noteProgress();
      telling.run();
    }
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  @Test
  @Timeout(60)
  void inAHurryNobodyWaitsAndWhatFindsRoomIsStillTold() throws InterruptedException {
    dispatcher.start();
    tellOneThatHangs();
    IntStream.range(0, CAPACITY).forEach(this::tell);

    dispatcher.hurry();

    assertThat(timeOfFive(() -> tell(-1))).isLessThan(LESS_THAN_FIVE_WAITS);
    goOn.countDown();
    awaitTrue(() -> told.size() == CAPACITY);
    tell(7);
    awaitTrue(() -> told.contains(7));
    assertThat(told).doesNotContain(-1);
  }

  @Test
  void whatComesAfterTheEndIsLostAndTheLogSaysSo() {
    TestLogs.forget();
    dispatcher.start();
    dispatcher.stop();
    assertThat(dispatcher.join(PATIENCE)).isTrue();

    tell(1);
    tell(2);

    assertThat(TestLogs.warnings("after the client has stopped calling its listeners")).hasSize(1);
    assertThat(told).isEmpty();
  }

  @Test
  @Timeout(60)
  void nobodyWaitsForADispatcherThatHasStopped() {
    dispatcher.start();
    dispatcher.stop();
    dispatcher.stop();
    assertThat(dispatcher.join(PATIENCE)).isTrue();

    IntStream.range(0, CAPACITY + 10).forEach(this::tell);

    assertThat(told).isEmpty();
  }

  @Test
  void mayBeStoppedBeforeTheStart() {
    dispatcher.stop();
    dispatcher.start();

    assertThat(dispatcher.join(PATIENCE)).isTrue();
    assertThat(dispatcher.thread()).isEmpty();
  }
}
