package dev.cairn.internal.postgres;

import dev.cairn.internal.foreign.Log;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/*
 * PostgreSQL commits transactions that notify one after the other: each holds a lock of the whole
 * server until its commit is durable. So 16 connections that notify with each insertion are as fast
 * as one. A transaction that does nothing but notify waits for no disk, and holds up nobody.
 *
 * Of a caller's transaction nobody here sees the end. Its number does: the server is asked what has
 * become of it, often at first, and less often the longer it stays open.
 */

/**
 * Tells workers of new jobs: the first insertion after a pause tells by itself, those that follow
 * are told of together, every 2 ms, when they have been committed. If the process dies in between,
 * the jobs are found at the next poll. Thread-safe.
 */
final class InsertNotices {
  private static final Log log = Log.of(InsertNotices.class);
  private static final long INTERVAL_NANOS = Duration.ofMillis(2).toNanos();

  /** A transaction that is open for so long is asked for again after a part of that. */
  private static final int AGE_PARTS = 4;

  private static final long PAUSE_MAX_NANOS = Duration.ofMillis(250).toNanos();

  /** With so many open transactions to ask for, further ones tell by themselves. */
  private static final int OPEN_MAX = 1_000;

  /** While a statement that tells takes longer, insertions tell by themselves. */
  private static final long STUCK_NANOS = Duration.ofMillis(50).toNanos();

  /** How often in a row telling may fail before what is owed is left to the next poll. */
  private static final int FAILURES_MAX = 5;

  private final Database database;
  private final ThreadFactory threads =
      Thread.ofVirtual().name("cairn-tell").inheritInheritableThreadLocals(false).factory();
  private final @Nullable ClassLoader loader = Thread.currentThread().getContextClassLoader();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moreOwed = lock.newCondition();

  /** Queues of jobs that are committed. */
  private final Set<String> owed = new HashSet<>();

  /** By its number, what a transaction has inserted that was open when it was last asked for. */
  private final Map<String, OpenTransaction> open = new HashMap<>();

  private long toldNanos = System.nanoTime() - INTERVAL_NANOS;
  private boolean telling;
  private boolean sending;
  private long sentNanos;
  private int failures;

  InsertNotices(Database database) {
    this.database = database;
  }

  /** Jobs whose transaction may not have ended. Used under the lock. */
  private static final class OpenTransaction {
    private final Set<String> queues = new HashSet<>();
    private final long sinceNanos = System.nanoTime();
    private long askNanos = sinceNanos + INTERVAL_NANOS;

    void isStillOpen(long nowNanos) {
      long pause = Math.min((nowNanos - sinceNanos) / AGE_PARTS, PAUSE_MAX_NANOS);
      askNanos = nowNanos + Math.max(pause, INTERVAL_NANOS);
    }
  }

  /** What is to be told of now, or asked for. */
  private record Batch(Set<String> queues, Map<String, Set<String>> transactions) {}

  /** Whether an insertion that is about to begin shall tell by itself; otherwise it is owed. */
  boolean insertionTells() {
    lock.lock();
    try {
      long now = System.nanoTime();
      boolean isHeldUp = failures > 0 || (sending && now - sentNanos > STUCK_NANOS);
      if (!isHeldUp && open.size() < OPEN_MAX && (telling || now - toldNanos < INTERVAL_NANOS)) {
        return false;
      }
      toldNanos = now;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** These queues have new jobs, committed, and nobody was told. Never throws. */
  void owe(Set<String> queues) {
    lock.lock();
    try {
      owed.addAll(queues);
      startTelling();
    } finally {
      lock.unlock();
    }
  }

  /**
   * These queues have new jobs once a transaction is committed, and it does not tell. Never throws.
   *
   * @param transaction its number, as {@code pg_current_xact_id()} gives it
   */
  void oweAfter(String transaction, Set<String> queues) {
    if (queues.isEmpty()) {
      return;
    }
    lock.lock();
    try {
      open.computeIfAbsent(transaction, number -> new OpenTransaction()).queues.addAll(queues);
      startTelling();
    } finally {
      lock.unlock();
    }
  }

  private void startTelling() {
    if (telling) {
      moreOwed.signal();
    } else if (!owed.isEmpty() || !open.isEmpty()) {
      telling = true;
      try {
        Thread thread = threads.newThread(this::tellAll);
        thread.setContextClassLoader(loader);
        thread.start();
      } catch (Throwable e) {
        stopTelling(e);
      }
    }
  }

  private void tellAll() {
    try {
      for (Batch batch = next(); batch != null; batch = next()) {
        try {
          Set<String> stillOpen = tell(batch);
          asked(batch, stillOpen);
        } catch (RuntimeException e) {
          failed(batch, e);
        }
      }
    } catch (Throwable e) {
      stopTelling(e);
    }
  }

  /** It is owed still; transactions that were asked for are asked for again. */
  private void failed(Batch batch, RuntimeException failure) {
    lock.lock();
    try {
      sending = false;
      failures++;
      if (failures > FAILURES_MAX) {
        throw failure;
      }
      owed.addAll(batch.queues());
    } finally {
      lock.unlock();
    }
    LockSupport.parkNanos(PAUSE_MAX_NANOS);
  }

  /** What is committed is found by the next poll. */
  private void stopTelling(Throwable why) {
    lock.lock();
    try {
      telling = false;
      sending = false;
      failures = 0;
      owed.clear();
      open.clear();
    } finally {
      lock.unlock();
    }
    log.debug("Could not tell of new jobs, which are found by polling", why);
  }

  /**
   * What is due after the interval, or then; null if nothing is owed, and then this thread ends.
   */
  private @Nullable Batch next() throws InterruptedException {
    long gatherUntil = System.nanoTime() + INTERVAL_NANOS;
    lock.lock();
    try {
      while (true) {
        long now = System.nanoTime();
        long pause = gatherUntil - now;
        if (pause <= 0) {
          if (owed.isEmpty() && open.isEmpty()) {
            telling = false;
            return null;
          }
          pause = untilNext(now);
        }
        if (pause <= 0) {
          return due(now);
        }
        moreOwed.await(pause, TimeUnit.NANOSECONDS);
      }
    } finally {
      lock.unlock();
    }
  }

  private long untilNext(long nowNanos) {
    long pause = owed.isEmpty() ? Long.MAX_VALUE : 0;
    for (OpenTransaction transaction : open.values()) {
      pause = Math.min(pause, transaction.askNanos - nowNanos);
    }
    return pause;
  }

  private Batch due(long nowNanos) {
    sending = true;
    sentNanos = nowNanos;
    var queues = Set.copyOf(owed);
    owed.clear();
    var transactions = new HashMap<String, Set<String>>();
    open.forEach((number, transaction) -> {
      if (transaction.askNanos - nowNanos <= 0) {
        transactions.put(number, Set.copyOf(transaction.queues));
      }
    });
    return new Batch(queues, transactions);
  }

  /** Takes note of which transactions are open yet; all others that were asked for have ended. */
  private void asked(Batch batch, Set<String> stillOpen) {
    lock.lock();
    try {
      sending = false;
      failures = 0;
      long now = System.nanoTime();
      batch
          .transactions()
          .forEach((number, told) -> {
            OpenTransaction transaction = open.get(number);
            if (transaction == null) {
              return;
            }
            if (stillOpen.contains(number)) {
              transaction.isStillOpen(now);
              return;
            }
            // It may have inserted more between the look at it here and its end.
            transaction.queues.removeAll(told);
            owed.addAll(transaction.queues);
            open.remove(number);
          });
    } finally {
      lock.unlock();
    }
  }

  // The setting is of this statement's transaction only. Should the server die, so does whoever
  // listens to it. A transaction too old to be known has ended. What is told comes first in the
  // join, or it would not be told while nothing is open.
  private static final Sql TELL =
      Sql.of(
          "tell of new jobs",
          """
          WITH setting AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
          owed AS MATERIALIZED (
            SELECT owed.queue, owed.transaction,
              CASE WHEN owed.transaction IS NULL THEN 'committed'
                ELSE coalesce(pg_xact_status(owed.transaction::xid8), 'committed') END AS status
            FROM unnest(:queues::text[], :transactions::text[]) AS owed (queue, transaction)
          ),
          told AS (
            SELECT count(pg_notify(:channel, json_build_object('queue', queue)::text))
            FROM (SELECT DISTINCT queue FROM owed WHERE status = 'committed') AS due, setting
          )
          SELECT DISTINCT owed.transaction, told.count
          FROM told
          LEFT JOIN owed ON owed.status = 'in progress'
          """);

  /** Returns the transactions that are open yet. */
  private Set<String> tell(Batch batch) {
    var queues = new ArrayList<>(batch.queues());
    var transactions = new ArrayList<@Nullable String>();
    queues.forEach(queue -> transactions.add(null));
    batch
        .transactions()
        .forEach((number, inserted) -> {
          queues.addAll(inserted);
          inserted.forEach(queue -> transactions.add(number));
        });
    var stillOpen = new HashSet<String>();
    database.list(
        TELL,
        Map.of(
            "channel",
            database.schema().channel("river_insert"),
            "queues",
            SqlArray.texts(queues, queue -> queue),
            "transactions",
            SqlArray.texts(transactions, number -> number)),
        row -> stillOpen.add(row.getString(1)));
    return stillOpen;
  }
}
