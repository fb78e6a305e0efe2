package dev.cairn.benchmarks.latency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.benchmarks.contenders.PlainSql;
import dev.cairn.benchmarks.latency.LatencyCommand.Latency;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LatencyDueTest {
  private static final int RATE = 1_000;
  private static final int JOBS = 100;
  private static final long PAUSE_MILLIS = 300;

  /** A session whose first insertion takes long, and whose jobs start as they are inserted. */
  private record Stalls(LatencyProbe probe) implements LatencySide.Session {
    @Override
    public void insert(int number) throws Exception {
      if (number == 0) {
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      }
      probe.works(number);
    }

    @Override
    public void close() {}
  }

  @Test
  void aSlowInsertionShowsInTheTimesOfThoseThatItDelays() throws Exception {
    var probe = new LatencyProbe(0, JOBS);

    double achieved = LatencyCommand.insert(new Stalls(probe), probe, 0, JOBS, RATE);

    // The last job was due after 100 ms and inserted after 300.
    assertThat(probe.untilWork().p50()).isGreaterThan(150_000);
    assertThat(probe.insert().p50()).isLessThan(150_000);
    assertThat(achieved).isLessThan(400);
    assertThat(new Latency(RATE, 1, achieved, probe.insert(), probe.untilWork(), null).isAtRate())
        .isFalse();
  }

  @Test
  void aClaimByHandWaitsForTheDiskNoMoreThanOneOfTheClient() {
    assertThat(LatencyByHand.CLAIM).contains(PlainSql.DOES_NOT_WAIT_FOR_THE_DISK);
  }
}
