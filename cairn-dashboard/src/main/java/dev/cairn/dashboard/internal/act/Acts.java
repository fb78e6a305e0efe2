package dev.cairn.dashboard.internal.act;

import dev.cairn.Cairn;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.dashboard.Grant;
import dev.cairn.dashboard.Verb;
import dev.cairn.dashboard.internal.answer.Code;
import dev.cairn.dashboard.internal.answer.Failures;
import dev.cairn.dashboard.internal.answer.Refusal;
import dev.cairn.dashboard.internal.read.JobCounts;
import dev.cairn.dashboard.internal.read.JobCounts.Ids;
import dev.cairn.dashboard.internal.read.JobFilter;
import dev.cairn.dashboard.internal.read.Reader;
import dev.cairn.jobs.JobOperation;
import dev.cairn.jobs.JobOperator;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.QueueRow;
import java.sql.Connection;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does what users ask for, by the public API, and notes it. Thread-safe. */
public final class Acts {
  private static final Logger log = LoggerFactory.getLogger(Acts.class);

  /** How many jobs one request may change. */
  public static final int MOST = 10_000;

  private static final int SCAN_MAX = 100_000;
  private static final int CHUNK = 1_000;
  private static final int BULK_A_MINUTE = 20;

  private static final Set<JobState> NOT_ENDED =
      EnumSet.of(
          JobState.AVAILABLE,
          JobState.PENDING,
          JobState.RETRYABLE,
          JobState.RUNNING,
          JobState.SCHEDULED);

  private final Cairn client;
  private final Reader reader;
  private final Writer writer;
  private final Audit audit;
  private final Pace bulkPace;

  public Acts(
      Cairn client, DataSource dataSource, Reader reader, Audit audit, InstantSource clock) {
    this.client = client;
    this.reader = reader;
    this.writer = new Writer(dataSource);
    this.audit = audit;
    this.bulkPace = new Pace(clock, BULK_A_MINUTE);
  }

  /**
   * An act on one job.
   *
   * @param step of a rewind or a skip
   * @param value JSON: the cursor of a rewind, or the result of a skip
   */
  public record Act(
      Verb verb, @Nullable String reason, @Nullable String step, @Nullable String value) {}

  /** Acts on one job. */
  public void on(long id, Act act, Grant grant) {
    require(grant, act.verb());
    boolean found =
        writer.write(connection -> {
          if (act.verb() == Verb.DELETE) {
            return client.jobs().delete(connection, id).isPresent();
          }
          return operate(connection, id, act, grant);
        });
    if (!found) {
      throw noSuchJob(id);
    }
    audit.note(
        grant.user(),
        act.verb().label(),
        "job %d%s".formatted(id, act.step() == null ? "" : ", step " + act.step()),
        act.reason());
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
        yield act.value() == null
            ? operator.rewindToStep(id, step)
            : operator.rewindCursor(id, step, act.value());
      }
      case SKIP -> {
        String step = step(act);
        yield act.value() == null
            ? operator.skipStep(id, step)
            : operator.skipStep(id, step, act.value());
      }
      case DELETE, INSERT, PAUSE_QUEUE, RESUME_QUEUE ->
          throw Refusal.invalid("The verb %s is not for this.".formatted(act.verb()));
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

  /** Pauses or resumes a queue, and keeps who did it and why with the queue. */
  public void onQueue(String name, Verb verb, @Nullable String reason, Grant grant) {
    require(grant, verb);
    boolean known =
        writer.write(connection -> {
          boolean done =
              verb == Verb.PAUSE_QUEUE
                  ? client.queues().pause(connection, name)
                  : client.queues().resume(connection, name);
          // The row is locked now, so that nobody else changes the metadata in between.
          Optional<QueueRow> queue =
              done ? client.queues().find(connection, name) : Optional.empty();
          queue.ifPresent(row ->
              client.queues().update(connection, name, PauseNote.in(row, grant.user(), reason)));
          return queue.isPresent();
        });
    if (!known) {
      throw Refusal.notFound(
          "There is no queue '%s'. A queue is known once a client works it.".formatted(name));
    }
    audit.note(grant.user(), verb.label(), "queue " + name, reason);
  }

  /** What a bulk act is about: the jobs of a filter that the verb fits. */
  private static JobFilter fitting(Verb verb, JobFilter filter) {
    Set<JobState> fit =
        switch (verb) {
          case CANCEL -> EnumSet.copyOf(NOT_ENDED);
          case DELETE -> EnumSet.complementOf(EnumSet.of(JobState.RUNNING));
          // A completed job would start from zero, so it is retried only if it is asked for.
          case RETRY ->
              filter.states().contains(JobState.COMPLETED)
                  ? EnumSet.complementOf(EnumSet.of(JobState.RUNNING))
                  : EnumSet.complementOf(EnumSet.of(JobState.RUNNING, JobState.COMPLETED));
          default ->
              throw Refusal.invalid(
                  "Many jobs can be retried, cancelled and deleted, not: " + verb.label());
        };
    if (!filter.states().isEmpty()) {
      fit.retainAll(filter.states());
    }
    if (fit.isEmpty()) {
      throw Refusal.invalid(
          "The verb %s fits no job in the states of the search.".formatted(verb.label()));
    }
    return filter.withStates(fit);
  }

  /** The jobs that a bulk act would change, the newest first. */
  public Ids preview(Verb verb, JobFilter filter, Grant grant) {
    require(grant, verb);
    JobFilter fit = fitting(verb, filter);
    return reader.read(snapshot -> JobCounts.ids(snapshot, fit, MOST, SCAN_MAX));
  }

  /**
   * What a bulk act has done.
   *
   * @param more whether there are further jobs
   * @param stopped why it has ended before its last job; null if it has not
   */
  public record Done(int changed, boolean more, @Nullable String stopped) {}

  /**
   * Acts on the jobs of a filter, at most so many, a thousand in a transaction. If a later
   * transaction fails, what the earlier ones have changed stays changed, and is noted.
   */
  public Done onMany(Verb verb, JobFilter filter, int most, @Nullable String reason, Grant grant) {
    require(grant, verb);
    JobFilter fit = fitting(verb, filter);
    bulkPace.pass();
    Ids ids = reader.read(snapshot -> JobCounts.ids(snapshot, fit, most, SCAN_MAX));
    int changed = 0;
    RuntimeException failure = null;
    for (int from = 0; from < ids.ids().size() && failure == null; from += CHUNK) {
      List<Long> some = ids.ids().subList(from, Math.min(from + CHUNK, ids.ids().size()));
      JobQuery query = query(fit, some);
      try {
        changed += onSome(verb, query, reason, grant);
      } catch (RuntimeException e) {
        if (changed == 0) {
          throw e;
        }
        failure = e;
      }
    }
    audit.note(
        grant.user(),
        verb.label(),
        "%d jobs by a search%s".formatted(changed, failure == null ? "" : ", and then it failed"),
        reason);
    if (failure == null) {
      return new Done(changed, !ids.complete(), null);
    }
    log.info("An act on many jobs has stopped after {} of them", changed, failure);
    return new Done(changed, true, Failures.of(failure).getMessage());
  }

  private int onSome(Verb verb, JobQuery query, @Nullable String reason, Grant grant) {
    return writer.write(connection ->
        switch (verb) {
          case CANCEL -> operator(connection, grant, reason).cancelMany(query).size();
          case RETRY -> operator(connection, grant, reason).retryMany(query).size();
          default -> client.jobs().deleteMany(connection, query).size();
        });
  }

  /** The jobs with these ids, if they still match the filter. */
  private static JobQuery query(JobFilter filter, List<Long> ids) {
    JobQuery query =
        JobQuery.all()
            .withIds(new HashSet<>(ids))
            .withStates(filter.states().toArray(JobState[]::new))
            .withCreated(filter.createdFrom(), filter.createdTo())
            .withFinalized(filter.finalizedFrom(), filter.finalizedTo())
            .withLimit(ids.size());
    if (!filter.kinds().isEmpty()) {
      query = query.withKinds(filter.kinds().toArray(String[]::new));
    }
    if (!filter.queues().isEmpty()) {
      query = query.withQueues(filter.queues().toArray(String[]::new));
    }
    return Objects.requireNonNull(query);
  }
}
