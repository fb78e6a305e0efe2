package dev.cairn.internal.work;

import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.concurrent.Patience;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.Connections;
import java.time.Duration;

/**
 * Finds out whether the database answers a stopping client. Each answered statement of the client
 * is a sign of life. Two are sent for it. A heartbeat has its own connection, but it waits for the
 * disk, and may hang alone. So a question that only reads is sent on a connection of the pool,
 * where it may have to wait. Used by one thread at a time.
 */
final class SignsOfLife {
  private static final Log log = Log.of(SignsOfLife.class);

  /** When to ask again after a failure: the pool may have given a broken connection. */
  private static final Duration AGAIN = Duration.ofMillis(100);

  private final Heartbeat heartbeat;
  private final Connections connections;
  private final Runnable question;
  private final Loop asking = new Loop("cairn-ask", this::turn);

  /**
   * @param question a statement that only reads; fails if the database does not answer
   */
  SignsOfLife(Heartbeat heartbeat, Connections connections, Runnable question) {
    this.heartbeat = heartbeat;
    this.connections = connections;
    this.question = question;
  }

  /** Waits for a sign of life; false if there is none in time. */
  boolean isAnswered(Duration most) {
    long asked = System.nanoTime();
    ask();
    boolean heard = heartbeat.isAnswered(most, () -> connections.hasAnsweredSince(asked));
    if (!heard) {
      // The next question takes another connection.
      asking.thread().ifPresent(connections::abortOf);
    }
    return heard;
  }

  /** If no thread can be started, the heartbeat alone has to tell. */
  private void ask() {
    try {
      asking.start();
      asking.ring();
    } catch (Throwable e) {
      log.warn("Could not ask the database for a sign of life [CAIRN-526]", e);
    }
  }

  /**
   * Asks no more. A question without an answer is broken off, and nobody waits for it for long: it
   * may be in the pool for as long as that has no connection.
   */
  void stop() {
    asking.stop();
    if (!Patience.await(StoppedLoop.ABORTED_MAX, asking::join)) {
      asking.thread().ifPresent(connections::abortOf);
    }
  }

  private Duration turn() {
    try {
      question.run();
      return Loop.UNTIL_RUNG;
    } catch (Throwable e) {
      log.debug("The database was asked for a sign of life, and did not answer", e);
      return AGAIN;
    }
  }
}
