package dev.cairn.chaos.matrix;

import dev.cairn.Cairn;
import dev.cairn.chaos.life.Driver;
import dev.cairn.chaos.life.Finding.Kind;
import dev.cairn.chaos.life.Judge;
import dev.cairn.chaos.life.Life;
import dev.cairn.chaos.life.LifeDatabases;
import dev.cairn.testing.internal.Disturbance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One life, disturbed or not, and its checks. Used once, by a thread of the life's group. */
final class CellRun {
  private static final Duration GRACE = Duration.ofSeconds(5);

  /** The grace period, ten seconds for work in progress, and one for a busy machine. */
  private static final Duration STOP_MAX = GRACE.plusSeconds(11);

  private static final Duration STOP_AFTER_CALM_MAX = Duration.ofSeconds(20);

  /** Long enough for a client to count as dead, and shorter than the pool's timeout. */
  private static final Duration AWHILE = Life.HEARTBEAT_TIMEOUT.multipliedBy(2);

  private static final Duration RUN_MAX = Duration.ofMinutes(3);

  private static final Duration DOUBT_MAX = Life.HEARTBEAT_TIMEOUT.multipliedBy(5).dividedBy(2);

  private static final Duration WITHOUT_END = Duration.ofDays(1);

  private static final Duration ONE_HANG_MAX = Life.HEARTBEAT_TIMEOUT.multipliedBy(3);

  private final Life life;
  private final @Nullable Cell cell;
  private final Driver driver;
  private final Judge judge;
  private final List<Disturbance> disturbances = new ArrayList<>();
  private final Map<Phase, Map<String, Long>> counts = new EnumMap<>(Phase.class);
  private long settleMillis;
  private long stopMillis;

  private CellRun(Life life, @Nullable Cell cell) {
    this.life = life;
    this.cell = cell;
    this.driver = new Driver(life);
    this.judge = new Judge(life);
  }

  /** Runs one cell, and repeats it if the machine was too slow. */
  static CellResult of(Cell cell, LifeDatabases databases, int triesMax) throws Exception {
    CellResult result = once(cell, databases);
    for (int tries = 1; result.isUnclear() && tries < triesMax; tries++) {
      result = once(cell, databases);
    }
    return result;
  }

  private static CellResult once(Cell cell, LifeDatabases databases) throws Exception {
    CellRun run = run(cell, databases);
    int met = run.disturbances.stream().mapToInt(it -> it.disturbed().size()).sum();
    return new CellResult(
        cell,
        met,
        run.life.isMachineLate(),
        run.judge.findings(),
        run.settleMillis,
        run.stopMillis,
        run.life.witness().mostRepeats());
  }

  /** Runs a life in which nothing misbehaves. */
  static CellRun undisturbed(LifeDatabases databases) throws Exception {
    return run(null, databases);
  }

  Judge judge() {
    return judge;
  }

  /** Whether the judge has findings that a slow machine may have caused. */
  boolean isUnclear() {
    return life.isMachineLate() && !judge.findings().isEmpty();
  }

  /** The number of each call by the end of a phase. */
  Map<String, Long> countsAfter(Phase phase) {
    return counts.getOrDefault(phase, Map.of());
  }

  private static CellRun run(@Nullable Cell cell, LifeDatabases databases) throws Exception {
    try (Life life = Life.in(databases)) {
      var run = new CellRun(life, cell);
      var failure = new Throwable[1];
      Thread thread =
          new Thread(
              life.threads(),
              () -> {
                try {
                  run.run();
                } catch (Throwable e) {
                  failure[0] = e;
                }
              },
              "life");
      thread.start();
      if (!thread.join(RUN_MAX)) {
        run.judge.note(Kind.RUN_NEVER_ENDS, Arrays.toString(thread.getStackTrace()));
      }
      if (failure[0] != null) {
        throw new IllegalStateException("the run itself failed: " + cell, failure[0]);
      }
      return run;
    }
  }

  private void run() throws Exception {
    disturbIn(Phase.START);
    driver.start();
    counts.put(Phase.START, life.source().counts());
    disturbIn(Phase.LIFE);
    driver.live();
    life.letJobsEnd();
    awaitCalm();
    long calm = System.nanoTime();
    judge.awaitSettled();
    settleMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - calm);
    counts.put(Phase.LIFE, life.source().counts());
    awaitNoDoubt(calm);
    life.letJobsRunOn();
    boolean disturbed = disturbStop();
    stop();
    life.source().calmDown();
    judge.judgeStop(disturbed);
    counts.put(Phase.STOP, life.source().counts());
    judge.heal();
    driver.complaints().forEach(it -> judge.note(Kind.CALL_NEVER_WORKS, it));
    judge.judgeAccounts();
  }

  /** Waits, because a client with a claim in doubt does not sign off for a while. */
  private static void awaitNoDoubt(long calm) throws InterruptedException {
    long rest = calm + DOUBT_MAX.toNanos() - System.nanoTime();
    TimeUnit.NANOSECONDS.sleep(rest);
  }

  private void disturbIn(Phase phase) {
    if (cell != null && cell.phase() == phase) {
      disturb(cell, AWHILE);
    }
  }

  private boolean disturbStop() {
    if (cell == null || (cell.phase() != Phase.STOP && cell.extent() == Extent.ONCE)) {
      return false;
    }
    disturb(cell, WITHOUT_END);
    return true;
  }

  private void disturb(Cell disturbed, Duration awhile) {
    boolean once = disturbed.extent() == Extent.ONCE;
    disturbances.add(
        life.source()
            .disturb(
                disturbed.calls(),
                disturbed.fault().misbehaviour(),
                disturbed.call() - 1,
                once ? 1 : Integer.MAX_VALUE,
                once ? ONE_HANG_MAX : awhile));
  }

  /** Waits until the misbehaviour is over; does not wait if no call misbehaved. */
  private void awaitCalm() throws InterruptedException {
    for (Disturbance disturbance : disturbances) {
      while (!disturbance.disturbed().isEmpty() && !disturbance.isSpent()) {
        TimeUnit.MILLISECONDS.sleep(20);
      }
      if (cell != null && cell.extent() == Extent.ONCE && !disturbance.disturbed().isEmpty()) {
        awaitRelease(disturbance);
      }
    }
  }

  private static void awaitRelease(Disturbance disturbance) throws InterruptedException {
    while (disturbance.hasHanging()) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  private void stop() throws InterruptedException {
    Cairn client = life.client();
    Thread stopper = new Thread(life.threads(), () -> stop(client), "stopper");
    long start = System.nanoTime();
    stopper.start();
    if (!stopper.join(STOP_MAX)) {
      judge.note(Kind.STOP_TOO_LATE, "it has not returned after " + STOP_MAX);
      life.source().calmDown();
      if (!stopper.join(STOP_AFTER_CALM_MAX)) {
        judge.note(Kind.STOP_NEVER, "it has not returned after a further " + STOP_AFTER_CALM_MAX);
      }
    }
    stopMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
  }

  private void stop(Cairn client) {
    try {
      client.stop(GRACE);
    } catch (Throwable e) {
      judge.note(Kind.STOP_FAILS, e.toString());
    }
  }
}
