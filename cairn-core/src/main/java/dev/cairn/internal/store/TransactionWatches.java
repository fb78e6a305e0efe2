package dev.cairn.internal.store;

import dev.cairn.TransactionBody;
import dev.cairn.internal.foreign.ForeignCode;
import dev.cairn.spi.MiddlewareContext.TransactionWatch;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Those who follow the transactions of one attempt. Thread-safe. */
public final class TransactionWatches {
  private volatile List<TransactionWatch> all = List.of();

  /** Runs a transaction, and its body as often as the database makes that necessary. */
  @FunctionalInterface
  public interface Call<T extends @Nullable Object> {
    T run(TransactionBody<T> body) throws Exception;
  }

  public synchronized void add(TransactionWatch watch) {
    all = all.isEmpty() ? List.of(watch) : Stream.concat(all.stream(), Stream.of(watch)).toList();
  }

  /** Runs a transaction that the watches follow. */
  public <T extends @Nullable Object> T follow(TransactionBody<T> body, Call<T> call)
      throws Exception {
    var hasRun = new AtomicBoolean();
    // One that is added within the transaction follows the next ones.
    List<TransactionWatch> watches = all;
    int begun = 0;
    try {
      for (TransactionWatch watch : watches) {
        watch.begins();
        begun++;
      }
      return call.run(connection -> {
        if (hasRun.getAndSet(true)) {
          watches.forEach(TransactionWatch::runsAgain);
        }
        return body.run(connection);
      });
    } finally {
      ended(watches.subList(0, begun));
    }
  }

  /**
   * What a watch throws at the end must not be thrown to the caller: it would hide that the
   * transaction was committed, and the other watches would not be told.
   */
  private static void ended(List<TransactionWatch> watches) {
    for (TransactionWatch watch : watches) {
      ForeignCode.runInJob(watch, "when a transaction had ended", watch::ended);
    }
  }
}
