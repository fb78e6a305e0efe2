package dev.cairn.chaos.fleet;

import dev.cairn.chaos.history.Rung;
import dev.cairn.resumable.Steps;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Jobs that harm their process, once each. A checkpoint records that the harm has begun. */
enum Poison {
  DEAF("deaf") {
    @Override
    void spread() {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEAF_SECONDS);
      while (System.nanoTime() - end < 0) {
        try {
          TimeUnit.NANOSECONDS.sleep(end - System.nanoTime());
        } catch (InterruptedException e) {
          // On purpose: this job ignores interrupts.
        }
      }
    }
  },
  EXIT("exit") {
    @Override
    @SuppressWarnings("SystemExitOutsideMain") // this is the attack
    void spread() {
      System.exit(EXIT_CODE);
    }
  },
  OUT_OF_MEMORY("memory") {
    @Override
    @SuppressWarnings("ModifiedButNotUsed") // the memory is never freed
    void spread() {
      List<byte[]> all = new ArrayList<>();
      while (true) {
        all.add(new byte[CHUNK_BYTES]);
      }
    }
  },
  STACK_OVERFLOW("stack") {
    @Override
    void spread() {
      descend(0);
    }
  },
  THREADS("threads") {
    @Override
    void spread() throws InterruptedException {
      var threads = new ArrayList<Thread>();
      try {
        while (threads.size() < THREADS_MAX) {
          threads.add(
              Thread.ofPlatform().daemon(true).name("poison").start(Poison::sleepUntilInterrupted));
        }
        // The threads of this process are not limited.
      } catch (OutOfMemoryError e) {
        TimeUnit.SECONDS.sleep(HOLD_SECONDS);
        throw e;
      } finally {
        threads.forEach(Thread::interrupt);
      }
    }
  };

  /** The exit code of a process that its own job ends. */
  static final int EXIT_CODE = 77;

  private static final int THREADS_MAX = 150;
  private static final int HOLD_SECONDS = 2;
  private static final int DEAF_SECONDS = 12;
  private static final int CHUNK_BYTES = 4 << 20;

  private final String step;

  Poison(String step) {
    this.step = step;
  }

  static Poison of(Rung rung) {
    return valueOf(rung.name());
  }

  abstract void spread() throws InterruptedException;

  /** The second attempt finds that the first one has begun the harm, and skips it. */
  void play(Steps steps, Effect effect) throws Exception {
    steps.cursor(
        step,
        Long.class,
        0L,
        cursor -> {
          if (cursor.get() == 0) {
            cursor.checkpoint(1L);
            spread();
          }
          effect.happens(step, 0);
        });
  }

  private static void sleepUntilInterrupted() {
    try {
      TimeUnit.HOURS.sleep(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static long descend(long depth) {
    return depth < 0 ? depth : descend(depth + 1) + 1;
  }

  /** Notes an effect. */
  @FunctionalInterface
  interface Effect {
    void happens(String step, long item);
  }
}
