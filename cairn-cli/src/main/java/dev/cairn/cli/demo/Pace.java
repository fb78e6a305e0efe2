package dev.cairn.cli.demo;

import dev.cairn.WorkContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Keeps a worker from passing the attacks that are planned: on a busy machine, the demo may look at
 * the job too late. A worker waits only where the next attack or the end of the files would come
 * before the one that is due. Used by one thread.
 */
final class Pace {
  /** How long a worker waits for an attack. Then it continues without the remaining ones. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final int LOOK_MS = 10;

  private final Path folder;
  private final List<KillPlan.Moment> moments;
  private long waitedNanos;
  private int waitsAfter = -1;

  /**
   * @param folder that the demo shares with its workers
   */
  Pace(Path folder, KillPlan plan) {
    this.folder = folder;
    this.moments = plan.left();
  }

  /** Notes one more attack. Each is one byte. */
  static void noteAttack(Path folder) throws IOException {
    Files.write(
        file(folder), new byte[] {'x'}, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** Whether a worker that saw this many attacks waits for the next one, or has waited for it. */
  static boolean waitsAfter(Path folder, int attacks) throws IOException {
    return size(waits(folder)) > attacks;
  }

  private static Path file(Path folder) {
    return folder.resolve("attacks");
  }

  /** One byte more than there were attacks when a worker waited last. */
  private static Path waits(Path folder) {
    return folder.resolve("waits");
  }

  private static int size(Path file) throws IOException {
    return Files.exists(file) ? (int) Files.size(file) : 0;
  }

  /**
   * Waits for the attacks that have to come before this number of files.
   *
   * @param done how many files are in the table
   * @param next how many may be there after the next batch
   */
  void await(long done, long next, Found found, WorkContext context)
      throws IOException, InterruptedException {
    while (waitedNanos < PATIENCE.toNanos() && isAhead(done, next, found)) {
      long begun = System.nanoTime();
      noteWait();
      TimeUnit.MILLISECONDS.sleep(LOOK_MS);
      waitedNanos += System.nanoTime() - begun;
      context.yieldIfInterrupted();
    }
  }

  /** Whether the next batch would come to the moment after the one that is due, or to the end. */
  private boolean isAhead(long done, long next, Found found) throws IOException {
    int attacks = attacks();
    if (attacks >= moments.size() || !moments.get(attacks).hasCome(done, found)) {
      return false;
    }
    return next >= found.files()
        || (attacks + 1 < moments.size() && moments.get(attacks + 1).hasCome(next, found));
  }

  private void noteWait() throws IOException {
    int attacks = attacks();
    if (attacks != waitsAfter) {
      Files.write(waits(folder), new byte[attacks + 1]);
      waitsAfter = attacks;
    }
  }

  private int attacks() throws IOException {
    return size(file(folder));
  }
}
