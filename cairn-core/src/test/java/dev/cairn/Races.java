package dev.cairn;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/*
 * As jcstress does it: each thread goes through a long row of states, in the same order, so that the
 * threads meet on hundreds of them for each time that they are started. Before each state they wait
 * for each other a little, and then begin a little apart. Two threads meet best: more than there are
 * processors have to wait for each other.
 */

/**
 * Lets threads meet on a fresh state again and again, each time a little apart from each other, and
 * looks at each state when all are through. How far apart comes from a seed, which a failure names
 * and {@code -Dcairn.races.seed} takes back; the machine has its say all the same. {@code
 * -Dcairn.races.millis} lets each race last longer (docs/decisions/017-interleaving-tester.md).
 *
 * @param <S> what the threads share
 */
public final class Races<S> {
  private static final long SEED = Long.getLong("cairn.races.seed", System.nanoTime());
  private static final int ROW = 500;

  /** How far apart threads begin, in steps: most often not at all, or a little. */
  private static final int[] APART = {0, 0, 0, 1, 2, 4, 8, 16, 32};

  /** The most steps that a thread waits for one that is behind, and perhaps has no processor. */
  private static final int PATIENCE = 2_000;

  private static final Duration HANGS_AFTER = Duration.ofSeconds(30);

  private final Supplier<S> state;
  private final List<Consumer<S>> bodies = new ArrayList<>();
  private final AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
  private Duration time = Duration.ofMillis(Long.getLong("cairn.races.millis", 300));

  private Races(Supplier<S> state) {
    this.state = state;
  }

  /** Each race begins with a state of its own. */
  public static <S> Races<S> of(Supplier<S> state) {
    return new Races<>(state);
  }

  /** One more thread. */
  public Races<S> thread(Consumer<S> body) {
    bodies.add(body);
    return this;
  }

  /** Goes on for so long, instead of a short while, unless something fails before. */
  public Races<S> forAtMost(Duration longer) {
    time = longer;
    return this;
  }

  /**
   * Runs the races.
   *
   * @param afterwards looks at each state when all threads are through
   */
  public void run(Consumer<S> afterwards) {
    long begun = System.nanoTime();
    for (int row = 0; row == 0 || System.nanoTime() - begun < time.toNanos(); row++) {
      runRow(row, afterwards);
    }
  }

  private void runRow(int row, Consumer<S> afterwards) {
    var states = new ArrayList<S>(ROW);
    for (int i = 0; i < ROW; i++) {
      states.add(state.get());
    }
    var reached = new AtomicIntegerArray(bodies.size());
    var through = new CountDownLatch(bodies.size());
    for (int i = 0; i < bodies.size(); i++) {
      int number = i;
      Thread.ofPlatform()
          .daemon()
          .name("race-" + i)
          .start(() -> {
            try {
              race(states, reached, number, new SplittableRandom(SEED + row * 31L + number));
            } catch (Throwable e) {
              thrown.compareAndSet(null, e);
            } finally {
              through.countDown();
            }
          });
    }
    try {
      await(through, reached);
      states.forEach(afterwards);
    } catch (Throwable e) {
      throw new AssertionError("in row %d of seed %d".formatted(row, SEED), e);
    }
  }

  private void await(CountDownLatch through, AtomicIntegerArray reached) throws Throwable {
    boolean all = through.await(HANGS_AFTER.toMillis(), TimeUnit.MILLISECONDS);
    Throwable failed = thrown.get();
    if (failed != null) {
      throw failed;
    }
    if (!all) {
      throw new AssertionError("a thread hangs, they have come to " + reached);
    }
  }

  private void race(
      List<S> states, AtomicIntegerArray reached, int number, SplittableRandom random) {
    Consumer<S> body = bodies.get(number);
    for (int i = 0; i < states.size(); i++) {
      reached.set(number, i);
      awaitOthers(reached, i);
      spin(APART[random.nextInt(APART.length)]);
      body.accept(states.get(i));
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // the others may need the processor
  private static void awaitOthers(AtomicIntegerArray reached, int place) {
    for (int spins = 0; spins < PATIENCE; spins++) {
      boolean allHere = true;
      for (int other = 0; other < reached.length(); other++) {
        allHere &= reached.get(other) >= place;
      }
      if (allHere) {
        return;
      }
      Thread.onSpinWait();
    }
    Thread.yield();
  }

  private static void spin(int steps) {
    for (int i = 0; i < steps; i++) {
      Thread.onSpinWait();
    }
  }

  /** Fails the race unless something holds. */
  public static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }
}
