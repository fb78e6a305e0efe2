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
 * PostgreSQL commits transactions that notify one after the other: each holds a server-wide lock
 * until its commit is durable. So 16 connections that notify with each insertion are as fast as
 * one. A transaction that only notifies does not wait for the disk, and delays no other session.
 *
 * This class cannot observe the end of a caller's transaction. But it knows the transaction's
 * number and asks the server for its status: often at first, and less often the longer the
 * transaction stays open.
 */

/**
 * Notifies workers of new jobs. The first insertion after a pause notifies in its own transaction.
 * The notifications of later insertions are gathered and sent every 2 ms, after the insertions have
 * committed. If the process dies in between, the next poll finds the jobs. Thread-safe.
 */
final class InsertNotices {
  private static final Log log = Log.of(InsertNotices.class);
  private static final long INTERVAL_NANOS = Duration.ofMillis(2).toNanos();

  /** A transaction is checked again after this fraction of its age: 1/4. */
  private static final int AGE_PARTS = 4;

  private static final long PAUSE_MAX_NANOS = Duration.ofMillis(250).toNanos();

  /** With this many open transactions, further insertions notify in their own transaction. */
  private static final int OPEN_MAX = 1_000;

  /**
   * While the notifying statement takes longer than this, or its thread gets no processor for this
   * long, insertions notify in their own transaction.
   */
  private static final long STUCK_NANOS = Duration.ofMillis(50).toNanos();

  /** After this many failures in a row, the pending notifications are left to the next poll. */
  private static final int FAILURES_MAX = 5;

  private final Database database;
  private final ThreadFactory threads =
      Thread.ofVirtual().name("cairn-tell").inheritInheritableThreadLocals(false).factory();
  private final @Nullable ClassLoader loader = Thread.currentThread().getContextClassLoader();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moreOwed = lock.newCondition();
  private final Condition roundOver = lock.newCondition();

  /** The queues with committed jobs whose notifications were not sent yet. */
  private final Set<String> owed = new HashSet<>();

  /**
   * The insertions of transactions that were open when they were last checked, by transaction
   * number.
   */
  private final Map<String, OpenTransaction> open = new HashMap<>();

  /** When the notifying thread should be awake, unless it is sending. */
  private long awakeNanos;

  private long toldNanos = System.nanoTime() - INTERVAL_NANOS;
  private boolean telling;
  private boolean sending;

  /** How many notifying statements have succeeded. */
  private long rounds;

  private long sentNanos;
  private int failures;

  InsertNotices(Database database) {
    this.database = database;
  }

  /** The jobs of a transaction that may not have ended. Used under the lock. */
  private static final class OpenTransaction {
    private final Set<String> queues = new HashSet<>();
    private final long sinceNanos = System.nanoTime();
    private long askNanos = sinceNanos + INTERVAL_NANOS;

    void isStillOpen(long nowNanos) {
      long pause = Math.min((nowNanos - sinceNanos) / AGE_PARTS, PAUSE_MAX_NANOS);
      askNanos = nowNanos + Math.max(pause, INTERVAL_NANOS);
    }
  }

  /** The queues to notify now, and the transactions to check. */
  private record Batch(Set<String> queues, Map<String, Set<String>> transactions) {}

  /** Whether an insertion that is about to begin has to notify in its own transaction. */
  boolean insertionTells() {
    lock.lock();
    try {
      long now = System.nanoTime();
      boolean isHeldUp =
          failures > 0
              || (sending && now - sentNanos > STUCK_NANOS)
              || (telling && !sending && now - awakeNanos > STUCK_NANOS);
      if (!isHeldUp && open.size() < OPEN_MAX && (telling || now - toldNanos < INTERVAL_NANOS)) {
        return false;
      }
      toldNanos = now;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Records that these queues have new committed jobs and need a notification. Never throws. */
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
   * Records that these queues have new jobs and need a notification once a transaction has
   * committed. Never throws.
   *
   * @param transaction the number of the transaction, as {@code pg_current_xact_id()} returns it
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

  /**
   * Waits until all notifications that were due before this call are sent, because the process may
   * be about to end. Jobs of transactions that are still open are left to the next poll.
   */
  void awaitTold(Duration most) {
    long end = System.nanoTime() + most.toNanos();
    boolean interrupted = false;
    lock.lock();
    try {
      long now = System.nanoTime();
      open.values().forEach(transaction -> transaction.askNanos = now);
      // The statement that is being sent was prepared before this call, so the next one counts.
      long last = rounds + (sending ? 2 : 1);
      moreOwed.signal();
      while (telling && rounds - last < 0 && System.nanoTime() - end < 0) {
        try {
          long ignored = roundOver.awaitNanos(end - System.nanoTime());
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      lock.unlock();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void startTelling() {
    long now = System.nanoTime();
    if (telling) {
      if (now - awakeNanos < 0) {
        awakeNanos = now;
      }
      moreOwed.signal();
    } else if (!owed.isEmpty() || !open.isEmpty()) {
      telling = true;
      awakeNanos = now;
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

  /** Handles a failure: the notifications stay pending, and the transactions are checked again. */
  private void failed(Batch batch, RuntimeException failure) {
    lock.lock();
    try {
      sending = false;
      awakeNanos = System.nanoTime() + PAUSE_MAX_NANOS;
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

  /** Drops the pending notifications: the next poll finds the committed jobs. */
  private void stopTelling(Throwable why) {
    lock.lock();
    try {
      telling = false;
      sending = false;
      roundOver.signalAll();
      failures = 0;
      owed.clear();
      open.clear();
    } finally {
      lock.unlock();
    }
    log.debug("Could not notify queues of new jobs; polling will find the jobs", why);
  }

  /**
   * Waits for the notifications that are due after the interval. Returns null if there are none;
   * this thread then ends.
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
            roundOver.signalAll();
            return null;
          }
          pause = untilNext(now);
        }
        if (pause <= 0) {
          return due(now);
        }
        awakeNanos = now + pause;
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

  /** Records which transactions are still open. All others that were checked have ended. */
  private void asked(Batch batch, Set<String> stillOpen) {
    lock.lock();
    try {
      sending = false;
      rounds++;
      roundOver.signalAll();
      failures = 0;
      long now = System.nanoTime();
      awakeNanos = now;
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
            // The transaction may have inserted more between this check and its end.
            transaction.queues.removeAll(told);
            owed.addAll(transaction.queues);
            open.remove(number);
          });
    } finally {
      lock.unlock();
    }
  }

  // synchronous_commit is off only for this statement's transaction. If the server crashes, its
  // notifications are lost, but so are the connections that listen for them. A transaction that is
  // too old for pg_xact_status has ended. The CTE told comes first in the join: otherwise, it would
  // not run while no transaction is open.
  private static final Sql TELL =
      Sql.of(
          "notify queues of new jobs",
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

  /** Returns the transactions that are still open. */
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
