package dev.cairn.log;

import dev.cairn.ContextKey;
import dev.cairn.Job;
import dev.cairn.WorkContext;
import dev.cairn.internal.foreign.ForeignCode;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.spi.Middleware;
import dev.cairn.spi.MiddlewareContext;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Keeps the log of each attempt with its job, as key {@code river:log} of the metadata: an array of
 * {@code {"attempt": 1, "log": "..."}}, as in River. Add it as a client's middleware. There are two
 * ways to add lines:
 *
 * <ul>
 *   <li>the worker: {@code JobLog.of(context).add("read 300 rows")};
 *   <li>an appender of the logging library that passes each event to {@link #append}, with the
 *       value of {@link #RUN} in the event's MDC. The module {@code cairn-logback} has one.
 * </ul>
 *
 * <p>While an attempt runs, the MDC of its thread holds the keys below. At most the last 2 MB of an
 * attempt are kept. Of a job, the logs of the first ten attempts and of the last ninety are kept,
 * and 8 MB in all; the oldest attempts are dropped first. The log is written with the outcome of
 * the attempt. If the process is killed, the attempt's log is lost. Thread-safe.
 */
public final class JobLog implements Middleware {
  /** MDC: the id of the job. */
  public static final String JOB_ID = "cairn.job_id";

  /** MDC: the kind of the job. */
  public static final String KIND = "cairn.kind";

  /** MDC: the queue of the job. */
  public static final String QUEUE = "cairn.queue";

  /** MDC: the number of the attempt. */
  public static final String ATTEMPT = "cairn.attempt";

  /** MDC: identifies the attempt within this process. */
  public static final String RUN = "cairn.run";

  private static final String METADATA_KEY = MetadataKeys.LOG;
  private static final ContextKey<AttemptLog> LOG = ContextKey.of("job log", AttemptLog.class);

  private final ConcurrentMap<String, AttemptLog> open = new ConcurrentHashMap<>();
  private final AtomicLong runs = new AtomicLong();
  private final List<Runnable> before = new CopyOnWriteArrayList<>();

  /** Each appender sees the events of all clients in the process, and must know its own. */
  private final String prefix = Long.toUnsignedString(new SecureRandom().nextLong(), 36) + "-";

  /** Creates a log for one or more clients. */
  public JobLog() {}

  /**
   * The log of an attempt.
   *
   * @throws IllegalStateException if the client has no such middleware
   */
  public static AttemptLog of(WorkContext context) {
    return context
        .find(LOG)
        .orElseThrow(() ->
            new IllegalStateException(
                "this client keeps no logs: add .middleware(new JobLog()) to its builder [CAIRN-112]"));
  }

  /**
   * Adds to the log of a running attempt. Ignores text that belongs to no attempt.
   *
   * @param run the MDC's value of {@link #RUN}
   * @param text one or more lines; a line end is added if there is none
   */
  public void append(@Nullable String run, String text) {
    AttemptLog log = run == null ? null : open.get(run);
    if (log != null) {
      log.add(text);
    }
  }

  /**
   * Runs code on the thread of each attempt before it begins. An appender makes sure there that
   * nobody has detached it meanwhile. What the code throws is logged. There may be several, such as
   * one for each appender.
   */
  public void beforeEachAttempt(Runnable code) {
    before.add(code);
  }

  /** Takes back what was given to {@link #beforeEachAttempt}: the same object. */
  public void removeBeforeEachAttempt(Runnable code) {
    before.remove(code);
  }

  @Override
  public void work(MiddlewareContext context, Next next) throws Exception {
    for (Runnable code : before) {
      ForeignCode.runInJob("An appender of job logs", "before an attempt", code::run);
    }
    Job<?> job = context.job();
    String run = prefix + Long.toString(runs.incrementAndGet(), 36);
    var log = new AttemptLog();
    context.put(LOG, log);
    open.put(run, log);
    var earlier = new HashMap<String, @Nullable String>();
    var values =
        Map.of(
            JOB_ID, Long.toString(job.id()),
            KIND, job.kind(),
            QUEUE, job.queue(),
            ATTEMPT, Integer.toString(job.attempt()),
            RUN, run);
    ForeignCode.runInJob("The MDC", "when a job began", () -> replace(values, earlier));
    try {
      next.proceed();
    } finally {
      open.remove(run);
      ForeignCode.runInJob("The MDC", "when a job ended", () -> earlier.forEach(JobLog::set));
      if (!log.isEmpty()) {
        // If the log cannot be written, it is lost. The outcome of the attempt does not change.
        ForeignCode.runInJob(
            "The log of job %d (%s)".formatted(job.id(), job.kind()),
            "when it was written",
            () ->
                context.setMetadata(
                    METADATA_KEY, new JobHistory(job.metadata()).with(job.attempt(), log.text())));
      }
    }
  }

  /** Sets keys of the MDC and remembers their earlier values. */
  private static void replace(Map<String, String> values, Map<String, @Nullable String> before) {
    values.forEach((key, value) -> {
      before.put(key, MDC.get(key));
      MDC.put(key, value);
    });
  }

  private static void set(String key, @Nullable String value) {
    if (value == null) {
      MDC.remove(key);
    } else {
      MDC.put(key, value);
    }
  }
}
