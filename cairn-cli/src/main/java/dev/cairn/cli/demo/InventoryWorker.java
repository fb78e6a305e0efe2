package dev.cairn.cli.demo;

import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.resumable.Cursor;
import dev.cairn.resumable.Steps;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;

/** Records all files below a directory, in steps that survive the death of the process. */
final class InventoryWorker implements Worker<Inventory> {
  /** The most files that one transaction records, and that are read again after a kill. */
  private static final int BATCH_FILES = 250;

  private static final long BATCH_BYTES = 8L << 20;

  /** In small trees a batch is smaller, so that there are checkpoints to continue from. */
  private static final int BATCHES_MIN = 40;

  private final InventoryTables tables;
  private final HashCounter counter;
  private final Pace pace;
  private final LostJobNote lostJobNote;

  InventoryWorker(InventoryTables tables, HashCounter counter, Pace pace, LostJobNote lostJobNote) {
    this.tables = tables;
    this.counter = counter;
    this.pace = pace;
    this.lostJobNote = lostJobNote;
  }

  /** Called when a job was lost to another process. */
  interface LostJobNote {
    void write() throws IOException;
  }

  @Override
  public Optional<Duration> timeout(Job<Inventory> job) {
    return Optional.of(Duration.ZERO);
  }

  @Override
  public void work(Job<Inventory> job, WorkContext context) throws Exception {
    try {
      record(job, context);
    } finally {
      if (context.interruption().filter(InterruptionReason.LEASE_LOST::equals).isPresent()) {
        lostJobNote.write();
      }
    }
  }

  private void record(Job<Inventory> job, WorkContext context) throws Exception {
    Path root = Path.of(job.args().directory());
    Steps steps = Steps.of(context);
    Found found = steps.step("scan", Found.class, () -> scan(root, context));
    steps.stepTx("announce", connection -> tables.announce(connection, job.id(), found));
    steps.cursor(
        "hash",
        Position.class,
        Position.START,
        cursor ->
            hash(job.id(), TreeWalk.after(root, cursor.get().path()), cursor, found, context));
    Summary summary = steps.step("summarise", Summary.class, tables::summary);
    context.setMetadata("output", summary);
  }

  private static Found scan(Path root, WorkContext context) {
    long files = 0;
    long bytes = 0;
    for (TreeWalk walk = TreeWalk.of(root); walk.hasNext(); files++) {
      bytes += walk.next().size();
      context.yieldIfInterrupted();
    }
    return new Found(files, bytes);
  }

  private void hash(
      long job, TreeWalk walk, Cursor<Position> cursor, Found found, WorkContext context)
      throws Exception {
    var hasher = new FileHasher();
    long filesMax = Math.clamp(found.files() / BATCHES_MIN, 1, BATCH_FILES);
    while (walk.hasNext()) {
      // Read before the transaction begins, so that no transaction waits for a disk.
      var batch = new ArrayList<FileRecord>();
      Position end = cursor.get();
      pace.await(end.files(), end.files() + filesMax, found, context);
      long bytesMax = end.bytes() + BATCH_BYTES;
      while (walk.hasNext() && batch.size() < filesMax && end.bytes() < bytesMax) {
        FileRecord file = hasher.read(walk.next(), context);
        counter.increment();
        batch.add(file);
        end = end.after(file);
      }
      Position reached = end;
      cursor.advanceInTransaction((connection, position) -> {
        tables.record(connection, job, batch, reached);
        return reached;
      });
    }
  }
}
