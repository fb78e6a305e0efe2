package dev.cairn.resumable;

import dev.cairn.source.Source;
import dev.cairn.source.Source.Item;
import dev.cairn.spi.Checkpoint.Progress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Processes a source within one step: the loop around a cursor. */
final class SourceLoop<T, C> {
  /** The step that remembers the pinned state of the source. */
  static final String PIN = SavedSteps.OWN + "pin";

  private final Steps steps;
  private final Source<T, C> source;
  private final StepCursor<C> cursor;
  private final StepEntry entry;
  private final PoisonWatch poison;
  private long items;
  private @Nullable Long total;

  /** What the source has thrown behind the items of the last batch. */
  private @Nullable Exception damage;

  private final @Nullable PartsProgress whole;

  /**
   * @param whole the step that shows the progress of all parts, if the source is a part, or else
   *     null
   */
  SourceLoop(
      Steps steps,
      Source<T, C> source,
      StepCursor<C> cursor,
      StepEntry entry,
      PoisonWatch poison,
      @Nullable PartsProgress whole) {
    this.steps = steps;
    this.source = source;
    this.cursor = cursor.ofSource();
    this.entry = entry;
    this.poison = poison;
    this.whole = whole;
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
        noteMet(item.position());
      }
    }
  }

  private void runItem(Item<T, C> item, @Nullable C before, ItemBody<T> body) throws Exception {
    try {
      body.run(value(item));
    } catch (Exception e) {
      poison.failed(item.position(), before, met(), e);
      return;
    }
    poison.done(item.position());
  }

  /** The number of items before the next one, over all attempts and parts. */
  private long met() {
    return whole == null ? items : whole.done();
  }

  /** The value of an item. An item that cannot be read fails here, when it is processed. */
  private static <T> T value(Item<T, ?> item) throws Exception {
    Exception failure = item.failure().orElse(null);
    if (failure != null) {
      throw failure;
    }
    return item.value();
  }

  private List<T> values(List<Item<T, C>> batch) throws Exception {
    var values = new ArrayList<T>(batch.size());
    for (Item<T, C> item : batch) {
      values.add(value(item));
    }
    return Collections.unmodifiableList(values);
  }

  /** The cursor is the last item of a finished batch (R15). */
  void batches(int size, BatchBody<T> body) throws Exception {
    try (Source.Reader<T, C> reader = open()) {
      for (var batch = read(reader, size); !batch.isEmpty(); batch = read(reader, size)) {
        body.run(values(batch));
        batch.forEach(item -> poison.done(item.position()));
        C position = batch.getLast().position();
        count(position, batch.size());
        cursor.advance(position);
        noteMet(position);
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
    if (!poison.mayPassOver()) {
      throw failure;
    }
    poison.requireOfItem(failure);
    poison.tryAlone();
    oneByOne(batch, body);
  }

  /**
   * Processes items in one transaction. Returns their failure, or null if the transaction is
   * committed. Throws a failure that the items did not cause: such a failure ends the attempt.
   */
  private @Nullable Exception commit(List<Item<T, C>> batch, BatchTxBody<T> body) throws Exception {
    List<T> values;
    try {
      values = values(batch);
    } catch (Exception e) {
      return e;
    }
    var blame = new ItemFailure.Blame();
    Progress before = entry.meter().read();
    count(batch.getLast().position(), batch.size());
    try {
      cursor.advanceInTransaction((connection, from) -> {
        blame.during(() -> body.run(connection, values));
        cursor.requireOpen(connection);
        batch.forEach(item -> poison.doneTx(connection, item.position()));
        return batch.getLast().position();
      });
      return null;
    } catch (Exception e) {
      if (!blame.isOfItems(e)) {
        throw e;
      }
      return e;
    } finally {
      // An interruption may follow the commit. What was done still counts.
      if (cursor.isKnownAt(batch.getLast().position())) {
        noteMet(batch.getLast().position());
      } else {
        uncount(batch.size(), before);
      }
    }
  }

  /**
   * Finds the faulty item by trying each one alone, after a batch was rolled back or the process
   * has died.
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
        poison.failed(item.position(), before, met(), failure);
        passOver(item);
      }
    }
  }

  private void passOver(Item<T, C> item) {
    count(item.position(), 1);
    cursor.checkpoint(item.position());
    noteMet(item.position());
  }

  private List<Item<T, C>> read(Source.Reader<T, C> reader, int size) throws Exception {
    var batch = new ArrayList<Item<T, C>>();
    while (batch.size() < size) {
      Item<T, C> item;
      try {
        item = nextOfBatch(reader);
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        if (batch.isEmpty()) {
          throw e;
        }
        // What comes before a damage is processed first.
        damage = e;
        break;
      }
      if (item == null) {
        break;
      }
      batch.add(item);
    }
    return batch;
  }

  private @Nullable Item<T, C> nextOfBatch(Source.Reader<T, C> reader) throws Exception {
    Exception met = damage;
    damage = null;
    if (met != null) {
      throw met;
    }
    return next(reader);
  }

  /** An item without a position is not processed, because nobody could record that it was. */
  private @Nullable Item<T, C> next(Source.Reader<T, C> reader) throws Exception {
    Item<T, C> item;
    try {
      item = reader.next();
    } catch (IllegalStateException e) {
      throw cursor.refusedBySource(e);
    }
    if (item != null) {
      cursor.requirePosition(item.position());
    }
    return item;
  }

  private Source.Reader<T, C> open() throws Exception {
    try {
      return reader();
    } catch (IllegalStateException e) {
      throw cursor.refusedBySource(e);
    }
  }

  private Source.Reader<T, C> reader() throws Exception {
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

  /** Whether progress is counted in items. For a file, it is counted in bytes. */
  private boolean countsItems(long done) {
    C position = cursor.get();
    return position == null || source.done(position, 0) != done;
  }

  /**
   * The pinned state of the source, saved like the result of a step, so that it is the same in
   * every attempt.
   */
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

  /** Decodes the saved result of the step {@link #PIN}. */
  static Optional<String> pinned(String[] result) {
    return result.length == 0 ? Optional.empty() : Optional.of(result[0]);
  }

  /** For a source whose progress is not the number of its items. */
  private void noteMet(C position) {
    if (whole == null && source.done(position, items) != items) {
      poison.met(items);
    }
  }

  private void uncount(int finished, Progress before) {
    items -= finished;
    entry.meter().set(before.done() == null ? 0 : before.done(), total);
    if (whole != null) {
      whole.add(-finished);
    }
  }

  private void count(C position, int finished) {
    items += finished;
    entry.meter().set(source.done(position, items), total);
    if (whole != null) {
      whole.add(finished);
    }
  }
}
