package dev.cairn.observability;

import dev.cairn.Cairn;
import dev.cairn.spi.LeaderTask;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Reads the backlog for its gauges while the client leads. */
final class BacklogReader implements LeaderTask {
  /**
   * How often it looks whether the gauges still hold. A client stops leading a second before
   * another one may.
   */
  private static final Executor IN_A_SECOND =
      CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS, Thread::startVirtualThread);

  private final BacklogGauges gauges;
  private final Duration interval;

  BacklogReader(BacklogGauges gauges, Duration interval) {
    this.gauges = gauges;
    this.interval = interval;
  }

  @Override
  public String name() {
    return "queue-gauges";
  }

  @Override
  public void stand() {
    gauges.stand();
  }

  @Override
  public Duration turn(Cairn client) {
    if (!gauges.hasTerm()) {
      BooleanSupplier leads = () -> client.status().leads();
      gauges.begin(leads);
      lookSoon(leads);
    }
    gauges.publish(client.outside().queues().backlog());
    return interval;
  }

  /** Goes on until the term has ended. */
  private void lookSoon(BooleanSupplier term) {
    IN_A_SECOND.execute(() -> {
      if (gauges.isIn(term)) {
        try {
          gauges.look();
        } finally {
          lookSoon(term);
        }
      }
    });
  }

  @Override
  public void end() {
    gauges.withdraw();
  }
}
