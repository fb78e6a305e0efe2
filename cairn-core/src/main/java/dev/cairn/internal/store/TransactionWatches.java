package dev.cairn.internal.store;

import dev.cairn.TransactionBody;
import dev.cairn.spi.MiddlewareContext.TransactionWatch;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Those who follow the transactions of one attempt. Thread-safe. */
public final class TransactionWatches {
  private final List<TransactionWatch> all = new CopyOnWriteArrayList<>();

  /** Runs a transaction, and its body as often as the database makes that necessary. */
  @FunctionalInterface
  public interface Call<T extends @Nullable Object> {
    T run(TransactionBody<T> body) throws Exception;
  }

  public void add(TransactionWatch watch) {
    all.add(watch);
  }

  /** Runs a transaction that the watches follow. */
  public <T extends @Nullable Object> T follow(TransactionBody<T> body, Call<T> call)
      throws Exception {
    var hasRun = new AtomicBoolean();
    // One that is added within the transaction follows the next ones.
    List<TransactionWatch> watches = List.copyOf(all);
    watches.forEach(TransactionWatch::begins);
    try {
      return call.run(connection -> {
        if (hasRun.getAndSet(true)) {
          watches.forEach(TransactionWatch::runsAgain);
        }
        return body.run(connection);
      });
    } finally {
      watches.forEach(TransactionWatch::ended);
    }
  }
}
