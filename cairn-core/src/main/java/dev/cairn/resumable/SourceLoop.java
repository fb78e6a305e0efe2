package dev.cairn.resumable;

import dev.cairn.StoreUnavailableException;
import dev.cairn.source.Source;
import dev.cairn.source.Source.Item;
import dev.cairn.spi.Checkpoint.Progress;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Goes through a source within one step: the loop around a cursor, written once and for all. */
final class SourceLoop<T, C> {
  /** The step that remembers what is fixed of the source. */
  static final String PIN = SavedSteps.OWN + "pin";

  /**
   * Classes of SQLSTATE by which a constraint or a trigger that was deferred until the commit
   * refuses the rows.
   */
  private static final Set<String> REFUSALS = Set.of("22", "23", "27", "44", "P0");

  /** Classes that say nothing of the rows: a lost connection, a collision, a time limit. */
  private static final Set<String> TRANSIENT = Set.of("08", "25", "40", "53", "55", "57", "58");

  private final Steps steps;
  private final Source<T, C> source;
  private final StepCursor<C> cursor;
  private final StepEntry entry;
  private final PoisonWatch poison;
  private long items;
  private @Nullable Long total;
  private @Nullable PartsProgress whole;

  SourceLoop(
      Steps steps, Source<T, C> source, StepCursor<C> cursor, StepEntry entry, PoisonWatch poison) {
    this.steps = steps;
    this.source = source;
    this.cursor = cursor.ofSource();
    this.entry = entry;
    this.poison = poison;
  }

  /** The source is a part of what a step goes through, which tells of all parts together. */
  SourceLoop<T, C> partOf(PartsProgress progress) {
    whole = progress;
    return this;
  }

  void each(ItemBody<T> body) throws Exception {
    try (Source.Reader<T, C> reader = open()) {
      for (Item<T, C> item = next(reader); item != null; item = next(reader)) {
        C before = cursor.get();
        if (poison.admits(item.position(), before)) {
          runItem(item, before, body);
        }
        count(item.position(), 1);
        cursor.advance(item.position());
      }
    }
  }

  private void runItem(Item<T, C> item, @Nullable C before, ItemBody<T> body) throws Exception {
    try {
      body.run(item.value());
    } catch (Exception e) {
      poison.failed(item.position(), before, items, e);
    }
  }

  /** The cursor is the last item of a finished batch (R15). */
  void batches(int size, BatchBody<T> body) throws Exception {
    try (Source.Reader<T, C> reader = open()) {
      for (var batch = read(reader, size); !batch.isEmpty(); batch = read(reader, size)) {
        body.run(batch.stream().map(Item::value).toList());
        C position = batch.getLast().position();
        count(position, batch.size());
        cursor.advance(position);
      }
    }
  }

  void transactions(int size, BatchTxBody<T> body) throws Exception {
    try (Source.Reader<T, C> reader = open()) {
      for (var batch = read(reader, size); !batch.isEmpty(); batch = read(reader, size)) {
        if (poison.isCareful()) {
          oneByOne(batch, body);
        } else {
          together(batch, body);
        }
      }
    }
  }

  private void together(List<Item<T, C>> batch, BatchTxBody<T> body) throws Exception {
    Exception failure = commit(batch, body);
    if (failure == null) {
      return;
    }
    if (!poison.mayPassOver() || StepRunner.endsAttempt(failure)) {
      throw failure;
    }
    oneByOne(batch, body);
  }

  /**
   * Works items in one transaction. Returns what they have failed with, or null if they are
   * committed. A failure that has nothing to do with them is thrown: it is that of the attempt.
   */
  private @Nullable Exception commit(List<Item<T, C>> batch, BatchTxBody<T> body) throws Exception {
    C position = batch.getLast().position();
    List<T> values = batch.stream().map(Item::value).toList();
    var blamed = new AtomicBoolean();
    count(position, batch.size());
    boolean committed = false;
    try {
      cursor.advanceInTransaction((connection, before) -> {
        blamed.set(true);
        body.run(connection, values);
        blamed.set(false);
        return position;
      });
      committed = true;
      return null;
    } catch (Exception e) {
      boolean isOfTheRows =
          blamed.get()
              ? !(e instanceof StoreUnavailableException) && !is(TRANSIENT, e)
              : is(REFUSALS, e);
      if (!isOfTheRows) {
        throw e;
      }
      return e;
    } finally {
      if (!committed) {
        items -= batch.size();
      }
    }
  }

  private static boolean is(Set<String> classes, Exception failure) {
    return failure instanceof SQLException e
        && e.getSQLState() != null
        && classes.contains(e.getSQLState().substring(0, Math.min(2, e.getSQLState().length())));
  }

  /**
   * A batch was rolled back, or the process has died: the item to blame is found by trying each
   * alone.
   */
  private void oneByOne(List<Item<T, C>> batch, BatchTxBody<T> body) throws Exception {
    for (Item<T, C> item : batch) {
      C before = cursor.get();
      if (!poison.admits(item.position(), before)) {
        passOver(item);
        continue;
      }
      Exception failure = commit(List.of(item), body);
      if (failure != null) {
        poison.failed(item.position(), before, items, failure);
        passOver(item);
      }
    }
  }

  private void passOver(Item<T, C> item) {
    count(item.position(), 1);
    cursor.checkpoint(item.position());
  }

  private List<Item<T, C>> read(Source.Reader<T, C> reader, int size) throws Exception {
    var batch = new ArrayList<Item<T, C>>();
    while (batch.size() < size) {
      Item<T, C> item = next(reader);
      if (item == null) {
        break;
      }
      batch.add(item);
    }
    return batch;
  }

  /** An item without a position is not worked: nobody could say that it was. */
  private @Nullable Item<T, C> next(Source.Reader<T, C> reader) throws Exception {
    Item<T, C> item = reader.next();
    if (item != null) {
      cursor.requirePosition(item.position());
    }
    return item;
  }

  private Source.Reader<T, C> open() throws Exception {
    Optional<String> pinned = pinned();
    Progress before = entry.meter().read();
    long done = before.done() == null ? 0 : before.done();
    items = countsItems(done) ? done : poison.met();
    total = before.total();
    if (total == null) {
      OptionalLong size = source.size(pinned);
      total = size.isPresent() ? size.getAsLong() : null;
      if (whole != null && total != null) {
        whole.size(total);
      }
    }
    entry.meter().set(done, total);
    return source.open(cursor.get(), pinned);
  }

  /** Whether what is done is a number of items: of a file it is bytes, whatever was counted. */
  private boolean countsItems(long done) {
    C position = cursor.get();
    return position == null || source.done(position, 0) != done;
  }

  /** Remembered like the result of a step, so that it is the same in every attempt. */
  private Optional<String> pinned() throws Exception {
    if (!source.hasPin()) {
      return Optional.empty();
    }
    String[] pinned =
        steps.ownStep(
            PIN,
            String[].class,
            () -> source.pin().map(text -> new String[] {text}).orElseGet(() -> new String[0]));
    return pinned(pinned);
  }

  /** What the remembered result of the step {@link #PIN} says. */
  static Optional<String> pinned(String[] result) {
    return result.length == 0 ? Optional.empty() : Optional.of(result[0]);
  }

  private void count(C position, int finished) {
    items += finished;
    entry.meter().set(source.done(position, items), total);
    if (whole != null) {
      whole.add(finished);
    }
  }
}
