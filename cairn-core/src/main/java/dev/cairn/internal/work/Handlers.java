package dev.cairn.internal.work;

import dev.cairn.Workers;
import dev.cairn.Workers.Registration;
import dev.cairn.spi.ErrorHandler;
import dev.cairn.spi.Hook;
import dev.cairn.spi.JsonCodec;
import dev.cairn.spi.Middleware;
import java.util.List;
import java.util.stream.Stream;

/**
 * The user's code around a job, and how its values are read.
 *
 * @param hooks those that are told of fetches
 */
public record Handlers(
    Workers workers,
    List<Middleware> middleware,
    List<Hook> hooks,
    JsonCodec codec,
    ErrorHandler errorHandler,
    StuckJobs stuckJobs) {
  public Handlers {
    middleware = List.copyOf(middleware);
    hooks = List.copyOf(hooks);
  }

  /** The middleware around one kind's worker: the client's outside, the kind's own inside. */
  MiddlewareChain chain(Registration<?> registration) {
    if (registration.middleware().isEmpty()) {
      return new MiddlewareChain(middleware);
    }
    return new MiddlewareChain(
        Stream.concat(middleware.stream(), registration.middleware().stream()).toList());
  }
}
