package dev.cairn.resumable;

import dev.cairn.source.Source;
import dev.cairn.source.SplittableSource;
import java.time.DateTimeException;
import java.util.Collections;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** Steps that process sources (R16, R17, R20). */
final class SourceSteps {
  private final StepRunner runner;
  private final StepScope scope;
  private final StepOptions options;
  private final @Nullable PartsProgress whole;

  SourceSteps(StepRunner runner, StepScope scope, StepOptions options) {
    this(runner, scope, options, null);
  }

  /**
   * @param whole the step whose parts run in parallel; null if there is none
   */
  private SourceSteps(
      StepRunner runner, StepScope scope, StepOptions options, @Nullable PartsProgress whole) {
    this.runner = runner;
    this.scope = scope;
    this.options = options;
    this.whole = whole;
  }

  <T, C> void items(StepEntry entry, Source<T, C> source, ItemBody<T> body) throws Exception {
    loop(entry, source, Redrive.of(runner.context(), body), loop -> loop.each(body));
  }

  <T, C> void batches(StepEntry entry, Source<T, C> source, int size, BatchBody<T> body)
      throws Exception {
    if (options.items().action() != ItemPolicy.Action.RETRY_JOB) {
      throw new IllegalStateException(
          "step '%s' of %s cannot tell which item of a batch has failed: use forEach or forEachTx [CAIRN-324]"
              .formatted(entry.path(), runner.values().job()));
    }
    requireOne(entry, "items of a batch", size);
    loop(
        entry,
        source,
        Redrive.of(runner.context(), item -> body.run(Collections.singletonList(item))),
        loop -> loop.batches(size, body));
  }

  <T, C> void transactions(StepEntry entry, Source<T, C> source, int size, BatchTxBody<T> body)
      throws Exception {
    requireOne(entry, "items of a transaction", size);
    loop(entry, source, Redrive.inTransaction(runner, body), loop -> loop.transactions(size, body));
  }

  /** A loop over batches of no items would end at once, as if all were done. */
  private void requireOne(StepEntry entry, String what, int number) {
    if (number < 1) {
      throw new IllegalArgumentException(
          "step '%s' of %s: the number of %s must be at least 1, not %d [CAIRN-332]"
              .formatted(entry.path(), runner.values().job(), what, number));
    }
  }

  /** The work on each part of a source. */
  @FunctionalInterface
  interface PartBody<T, C> {
    void run(SourceSteps steps, StepEntry entry, Source<T, C> part) throws Exception;
  }

  /**
   * Runs the branches that process the parts of a source.
   *
   * @param around the step that contains them
   */
  <T, C> void parts(
      StepEntry around,
      SplittableSource<T, C> source,
      int most,
      Branches branches,
      PartBody<T, C> body)
      throws Exception {
    requireOne(around, "parts", most);
    var isNew = new AtomicBoolean();
    String[] parts =
        new Steps(runner, scope, StepOptions.DEFAULT)
            .step(
                "split",
                String[].class,
                () -> {
                  isNew.set(true);
                  return split(around, source, most);
                });
    var progress = new PartsProgress(runner.context(), runner.ledger(), around, parts.length);
    for (int part = 0; part < parts.length; part++) {
      Source<T, C> own =
          isNew.get() ? source.part(parts[part]) : savedPart(around, source, parts[part]);
      branches.add(PartsProgress.name(part), steps -> part(progress, steps, own, body));
    }
  }

  /** The saved description of a part may be that of another kind of source, after a change. */
  private <T, C> Source<T, C> savedPart(
      StepEntry around, SplittableSource<T, C> source, String description) {
    try {
      return source.part(description);
    } catch (IllegalArgumentException
        | IndexOutOfBoundsException
        | DateTimeException
        | JacksonException e) {
      // Those of parsers. Others say something about the world outside, such as a service that is
      // not available.
      throw runner.values().partNoLongerFits(around, description, e);
    }
  }

  private String[] split(StepEntry around, SplittableSource<?, ?> source, int most)
      throws Exception {
    try {
      return source.split(most).toArray(new String[0]);
    } catch (IllegalStateException e) {
      throw runner.values().refusedBySource(around, e);
    }
  }

  private <T, C> void part(
      PartsProgress progress, Steps branch, Source<T, C> source, PartBody<T, C> body)
      throws Exception {
    StepOptions own = StepOptions.DEFAULT.withItems(options.items());
    StepEntry entry = runner.ledger().enter(branch.scope(), PartsProgress.ITEMS, own);
    try {
      body.run(new SourceSteps(runner, branch.scope(), own, progress), entry, source);
    } finally {
      progress.save();
    }
  }

  /**
   * Processes a source.
   *
   * @param again processes a single item again
   */
  private <T, C> void loop(
      StepEntry entry, Source<T, C> source, Redrive.Again<T> again, LoopBody<T, C> body)
      throws Exception {
    if (entry.isFinished()) {
      if (runner.ledger().aside().isWanted(entry.path())) {
        runner.runAgain(
            scope,
            options,
            entry,
            () ->
                runner.faults().noting(() -> redrive(entry, source, again, poison(entry, source))));
      }
      return;
    }
    @SuppressWarnings("NullAway") // the position of a source is null before its first item
    var cursor =
        new StepCursor<C>(
            runner.context(),
            scope,
            runner.ledger(),
            runner.values(),
            entry,
            source.cursorType(),
            null);
    runner.run(
        scope,
        options,
        entry,
        () -> {
          PoisonWatch poison = poison(entry, source);
          var inner = new Steps(runner, scope, StepOptions.DEFAULT);
          var loop = new SourceLoop<>(inner, source, cursor, entry, poison, whole);
          // Both are inside: the step may be tried again after either, and then continues from
          // there.
          runner.runWith(
              cursor,
              it ->
                  runner
                      .faults()
                      .noting(() -> {
                        body.through(loop);
                        redrive(entry, source, again, poison);
                      }));
        });
    runner.ledger().finish(entry, null);
  }

  private PoisonWatch poison(StepEntry entry, Source<?, ?> source) {
    SkipCount skips =
        whole == null
            ? new SkipCount(runner.context(), runner.ledger(), entry.path())
            : whole.skips();
    return new PoisonWatch(runner, scope, entry, options.items(), skips, source.cursorType());
  }

  /**
   * Processes quarantined items again. Runs after the remaining items: an item that is among them
   * must not be processed twice.
   */
  private <T, C> void redrive(
      StepEntry entry, Source<T, C> source, Redrive.Again<T> again, PoisonWatch poison)
      throws Exception {
    ItemsAside aside = runner.ledger().aside();
    if (aside.isWanted(entry.path())) {
      aside.met(entry.path());
      new Redrive<>(runner, source, entry, poison).run(again);
    }
  }
}
