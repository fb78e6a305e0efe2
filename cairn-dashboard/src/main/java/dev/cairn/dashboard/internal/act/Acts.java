package dev.cairn.dashboard.internal.act;

import dev.cairn.Cairn;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.dashboard.Grant;
import dev.cairn.dashboard.Verb;
import dev.cairn.dashboard.internal.answer.Code;
import dev.cairn.dashboard.internal.answer.Json;
import dev.cairn.dashboard.internal.answer.Refusal;
import dev.cairn.dashboard.internal.read.JobDetails;
import dev.cairn.dashboard.internal.read.JobDetails.Queue;
import dev.cairn.dashboard.internal.read.Reader;
import dev.cairn.jobs.JobOperation;
import dev.cairn.jobs.JobOperator;
import dev.cairn.jobs.JobProgress;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Does what users ask for, by the public API, and notes it. Thread-safe. */
public final class Acts {
  private final Cairn client;
  private final Reader reader;
  private final Writer writer;
  private final Audit audit;

  public Acts(Cairn client, DataSource dataSource, Reader reader, Audit audit) {
    this.client = client;
    this.reader = reader;
    this.writer = new Writer(dataSource);
    this.audit = audit;
  }

  /**
   * An act on one job.
   *
   * @param step of a rewind or a skip
   * @param value JSON: the cursor of a rewind, or the result of a skip
   * @param run whether the job is to run at once after a rewind
   * @param state in which the user has seen the job, and in which alone it is done; null for any
   */
  public record Act(
      Verb verb,
      @Nullable String reason,
      @Nullable String step,
      @Nullable String value,
      boolean run,
      @Nullable JobState state) {}

  /** Acts on one job. */
  public void on(long id, Act act, Grant grant) {
    require(grant, act.verb());
    String verb = act.verb().label();
    String target = "job %d%s".formatted(id, act.step() == null ? "" : ", step " + act.step());
    boolean found =
        audit.noteUnknown(
            grant.user(),
            verb,
            target,
            act.reason(),
            () -> writer.write(connection -> write(connection, id, act, grant)));
    if (!found) {
      throw noSuchJob(id);
    }
    audit.note(grant.user(), verb, target, act.reason());
  }

  private boolean write(Connection connection, long id, Act act, Grant grant) throws SQLException {
    if (act.state() != null) {
      Optional<JobState> now = JobDetails.locked(reader.in(connection), id);
      if (now.isPresent() && now.get() != act.state()) {
        throw new Refusal(
            Code.CONFLICT,
            "Nothing was done: job %d is %s by now, and was %s when you looked. Look again."
                .formatted(id, now.get().label(), act.state().label()));
      }
    }
    return act.verb() == Verb.DELETE
        ? client.jobs().delete(connection, id).isPresent()
        : operate(connection, id, act, grant);
  }

  private boolean operate(Connection connection, long id, Act act, Grant grant) {
    Optional<JobProgress> before = client.jobs().progress(connection, id);
    if (before.isEmpty() || apply(operator(connection, grant, act.reason()), id, act).isEmpty()) {
      return false;
    }
    List<JobOperation> after = client.jobs().progress(connection, id).orElseThrow().operations();
    if (after.equals(before.get().operations())) {
      throw new Refusal(
          Code.CONFLICT,
          "Nothing was done: job %d is %s by now, so there is nothing to %s."
              .formatted(id, before.get().state().label(), act.verb().label()));
    }
    return true;
  }

  private JobOperator operator(Connection connection, Grant grant, @Nullable String reason) {
    JobOperator operator = client.jobs().operator(connection, grant.user());
    return reason == null ? operator : operator.because(reason);
  }

  private static Optional<JobRow> apply(JobOperator operator, long id, Act act) {
    return switch (act.verb()) {
      case INTERRUPT -> operator.interrupt(id);
      case PAUSE -> operator.pause(id);
      case RESUME -> operator.resume(id);
      case CANCEL -> operator.cancel(id);
      case RETRY -> operator.retry(id);
      case RESTART -> operator.restart(id);
      case REDRIVE -> operator.redrive(id);
      case REWIND -> {
        String step = step(act);
        if (act.value() == null) {
          yield act.run() ? operator.runAgainFrom(id, step) : operator.rewindToStep(id, step);
        }
        Optional<JobRow> rewound = operator.rewindCursor(id, step, act.value());
        yield act.run() ? operator.retry(id) : rewound;
      }
      case SKIP -> {
        String step = step(act);
        yield act.value() == null
            ? operator.skipStep(id, step)
            : operator.skipStep(id, step, act.value());
      }
      case DELETE, INSERT, PAUSE_QUEUE, RESUME_QUEUE ->
          throw Refusal.invalid("The verb %s cannot be used here.".formatted(act.verb()));
    };
  }

  private static String step(Act act) {
    if (act.step() == null) {
      throw Refusal.invalid("The verb %s needs the name of a step.".formatted(act.verb()));
    }
    return act.step();
  }

  private static Refusal noSuchJob(long id) {
    return Refusal.notFound("There is no job %d. Perhaps it was deleted.".formatted(id));
  }

  static void require(Grant grant, Verb verb) {
    if (!grant.allows(verb)) {
      throw new Refusal(Code.FORBIDDEN, "You may not %s here.".formatted(verb.label()));
    }
  }

  /**
   * An act on a queue.
   *
   * @param seen the pause that the user has seen, and on which alone it is done
   */
  public record QueueAct(Verb verb, @Nullable String reason, SeenPause seen) {}

  /** Pauses or resumes a queue, and keeps who did it and why with the queue. */
  public void onQueue(String name, QueueAct act, Grant grant) {
    Verb verb = act.verb();
    require(grant, verb);
    // The queue forgets who had paused it, perhaps even if the commit is not confirmed.
    var target = new AtomicReference<>("queue " + name);
    boolean found =
        audit.noteUnknown(
            grant.user(),
            verb.label(),
            target::get,
            act.reason(),
            () -> writer.write(connection -> write(connection, name, act, grant, target)));
    if (!found) {
      throw Refusal.notFound(
          "There is no queue '%s'. A queue is known once a client works it.".formatted(name));
    }
    audit.note(grant.user(), verb.label(), target.get(), act.reason());
  }

  private boolean write(
      Connection connection, String name, QueueAct act, Grant grant, AtomicReference<String> target)
      throws SQLException {
    Optional<Queue> before = JobDetails.lockedQueue(reader.in(connection), name);
    if (before.isEmpty()) {
      return false;
    }
    requireSeen(name, before.get(), act);
    if (act.verb() == Verb.PAUSE_QUEUE) {
      client.queues().pause(connection, name, grant.user(), act.reason());
    } else {
      target.set("queue " + name + whose(before.get()));
      client.queues().resume(connection, name);
    }
    return true;
  }

  /** Somebody else may have paused it again, for a reason that the user does not know. */
  private static void requireSeen(String name, Queue now, QueueAct act) {
    if (!act.seen().isStill(now)) {
      throw new Refusal(
          Code.CONFLICT,
          "Nothing was done: since you looked, queue %s was %s. Look again."
              .formatted(name, now.pausedAt() == null ? "resumed" : "paused" + by(now)));
    }
  }

  private static String whose(Queue queue) {
    if (queue.pausedAt() == null) {
      return "";
    }
    return queue.pausedBy() == null
        ? ", which had been paused since " + Json.text(queue.pausedAt())
        : ", which was paused" + by(queue);
  }

  private static String by(Queue queue) {
    String by = queue.pausedBy() == null ? "" : " by " + queue.pausedBy();
    return queue.pauseReason() == null ? by : "%s (%s)".formatted(by, queue.pauseReason());
  }
}
