package dev.cairn.testing;

import dev.cairn.Cairn;
import dev.cairn.resumable.ResumableLimits;
import dev.cairn.resumable.ResumableMiddleware;
import dev.cairn.spi.JacksonCodec;
import dev.cairn.spi.JsonCodec;
import dev.cairn.spi.Middleware;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * What a client would bring to a job.
 *
 * @param middleware the user's, first one outermost
 */
record Surroundings(
    JsonCodec codec,
    List<Middleware> middleware,
    @Nullable Cairn client,
    @Nullable DataSource dataSource) {
  static final Surroundings NONE = new Surroundings(JacksonCodec.create(), List.of(), null, null);

  Surroundings {
    middleware = List.copyOf(middleware);
  }

  Surroundings with(Middleware inner) {
    return new Surroundings(
        codec, Stream.concat(middleware.stream(), Stream.of(inner)).toList(), client, dataSource);
  }

  Surroundings with(JsonCodec other) {
    return new Surroundings(other, middleware, client, dataSource);
  }

  Surroundings with(Cairn other) {
    return new Surroundings(codec, middleware, other, dataSource);
  }

  Surroundings with(DataSource other) {
    return new Surroundings(codec, middleware, client, other);
  }

  /** Works through the middleware, innermost the one that makes jobs resumable, as in a client. */
  void work(AttemptContext context, Middleware.Next worker) throws Exception {
    Middleware.Next next = worker;
    var all =
        Stream.concat(
                middleware.stream(),
                Stream.of(new ResumableMiddleware(codec, ResumableLimits.defaults())))
            .toList();
    for (Middleware outer : all.reversed()) {
      Middleware.Next inner = next;
      next = () -> outer.work(context, inner);
    }
    next.proceed();
  }
}
