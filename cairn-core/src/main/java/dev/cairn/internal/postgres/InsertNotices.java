package dev.cairn.internal.postgres;

import dev.cairn.internal.foreign.Log;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/*
 * PostgreSQL commits transactions that notify one after the other: each holds a lock of the whole
 * server until its commit is durable. So 16 connections that notify with each insertion are as fast
 * as one. A transaction that does nothing but notify waits for no disk, and holds up nobody.
 */

/**
 * Tells workers of new jobs: the first insertion after a pause tells by itself, those that follow
 * are told of together, every 2 ms, when they have been committed. If the process dies in between,
 * the jobs are found at the next poll. Thread-safe.
 */
final class InsertNotices {
  private static final Log log = Log.of(InsertNotices.class);
  private static final long INTERVAL_NANOS = Duration.ofMillis(2).toNanos();

  private final Database database;
  private final ThreadFactory threads =
      Thread.ofVirtual().name("cairn-tell").inheritInheritableThreadLocals(false).factory();
  private final @Nullable ClassLoader loader = Thread.currentThread().getContextClassLoader();
  private final Set<String> owed = new HashSet<>();
  private long toldNanos = System.nanoTime() - INTERVAL_NANOS;
  private boolean telling;

  InsertNotices(Database database) {
    this.database = database;
  }

  /** Whether an insertion that is about to begin shall tell by itself; otherwise it is owed. */
  synchronized boolean insertionTells() {
    long now = System.nanoTime();
    if (telling || now - toldNanos < INTERVAL_NANOS) {
      return false;
    }
    toldNanos = now;
    return true;
  }

  /** These queues have new jobs, committed, and nobody was told. Never throws. */
  synchronized void owe(Set<String> queues) {
    owed.addAll(queues);
    if (!owed.isEmpty() && !telling) {
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
      for (Set<String> queues = next(); !queues.isEmpty(); queues = next()) {
        tell(queues);
      }
    } catch (Throwable e) {
      stopTelling(e);
    }
  }

  private synchronized void stopTelling(Throwable why) {
    telling = false;
    log.debug("Could not tell of new jobs, which are found by polling", why);
  }

  /** What is owed by the end of the interval; empty if nothing is, and then this thread ends. */
  private Set<String> next() {
    LockSupport.parkNanos(INTERVAL_NANOS);
    synchronized (this) {
      var queues = Set.copyOf(owed);
      owed.clear();
      telling = !queues.isEmpty();
      return queues;
    }
  }

  // The setting is of this statement's transaction only. Should the server die, so does whoever
  // listens to it.
  private static final Sql TELL =
      Sql.of(
          "tell of new jobs",
          """
          WITH setting AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
          SELECT count(pg_notify(:channel, json_build_object('queue', queue)::text))
          FROM unnest(:queues::text[]) AS queue, setting
          """);

  private void tell(Set<String> queues) {
    database.list(
        TELL,
        Map.of(
            "channel",
            database.schema().channel("river_insert"),
            "queues",
            SqlArray.texts(List.copyOf(queues), queue -> queue)),
        row -> true);
  }
}
