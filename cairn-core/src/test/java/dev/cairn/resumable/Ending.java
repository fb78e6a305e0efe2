package dev.cairn.resumable;

import dev.cairn.JobSnoozeException;
import dev.cairn.TestDatabase;
import dev.cairn.WorkContext;
import dev.cairn.internal.postgres.PostgresStores;
import java.time.Duration;
import org.awaitility.Awaitility;

/** The ways in which an attempt ends before its code does. */
enum Ending {
  EXCEPTION,
  ERROR,
  SNOOZE,
  YIELD,
  INTERRUPTION,
  PAUSE,
  CANCEL,
  /** Only what is durable is left, and the job is rescued from its client. */
  KILL;

  /** Ends the attempt. */
  void end(TestDatabase database, WorkContext context) {
    long id = context.job().id();
    switch (this) {
      case EXCEPTION -> throw new IllegalStateException("failed");
      case ERROR -> throw new StackOverflowError("failed");
      case SNOOZE -> throw new JobSnoozeException(Duration.ofHours(1));
      case YIELD -> throw context.yieldNow("of its own accord");
      case INTERRUPTION -> context.client().jobs().operator("test").interrupt(id);
      case PAUSE -> context.client().jobs().operator("test").pause(id);
      case CANCEL -> context.client().jobs().cancel(id);
      case KILL -> {
        PostgresStores.of(database.dataSource(), database.schema())
            .clients()
            .rescueFormerLife(context.client().id(), 10);
        throw new IllegalStateException("dead, as far as the database goes");
      }
    }
    Awaitility.await().until(() -> context.interruption().isPresent());
    context.yieldIfInterrupted();
  }
}
