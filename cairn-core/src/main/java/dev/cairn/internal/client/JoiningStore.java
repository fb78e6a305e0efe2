package dev.cairn.internal.client;

import dev.cairn.internal.store.CurrentTransaction;
import java.sql.Connection;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * A store whose statements run in the transaction that the thread is in, or else in one of their
 * own. Each call looks for the transaction anew. Immutable.
 */
final class JoiningStore<S> {
  private final S store;
  private final BiFunction<S, Connection, S> in;
  private final CurrentTransaction current;

  /**
   * A store that joins.
   *
   * @param in gives the store in the transaction of a connection
   */
  JoiningStore(S store, BiFunction<S, Connection, S> in, CurrentTransaction current) {
    this.store = store;
    this.in = in;
    this.current = current;
  }

  /** The result of something that only reads. */
  <T> T read(Function<S, T> reading) {
    return current
        .joinToRead(connection -> reading.apply(in(connection)))
        .orElseGet(() -> reading.apply(store));
  }

  /** The result of something that writes, as part of the transaction or beside it. */
  <T> T write(Function<S, T> writing) {
    return current
        .join(connection -> writing.apply(in(connection)))
        .orElseGet(() -> writing.apply(store));
  }

  /** The store in the transaction of a connection. */
  S in(Connection connection) {
    return in.apply(store, Objects.requireNonNull(connection, "connection"));
  }

  /** The same store, bound to the transaction of a connection. */
  JoiningStore<S> within(Connection connection) {
    return new JoiningStore<>(in(connection), in, CurrentTransaction.NONE);
  }
}
