package dev.cairn.internal.client;

import dev.cairn.InsertResult;
import dev.cairn.JobInsert;
import dev.cairn.JobInserter;
import dev.cairn.internal.json.StorableJson;
import dev.cairn.internal.store.CurrentTransaction;
import dev.cairn.internal.store.JobStore;
import dev.cairn.internal.store.SignalName;
import dev.cairn.internal.store.Stores;
import dev.cairn.internal.store.WaitStore;
import dev.cairn.internal.text.ByteLimit;
import dev.cairn.resumable.ResumableLimits;
import dev.cairn.spi.JsonCodec;
import java.sql.Connection;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A client's insertions and signals: in the transaction that the thread is in, in the transaction
 * of a connection, or in one of their own.
 */
public final class ClientInserts implements JobInserter {
  private final Inserting inserting;
  private final JobStore jobs;
  private final WaitStore waits;
  private final JsonCodec codec;
  private final ResumableLimits limits;
  private final CurrentTransaction current;

  /**
   * The insertions into these stores.
   *
   * @param current the transactions that calls without a connection join
   */
  public ClientInserts(
      Inserting inserting,
      Stores stores,
      JsonCodec codec,
      ResumableLimits limits,
      CurrentTransaction current) {
    this.inserting = inserting;
    this.jobs = stores.jobs();
    this.waits = stores.waits();
    this.codec = codec;
    this.limits = limits;
    this.current = current;
  }

  @Override
  public List<InsertResult> insertMany(List<JobInsert> inserts) {
    return inserting.insert(
        inserts,
        ready ->
            current
                .join(connection -> jobs.insert(connection, ready))
                .orElseGet(() -> jobs.insert(ready)));
  }

  /** Inserts jobs in the transaction of a connection. */
  public List<InsertResult> insertMany(Connection connection, List<JobInsert> inserts) {
    Objects.requireNonNull(connection, "connection");
    return inserting.insert(inserts, ready -> jobs.insert(connection, ready));
  }

  @Override
  public long insertManyFast(List<JobInsert> inserts) {
    return inserting.insertFast(
        inserts,
        ready ->
            current
                .join(connection -> jobs.insertFast(connection, ready))
                .orElseGet(() -> jobs.insertFast(ready)));
  }

  /** Inserts jobs with COPY in the transaction of a connection. */
  public long insertManyFast(Connection connection, List<JobInsert> inserts) {
    Objects.requireNonNull(connection, "connection");
    return inserting.insertFast(inserts, ready -> jobs.insertFast(connection, ready));
  }

  @Override
  public int signal(String name, @Nullable Object payload) {
    String known = SignalName.require(name);
    String json = encoded(name, payload);
    return current
        .join(connection -> waits.signal(connection, known, json))
        .orElseGet(() -> waits.signal(known, json));
  }

  /** Sends a signal in the transaction of a connection. */
  public int signal(Connection connection, String name, @Nullable Object payload) {
    Objects.requireNonNull(connection, "connection");
    return waits.signal(connection, SignalName.require(name), encoded(name, payload));
  }

  private String encoded(String name, @Nullable Object payload) {
    Supplier<String> what = () -> "the payload of signal '%s'".formatted(name);
    String json =
        StorableJson.encoded(
            what,
            () ->
                payload == null
                    ? codec.encodeExactly(null)
                    : codec.encodeExactly(payload, payload.getClass()));
    return ByteLimit.ofValue(what, json, limits.resultBytes());
  }
}
