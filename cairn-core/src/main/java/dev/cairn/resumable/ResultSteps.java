package dev.cairn.resumable;

import dev.cairn.TransactionBody;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;

/** Steps that run their body once, and remember its result if it has one. */
record ResultSteps(StepRunner runner, StepScope scope, StepOptions options) {
  void plain(StepEntry entry, StepBody body) throws Exception {
    if (entry.isFinished()) {
      runner.redriveWithin(scope, options, entry, body);
    } else {
      runner.runFinishable(scope, options, entry, body);
    }
  }

  <T extends @Nullable Object> T remembered(StepEntry entry, Type type, StepFunction<T> body)
      throws Exception {
    if (entry.isFinished()) {
      runner.redriveWithin(scope, options, entry, body::run);
      return runner.values().result(entry, type);
    }
    StepResult<T> result = new StepResult<>(runner.values(), entry, type);
    runner.run(scope, options, entry, () -> result.set(body.run()));
    runner.ledger().finish(entry, result.json());
    return result.value();
  }

  void inTransaction(StepEntry entry, TransactionStep body) throws Exception {
    if (!entry.isFinished()) {
      runner.runTx(
          scope,
          options,
          entry,
          connection -> {
            body.run(connection);
            return null;
          });
    }
  }

  <T extends @Nullable Object> T rememberedInTransaction(
      StepEntry entry, Type type, TransactionBody<T> body) throws Exception {
    if (entry.isFinished()) {
      return runner.values().result(entry, type);
    }
    StepResult<T> result = new StepResult<>(runner.values(), entry, type);
    runner.runTx(
        scope,
        options,
        entry,
        connection -> {
          result.set(body.run(connection));
          return result.json();
        });
    return result.value();
  }
}
