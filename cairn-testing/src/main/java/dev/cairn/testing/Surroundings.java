package dev.cairn.testing;

import dev.cairn.Cairn;
import dev.cairn.internal.store.SignalName;
import dev.cairn.resumable.ResumableLimits;
import dev.cairn.resumable.ResumableMiddleware;
import dev.cairn.spi.JacksonCodec;
import dev.cairn.spi.JsonCodec;
import dev.cairn.spi.Middleware;
import dev.cairn.spi.TransactionRunner;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * What a client provides for a job.
 *
 * @param middleware the user's middleware, the outermost first
 * @param transactions the runner for transactions that the context begins; null to use the data
 *     source
 * @param signals the signals that were given, as JSON by name
 * @param limits the limits of checkpoints
 * @param notBefore the earliest time at which an attempt begins, because the attempt before it may
 *     have ended later than the clock shows
 */
record Surroundings(
    JsonCodec codec,
    List<Middleware> middleware,
    @Nullable Cairn client,
    @Nullable DataSource dataSource,
    @Nullable TransactionRunner transactions,
    Map<String, String> signals,
    ResumableLimits limits,
    Instant notBefore) {
  static final Surroundings NONE =
      new Surroundings(
          JacksonCodec.create(),
          List.of(),
          null,
          null,
          null,
          Map.of(),
          ResumableLimits.defaults(),
          Instant.MIN);

  Surroundings {
    middleware = List.copyOf(middleware);
    signals = Map.copyOf(signals);
  }

  Surroundings with(Middleware inner) {
    return new Surroundings(
        codec,
        Stream.concat(middleware.stream(), Stream.of(inner)).toList(),
        client,
        dataSource,
        transactions,
        signals,
        limits,
        notBefore);
  }

  Surroundings with(JsonCodec other) {
    return new Surroundings(
        other, middleware, client, dataSource, transactions, signals, limits, notBefore);
  }

  Surroundings with(Cairn other) {
    return new Surroundings(
        codec, middleware, other, dataSource, transactions, signals, limits, notBefore);
  }

  Surroundings with(DataSource other) {
    return new Surroundings(
        codec, middleware, client, other, transactions, signals, limits, notBefore);
  }

  Surroundings with(TransactionRunner other) {
    return new Surroundings(
        codec, middleware, client, dataSource, other, signals, limits, notBefore);
  }

  Surroundings with(ResumableLimits other) {
    return new Surroundings(
        codec, middleware, client, dataSource, transactions, signals, other, notBefore);
  }

  /** After a job has waited. */
  Surroundings notBefore(Instant time) {
    return new Surroundings(
        codec, middleware, client, dataSource, transactions, signals, limits, time);
  }

  /** The start time of an attempt that begins now. */
  Instant begin() {
    Instant now = Instant.now();
    return now.isBefore(notBefore) ? notBefore : now;
  }

  Surroundings withSignal(String name, String payload) {
    var more = new HashMap<>(signals);
    more.put(SignalName.require(name), payload);
    return new Surroundings(
        codec, middleware, client, dataSource, transactions, more, limits, notBefore);
  }

  /** Works through the middleware, innermost the one that makes jobs resumable, as in a client. */
  void work(AttemptContext context, Middleware.Next worker) throws Exception {
    Middleware.Next next = worker;
    var all =
        Stream.concat(middleware.stream(), Stream.of(new ResumableMiddleware(codec, limits)))
            .toList();
    for (Middleware outer : all.reversed()) {
      Middleware.Next inner = once(outer, next);
      next = () -> outer.work(context, inner);
    }
    next.proceed();
  }

  /** Makes sure that a worker runs only once, as a client does. */
  private static Middleware.Next once(Middleware caller, Middleware.Next next) {
    var called = new AtomicBoolean();
    return () -> {
      if (called.getAndSet(true)) {
        throw new IllegalStateException(
            "middleware %s called next.proceed() twice [CAIRN-113]"
                .formatted(caller.getClass().getName()));
      }
      next.proceed();
    };
  }
}
