package dev.cairn.resumable;

import dev.cairn.source.Source;
import java.util.List;

/** Steps that go through sources (R16, R20). */
final class SourceSteps {
  private final StepRunner runner;
  private final StepScope scope;
  private final StepOptions options;

  SourceSteps(StepRunner runner, StepScope scope, StepOptions options) {
    this.runner = runner;
    this.scope = scope;
    this.options = options;
  }

  <T, C> void batches(StepEntry entry, Source<T, C> source, int size, BatchBody<T> body)
      throws Exception {
    if (options.items().action() != ItemPolicy.Action.RETRY_JOB) {
      throw new IllegalStateException(
          "step '%s' of %s cannot tell which item of a batch has failed: use forEach or forEachTx"
              .formatted(entry.path(), runner.values().job()));
    }
    loop(entry, source, item -> {}, loop -> loop.batches(size, body));
  }

  <T, C> void transactions(StepEntry entry, Source<T, C> source, int size, BatchTxBody<T> body)
      throws Exception {
    loop(
        entry,
        source,
        item ->
            runner
                .context()
                .<Boolean>inTransaction(connection -> {
                  body.run(connection, List.of(item));
                  return true;
                }),
        loop -> loop.transactions(size, body));
  }

  /**
   * Goes through a source.
   *
   * @param single what is done with an item that is done again alone
   */
  <T, C> void loop(StepEntry entry, Source<T, C> source, ItemBody<T> single, LoopBody<T, C> body)
      throws Exception {
    var redrive = new Redrive<>(runner, source, entry);
    boolean quarantines = options.items().action() == ItemPolicy.Action.QUARANTINE;
    if (entry.isFinished()) {
      if (quarantines) {
        redrive.run(single);
      }
      return;
    }
    @SuppressWarnings("NullAway") // the position of a source is null before its first item
    var cursor =
        new StepCursor<C>(
            runner.context(), scope, runner.values(), entry, source.cursorType(), null);
    runner.run(
        scope,
        options,
        entry,
        () -> {
          if (quarantines) {
            redrive.run(single);
          }
          var poison = new PoisonWatch(runner, entry, options.items());
          var inner = new Steps(runner, scope, StepOptions.DEFAULT);
          var loop = new SourceLoop<>(inner, source, cursor, entry, poison);
          runner.runWith(cursor, it -> body.through(loop));
        });
    runner.ledger().finish(entry, null);
  }
}
