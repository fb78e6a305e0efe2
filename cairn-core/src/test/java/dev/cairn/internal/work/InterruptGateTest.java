package dev.cairn.internal.work;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Poison;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class InterruptGateTest {
  private static final int SECONDS_MAX = 30;

  private final CountDownLatch reads = new CountDownLatch(1);
  private final CountDownLatch closes = new CountDownLatch(1);
  private final Poison disk = new Poison(Poison.Kind.HANG);
  private final CountDownLatch entered = new CountDownLatch(1);

  /** A file on a disk that does not answer: closing it waits for the read. */
  private final class File extends AbstractInterruptibleChannel {
    @Override
    protected void implCloseChannel() {
      closes.countDown();
      disk.take();
    }

    void read() {
      begin();
      reads.countDown();
      disk.take();
      try {
        end(true);
      } catch (Exception e) {
        // Closed by the interrupt, which the thread keeps.
        return;
      }
    }
  }

  @AfterEach
  void answer() {
    disk.cure();
  }

  /**
   * Seen before: the thread that watches the time limits of all attempts waited for the disk, and
   * so did the one that stops the client.
   */
  @Test
  @Timeout(value = SECONDS_MAX, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void nobodyButTheThreadItselfWaitsForAFileThatTheInterruptCloses() throws Exception {
    var afterRead = new boolean[1];
    var inStatement = new boolean[1];
    Thread reader =
        Thread.ofVirtual()
            .unstarted(() -> {
              new File().read();
              afterRead[0] = Thread.currentThread().isInterrupted();
            });
    var gate = new InterruptGate(reader);
    Thread worker =
        Thread.ofVirtual()
            .unstarted(() -> {
              gate.enter();
              entered.countDown();
              inStatement[0] = Thread.currentThread().isInterrupted();
              gate.exit();
            });
    reader.start();
    assertThat(reads.await(SECONDS_MAX, SECONDS)).isTrue();

    gate.interrupt();

    assertThat(closes.await(SECONDS_MAX, SECONDS)).isTrue();
    assertThat(gate.threads()).containsExactly(reader);
    assertThat(gate.hasDelivered()).isTrue();
    gate.interrupt();
    gate.add(worker);
    worker.start();
    assertThat(entered.await(SECONDS_MAX, SECONDS)).isTrue();
    worker.join();
    disk.cure();
    reader.join();
    assertThat(afterRead[0]).isTrue();
    assertThat(inStatement[0]).isFalse();
  }

  /**
   * An interrupt may arrive long before the call that sends it returns. If the code of the job has
   * handled it, as the time limit of an item, it was never told that the attempt had to end.
   */
  @Test
  @Timeout(value = SECONDS_MAX, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void anInterruptThatComesWhileAnotherOneIsOnItsWayIsSentAfterIt() throws Exception {
    var handled = new CountDownLatch(1);
    var told = new CountDownLatch(1);
    var sent = new AtomicInteger();
    var worker =
        new Thread(
            () -> {
              awaitInterrupt();
              handled.countDown();
              awaitInterrupt();
              told.countDown();
            }) {
          @Override
          public void interrupt() {
            boolean isFirst = sent.incrementAndGet() == 1;
            super.interrupt();
            if (isFirst) {
              disk.take();
            }
          }
        };
    worker.setDaemon(true);
    var gate = new InterruptGate(worker);
    worker.start();

    gate.interrupt(worker);
    assertThat(handled.await(SECONDS_MAX / 3, SECONDS)).isTrue();
    gate.interrupt();
    assertThat(sent).hasValue(1);
    disk.cure();

    assertThat(told.await(SECONDS_MAX / 3, SECONDS)).isTrue();
    worker.join();
    assertThat(sent).hasValue(2);
  }

  private static void awaitInterrupt() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      // That is what it waits for.
      return;
    }
  }
}
