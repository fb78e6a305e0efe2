package dev.cairn.resumable;

import dev.cairn.source.Source;
import dev.cairn.source.Source.Item;
import dev.cairn.spi.MiddlewareContext;
import dev.cairn.spi.Quarantine;
import java.util.Collections;
import java.util.HashSet;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Processes items again on an operator's request (R20, R33). */
final class Redrive<T, C> {
  private final MiddlewareContext context;
  private final StepRunner runner;
  private final Source<T, C> source;
  private final StepEntry entry;
  private final PoisonWatch poison;

  Redrive(StepRunner runner, Source<T, C> source, StepEntry entry, PoisonWatch poison) {
    this.context = runner.context();
    this.runner = runner;
    this.source = source;
    this.entry = entry;
    this.poison = poison;
  }

  /** Processes a single item again. */
  @FunctionalInterface
  interface Again<T> {
    /** Processes the item and takes it out of quarantine; returns its failure, if any. */
    @Nullable Exception run(StepEntry entry, T value, String position) throws Exception;
  }

  /** Processes an item, and takes it out of quarantine afterwards. */
  static <T> Again<T> of(MiddlewareContext context, ItemBody<T> body) {
    return (entry, value, position) -> {
      try {
        body.run(value);
      } catch (Exception e) {
        return e;
      }
      context.quarantine().release(entry.path(), position);
      return null;
    };
  }

  /**
   * Processes an item and takes it out of quarantine in one transaction, so that this happens
   * exactly once. It is taken out last, because that locks the job's row: while the worker's code
   * runs, an operator can interrupt the job, and another client can take it over.
   */
  static <T> Again<T> inTransaction(StepRunner runner, BatchTxBody<T> body) {
    return (entry, value, position) -> {
      MiddlewareContext context = runner.context();
      Quarantine quarantine = context.quarantine();
      var blame = new ItemFailure.Blame();
      try {
        return context.<@Nullable Exception>inTransaction(connection -> {
          blame.during(() -> body.run(connection, Collections.singletonList(value)));
          StepTransactions.requireOpen(context, runner.values(), entry, connection);
          if (!quarantine.releaseTx(connection, entry.path(), position)) {
            throw new NotAside();
          }
          return null;
        });
      } catch (NotAside e) {
        return null;
      } catch (Exception e) {
        // A commit whose answer was lost, of this attempt or of an earlier one, may have happened.
        // Then the item may fail because it has been done. The database decides, not the error.
        if (!isAside(quarantine, entry, position, e)) {
          return null;
        }
        if (blame.isOfItems(e)) {
          return e;
        }
        throw e;
      }
    };
  }

  /** Rolls back what was done with an item that an earlier commit has taken out of quarantine. */
  private static final class NotAside extends Exception {
    private static final long serialVersionUID = 1L;

    NotAside() {
      super(null, null, false, false);
    }
  }

  private static boolean isAside(
      Quarantine quarantine, StepEntry entry, String position, Exception failure) {
    try {
      return quarantine.isAside(entry.path(), position);
    } catch (RuntimeException unknown) {
      failure.addSuppressed(unknown);
      return true;
    }
  }

  void run(Again<T> again) throws Exception {
    var met = new HashSet<String>();
    boolean isAny = true;
    while (isAny) {
      isAny = false;
      for (Quarantine.Item item : context.quarantine().toRedrive(entry.path())) {
        // One that is there again was released in a transaction that was rolled back.
        if (met.add(item.position())) {
          isAny = true;
          poison.yieldIfInterrupted();
          run(item, again);
        }
      }
    }
  }

  private void run(Quarantine.Item item, Again<T> again) throws Exception {
    C position = position(item.position());
    C before = item.before() == null ? null : position(item.before());
    Item<T, C> found = find(position, before);
    if (found == null) {
      putBack(item, "the item no longer exists");
      return;
    }
    if (!poison.admits(position, before)) {
      return;
    }
    Exception failure = found.failure().orElse(null);
    if (failure == null) {
      failure = again.run(entry, found.value(), item.position());
    }
    if (failure != null) {
      poison.requireOfItem(failure);
      putBack(item, PoisonWatch.text(failure));
      poison.passOver();
    }
  }

  private @Nullable Item<T, C> find(C position, @Nullable C before) throws Exception {
    try {
      return source.find(position, before, pinned());
    } catch (IllegalStateException e) {
      throw runner.values().refusedBySource(entry, e);
    }
  }

  private void putBack(Quarantine.Item item, String error) {
    context
        .quarantine()
        .put(
            entry.path(),
            new Quarantine.Item(item.position(), item.before(), error, item.crashes()));
  }

  private C position(String json) {
    return runner.values().cursor(entry, json, source.cursorType());
  }

  private Optional<String> pinned() {
    String json = runner.ledger().savedValue(entry.path() + "/" + SourceLoop.PIN);
    return json == null
        ? Optional.empty()
        : SourceLoop.pinned(JsonMapper.shared().readValue(json, String[].class));
  }
}
