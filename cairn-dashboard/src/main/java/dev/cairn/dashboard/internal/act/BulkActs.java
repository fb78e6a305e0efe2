package dev.cairn.dashboard.internal.act;

import dev.cairn.Cairn;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.dashboard.Grant;
import dev.cairn.dashboard.Verb;
import dev.cairn.dashboard.internal.answer.Failures;
import dev.cairn.dashboard.internal.answer.UnknownOutcome;
import dev.cairn.dashboard.internal.read.JobCounts;
import dev.cairn.dashboard.internal.read.JobCounts.Ids;
import dev.cairn.dashboard.internal.read.JobFilter;
import dev.cairn.dashboard.internal.read.Reader;
import dev.cairn.dashboard.internal.words.Words;
import dev.cairn.jobs.JobOperator;
import dev.cairn.jobs.JobQuery;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Acts on many jobs at once, by the public API, and notes it. Thread-safe. */
public final class BulkActs {
  private static final Logger log = LoggerFactory.getLogger(BulkActs.class);

  /** How many jobs one request may change. */
  public static final int MOST = 10_000;

  private static final int SCAN_MAX = 100_000;
  private static final int CHUNK = 1_000;

  /**
   * An interruption reads what a job contains, and keeps the running job locked until the commit.
   */
  private static final int CHUNK_TO_INTERRUPT = 50;

  private static final int A_MINUTE = 20;
  private static final int IDS_NAMED = 20;

  private final Cairn client;
  private final Reader reader;
  private final Writer writer;
  private final Audit audit;
  private final Pace pace;

  public BulkActs(Cairn client, DataSource dataSource, Reader reader, Audit audit) {
    this.client = client;
    this.reader = reader;
    this.writer = new Writer(dataSource);
    this.audit = audit;
    this.pace = new Pace(System::nanoTime, A_MINUTE);
  }

  /** The jobs that a bulk act would change, the newest first. */
  public Ids preview(Verb verb, JobFilter filter, Grant grant) {
    Acts.require(grant, verb);
    JobFilter fit = BulkStates.fitting(verb, filter);
    return reader.read(snapshot -> JobCounts.ids(snapshot, fit, MOST, SCAN_MAX));
  }

  /**
   * What a bulk act has done.
   *
   * @param more whether there are further jobs
   * @param stopped why it has ended before its last job; null if it has not
   */
  public record Done(int changed, boolean more, @Nullable String stopped) {}

  /** Who acts, how and why. */
  private record Act(Verb verb, @Nullable String reason, Grant grant) {}

  /**
   * Acts on the jobs of a filter, at most so many, a thousand in a transaction, or 50 if they are
   * interrupted. If a later transaction fails, what the earlier ones have changed stays changed,
   * and is noted.
   */
  public Done onMany(Verb verb, JobFilter filter, int most, @Nullable String reason, Grant grant) {
    Acts.require(grant, verb);
    JobFilter fit = BulkStates.fitting(verb, filter);
    pace.pass();
    var act = new Act(verb, reason, grant);
    Ids ids = reader.read(snapshot -> JobCounts.ids(snapshot, fit, most, SCAN_MAX));
    var changed = new ArrayList<Long>();
    RuntimeException failure = null;
    int chunk = chunk(verb);
    for (int from = 0; from < ids.ids().size() && failure == null; from += chunk) {
      List<Long> some = ids.ids().subList(from, Math.min(from + chunk, ids.ids().size()));
      try {
        changed.addAll(onSome(act, query(fit, some)));
      } catch (RuntimeException e) {
        failure = e;
        if (e instanceof UnknownOutcome) {
          audit.jobs(grant.user(), verb.label() + ", outcome unknown,", some);
        }
      }
    }
    if (failure != null && changed.isEmpty() && !(failure instanceof UnknownOutcome)) {
      throw failure;
    }
    audit.note(grant.user(), verb.label(), target(changed, filter, fit, failure, chunk), reason);
    return done(changed, ids, failure);
  }

  private static int chunk(Verb verb) {
    return verb == Verb.INTERRUPT ? CHUNK_TO_INTERRUPT : CHUNK;
  }

  private static Done done(List<Long> changed, Ids ids, @Nullable RuntimeException failure) {
    if (failure == null) {
      return new Done(changed.size(), !ids.complete(), null);
    }
    if (changed.isEmpty()) {
      throw failure;
    }
    log.info("An act on many jobs has stopped after {} of them", changed.size(), failure);
    return new Done(changed.size(), true, Failures.of(failure).getMessage());
  }

  /** How many jobs were changed, which were meant, and the first of them. */
  private static String target(
      List<Long> changed,
      JobFilter filter,
      JobFilter fit,
      @Nullable RuntimeException failure,
      int chunk) {
    String end =
        failure == null
            ? ""
            : failure instanceof UnknownOutcome
                ? ", and then up to %d more, outcome unknown".formatted(chunk)
                : ", and then it failed";
    String first =
        changed.stream().limit(IDS_NAMED).map(String::valueOf).collect(Collectors.joining(", "));
    return "%s by a search (%s)%s%s%s"
        .formatted(
            Words.count(changed.size(), "job"),
            FilterWords.of(fit.withIds(filter.ids())),
            end,
            changed.isEmpty() ? "" : ": " + first,
            changed.size() > IDS_NAMED ? " and others" : "");
  }

  private List<Long> onSome(Act act, JobQuery query) {
    List<Long> ids = writer.write(connection -> changed(connection, act, query));
    if (!ids.isEmpty()) {
      audit.jobs(act.grant().user(), act.verb().label(), ids);
    }
    return ids;
  }

  private List<Long> changed(Connection connection, Act act, JobQuery query) {
    JobOperator operator = client.jobs().operator(connection, act.grant().user());
    JobOperator because = act.reason() == null ? operator : operator.because(act.reason());
    return switch (act.verb()) {
      case INTERRUPT -> interrupted(connection, because, query);
      case CANCEL -> ids(because.cancelMany(query));
      case RETRY -> ids(because.retryMany(query));
      default -> ids(client.jobs().deleteMany(connection, query));
    };
  }

  private static List<Long> ids(List<JobRow> jobs) {
    return jobs.stream().map(JobRow::id).toList();
  }

  /**
   * One after the other: a job that has ended meanwhile is left alone. Each comes back with all
   * that it contains, so only its id is kept.
   */
  private List<Long> interrupted(Connection connection, JobOperator operator, JobQuery query) {
    return client.jobs().list(connection, query).jobs().stream()
        .map(job -> operator.interrupt(job.id()))
        .flatMap(Optional::stream)
        .filter(job -> job.state() == JobState.RUNNING)
        .map(JobRow::id)
        .toList();
  }

  /**
   * The jobs with these ids, if they still match the filter. What they contain is not read: a
   * thousand jobs may have gigabytes of logs.
   */
  private static JobQuery query(JobFilter filter, List<Long> ids) {
    JobQuery query =
        JobQuery.all()
            .withIds(new HashSet<>(ids))
            .withStates(filter.states().toArray(JobState[]::new))
            .withCreated(filter.createdFrom(), filter.createdTo())
            .withFinalized(filter.finalizedFrom(), filter.finalizedTo())
            .withoutContents()
            .withLimit(ids.size());
    if (!filter.kinds().isEmpty()) {
      query = query.withKinds(filter.kinds().toArray(String[]::new));
    }
    if (!filter.queues().isEmpty()) {
      query = query.withQueues(filter.queues().toArray(String[]::new));
    }
    return query;
  }
}
