package dev.cairn.internal.work;

import dev.cairn.Workers;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.spi.ErrorHandler;
import dev.cairn.spi.JsonCodec;
import dev.cairn.spi.Middleware;
import java.util.List;

/**
 * The user's code around a job, and the codec for its values.
 *
 * @param middleware the middleware around each job, outermost first
 */
public record Handlers(
    Workers workers,
    List<Middleware> middleware,
    JsonCodec codec,
    ErrorHandler errorHandler,
    StuckJobs stuckJobs) {
  public Handlers {
    middleware = List.copyOf(middleware);
  }

  /**
   * Requires that the codec can read the arguments of each worker.
   *
   * @throws IllegalArgumentException if it could never read the arguments of one of them
   */
  public void requireReadableArguments() {
    for (String kind : workers.kinds()) {
      Class<?> type = workers.find(kind).orElseThrow().argsType();
      try {
        codec.requireArguments(type);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "the arguments of kind '%s' could never be read for its worker: %s [CAIRN-104]"
                .formatted(kind, new ForeignFailure(e).message()),
            e);
      }
    }
  }

  MiddlewareChain chain() {
    return new MiddlewareChain(middleware);
  }
}
