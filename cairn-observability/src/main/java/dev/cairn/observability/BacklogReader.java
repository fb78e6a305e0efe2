package dev.cairn.observability;

import dev.cairn.Cairn;
import dev.cairn.spi.LeaderTask;
import java.time.Duration;

/** Reads the backlog for its gauges while the client leads. */
final class BacklogReader implements LeaderTask {
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
  public Duration turn(Cairn client) {
    gauges.publish(client.queues().backlog());
    return interval;
  }

  @Override
  public void end() {
    gauges.withdraw();
  }
}
