package dev.cairn.internal.work;

import dev.cairn.Workers;
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

  MiddlewareChain chain() {
    return new MiddlewareChain(middleware);
  }
}
