package dev.cairn.benchmarks.kill;

import dev.cairn.Job;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.benchmarks.contenders.CairnClient;
import dev.cairn.benchmarks.contenders.CairnClient.Noop;
import dev.cairn.benchmarks.measure.ChildJvm;
import dev.cairn.benchmarks.measure.RiverTable;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.resumable.Steps;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A process whose jobs move their cursors until it is killed. The position of each cursor is the
 * time of the move. So the position from which a job continues elsewhere shows how much was lost.
 * The process ends when its standard input ends.
 */
final class WalkingProcess {
  static final String READY = "ready";
  private static final int MILLIS_BETWEEN_MOVES = 10;

  private WalkingProcess() {}

  /**
   * The beginning of an attempt.
   *
   * @param job the number of the job
   * @param position the position of its cursor, in milliseconds of the clock; 0 in the first
   *     attempt
   * @param at the time of the beginning, by the same clock
   */
  record Begin(int job, long position, long at) {
    private static final String MARK = "begin";

    String line() {
      return "%s %d %d %d".formatted(MARK, job, position, at);
    }

    static boolean isIn(String line) {
      return line.startsWith(MARK + " ");
    }

    static Begin in(String line) {
      String[] words = line.split(" ", -1);
      return new Begin(
          Integer.parseInt(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3]));
    }
  }

  /** Runs the process. The arguments are the slots, and the heartbeat timeout in seconds. */
  public static void main(String[] args) throws Exception {
    ChildJvm.endWithParent();
    FreshDatabase login = FreshDatabase.ofEnvironment();
    var setUp =
        new CairnClient(login, new RiverTable(login.dataSource()), Integer.parseInt(args[0]));
    try (var pool = CairnClient.pool(login);
        var client =
            setUp
                .builder(pool, walk(Integer.parseInt(args[0])))
                .jobTimeout(Duration.ZERO)
                .heartbeatTimeout(Duration.ofSeconds(Integer.parseInt(args[1])))
                .build()) {
      client.start();
      System.out.println(READY);
      new CountDownLatch(1).await();
    }
  }

  /** A worker: the first jobs, one for each slot, move their cursors; the others only take time. */
  private static Worker<Noop> walk(int walkers) {
    return (job, context) -> {
      if (job.args().number() > walkers) {
        TimeUnit.SECONDS.sleep(1);
      } else {
        walk(job, context);
      }
    };
  }

  private static void walk(Job<Noop> job, WorkContext context) throws Exception {
    Steps.of(context)
        .cursor(
            "walk",
            Long.class,
            0L,
            cursor -> {
              begin(job, cursor.get());
              while (true) {
                cursor.advance(System.currentTimeMillis());
                TimeUnit.MILLISECONDS.sleep(MILLIS_BETWEEN_MOVES);
              }
            });
  }

  private static void begin(Job<Noop> job, long position) {
    System.out.println(new Begin(job.args().number(), position, System.currentTimeMillis()).line());
  }
}
