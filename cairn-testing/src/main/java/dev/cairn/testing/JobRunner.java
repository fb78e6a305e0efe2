package dev.cairn.testing;

import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import dev.cairn.GenericType;
import dev.cairn.InsertDefaults;
import dev.cairn.InsertOptions;
import dev.cairn.InsertResult;
import dev.cairn.JobRow;
import dev.cairn.UniqueOptions;
import dev.cairn.Workers;
import dev.cairn.spi.JacksonCodec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Works jobs in a test, one at a time, through a real client on the database: exactly one job, or
 * all that is due. Each call starts a client, and stops it before it returns. Immutable.
 *
 * <pre>{@code
 * TestClock clock = TestClock.startingNow();
 * JobRunner runner = cairn.runner(workers).withClock(clock);
 * runner.work(new SendEmail("ada@example.org", "Hello")).requireCompleted();
 * runner.drain();
 * clock.advance(Duration.ofHours(1));
 * runner.drain();
 * }</pre>
 *
 * The client inserts jobs of any kind. It works no queue but one of its own, {@code cairn_testing},
 * which is empty.
 */
public final class JobRunner {
  /** No job is in it: a client needs a queue to be started. */
  private static final String QUEUE = "cairn_testing";

  private static final Duration STOP_GRACE = Duration.ofSeconds(5);

  private final JobsOfTest database;
  private final Workers workers;
  private final Settings settings;

  /** The jobs of a schema, and what is known about them. */
  record JobsOfTest(DataSource dataSource, String schema, JobMark mark, DueTimes dueTimes) {}

  /** What a test may change. */
  private record Settings(
      @Nullable TestClock clock,
      int most,
      UnaryOperator<CairnBuilder> description,
      Resumption resumption) {
    static final Settings DEFAULTS =
        new Settings(null, 10_000, UnaryOperator.identity(), Resumption.NOWHERE);
  }

  private JobRunner(JobsOfTest database, Workers workers, Settings settings) {
    this.database = database;
    this.workers = workers;
    this.settings = settings;
  }

  /**
   * Works jobs of a schema; {@link CairnExtension#runner} is shorter. Keep the runner for the whole
   * test. It knows when the jobs that it has worked are due again by its {@link TestClock}, and so
   * do the runners that are derived from it; another one knows nothing of these jobs.
   *
   * @param schema the schema that holds the tables
   */
  public static JobRunner of(DataSource dataSource, String schema, Workers workers) {
    return of(new JobsOfTest(dataSource, schema, JobMark.of(0), new DueTimes()), workers);
  }

  static JobRunner of(JobsOfTest database, Workers workers) {
    if (workers.kinds().isEmpty()) {
      throw new IllegalArgumentException("there are no workers to work jobs with");
    }
    return new JobRunner(database, workers, Settings.DEFAULTS);
  }

  /**
   * Uses this clock, including for the client. A job that is scheduled, retried or snoozed for
   * later becomes due when the test has advanced the clock to its time, and so do sleeps and waits
   * with a timeout. The delays of jobs that are inserted by other clients count by this clock if
   * these have its {@link TestClock#delays}. Unless set, each call works the jobs that are due when
   * it begins.
   */
  public JobRunner withClock(TestClock clock) {
    return with(
        new Settings(clock, settings.most(), settings.description(), settings.resumption()));
  }

  /** Drains only jobs inserted later than this one. */
  public JobRunner after(long jobId) {
    return after(JobMark.of(jobId));
  }

  /** Drains only jobs inserted later than this moment, even if the ids were restarted since. */
  public JobRunner after(JobMark moment) {
    return new JobRunner(
        new JobsOfTest(database.dataSource(), database.schema(), moment, database.dueTimes()),
        workers,
        settings);
  }

  /** How many jobs a drain may work before it fails; 10,000 unless set. */
  public JobRunner withAtMost(int jobs) {
    return with(
        new Settings(settings.clock(), jobs, settings.description(), settings.resumption()));
  }

  /**
   * Adds settings, such as middleware and a retry policy, to the client. Queues that it adds are
   * left out, so that jobs are worked only by calls of this runner. The client never leads: it
   * inserts no periodic jobs, and deletes and reschedules nothing that the test has made.
   */
  public JobRunner withClient(UnaryOperator<CairnBuilder> description) {
    return with(
        new Settings(
            settings.clock(),
            settings.most(),
            builder -> description.apply(settings.description().apply(builder)),
            settings.resumption()));
  }

  /**
   * Makes the jobs that {@link #work(Object)} inserts continue as if this top-level step, and all
   * steps before it, had finished.
   */
  public JobRunner resumeAfter(String step) {
    return with(settings.resumption().after(step));
  }

  /**
   * Makes the jobs that {@link #work(Object)} inserts continue in this top-level step, at this
   * position.
   *
   * @param position what Jackson can encode
   */
  public JobRunner resumeAt(String step, Object position) {
    return with(settings.resumption().at(step, JacksonCodec.create().encodeExactly(position)));
  }

  /** Like {@link #resumeAt(String, Object)}, at a generic position. */
  public <C> JobRunner resumeAt(String step, GenericType<C> type, C position) {
    return with(
        settings.resumption().at(step, JacksonCodec.create().encodeExactly(position, type.type())));
  }

  private JobRunner with(Resumption resumption) {
    return with(
        new Settings(settings.clock(), settings.most(), settings.description(), resumption));
  }

  private JobRunner with(Settings others) {
    return new JobRunner(database, workers, others);
  }

  /**
   * Inserts a job and works its first attempt.
   *
   * @throws AssertionError if the job is a duplicate of an earlier one, by its {@link
   *     UniqueOptions}; see {@link WithoutUnique}
   */
  public WorkedJob work(Object args) {
    return work(args, InsertOptions.defaults());
  }

  /**
   * Inserts a job with these options and works its first attempt, even if it is scheduled for
   * later.
   *
   * @throws AssertionError if the job is a duplicate of an earlier one, by its {@link
   *     UniqueOptions}; see {@link WithoutUnique}
   */
  public WorkedJob work(Object args, InsertOptions options) {
    InsertOptions resuming =
        settings.resumption().isSomewhere() ? resuming(args, options) : options;
    return with(drain -> drain.work(inserted(drain.client().outside().insert(args, resuming))));
  }

  /** Another job than the wanted one could pass the test. */
  private static JobRow inserted(InsertResult result) {
    JobRow job = result.job();
    if (result.isDuplicate()) {
      throw new AssertionError(
          "the job to be worked was not inserted, because it is a duplicate of job %d, which was inserted before: work that one by its id, end or delete it first, or have the client insert duplicates too, with the middleware WithoutUnique. The earlier job: %s"
              .formatted(job.id(), job));
    }
    return job;
  }

  /** Merges the metadata, because metadata of the options would replace that of the arguments. */
  private InsertOptions resuming(Object args, InsertOptions options) {
    InsertOptions all =
        args instanceof InsertDefaults defaults
            ? options.orElse(Objects.requireNonNull(defaults.insertDefaults(), "insertDefaults()"))
            : options;
    return all.withMetadata(settings.resumption().into(all.metadata()));
  }

  /**
   * Works one attempt of an existing job, even if it is scheduled for later.
   *
   * @throws AssertionError if there is no such job, it has no worker here, or it is not waiting
   */
  public WorkedJob work(long jobId) {
    return with(drain -> {
      JobRow job =
          drain
              .client()
              .outside()
              .jobs()
              .find(jobId)
              .orElseThrow(() ->
                  new AssertionError(
                      "job %d should be worked, but there is no such job".formatted(jobId)));
      if (!workers.kinds().contains(job.kind())) {
        throw new AssertionError(
            "job %d should be worked, but its kind '%s' has no worker among those for %s"
                .formatted(jobId, job.kind(), workers.kinds().stream().sorted().toList()));
      }
      return drain.work(job);
    });
  }

  /**
   * Works every due job that has a worker here, and what these jobs insert: the most urgent first,
   * then by their schedule and their ids. Leaves jobs of paused queues. Returns when no job is due,
   * and never waits for jobs that are scheduled for later.
   *
   * @return each attempt, in the order in which they were worked
   * @throws AssertionError if there are more than {@link #withAtMost}
   */
  public List<WorkedJob> drain() {
    return draining(JobDrain::drain);
  }

  /**
   * Works jobs as if time advanced to this moment: whenever no job is due, advances the clock to
   * the time of the next one.
   *
   * @return each attempt, in the order in which they were worked
   * @throws AssertionError if there are more than {@link #withAtMost}
   */
  public List<WorkedJob> drainUntil(Instant end) {
    return draining((drain, worked) -> drain.drain(worked, end));
  }

  private interface Draining {
    void drain(JobDrain drain, List<WorkedJob> worked);
  }

  private List<WorkedJob> draining(Draining draining) {
    var worked = new ArrayList<WorkedJob>();
    return with(drain -> {
      draining.drain(drain, worked);
      return List.copyOf(worked);
    });
  }

  private <T> T with(Function<JobDrain, T> task) {
    var watch = new AttemptWatch();
    TestClock clock = settings.clock() == null ? TestClock.startingNow() : settings.clock();
    Cairn client = client(watch, clock);
    try {
      client.start();
      return task.apply(
          new JobDrain(
              client,
              watch,
              workers.kinds(),
              clock,
              database.dueTimes(),
              database.mark(),
              settings.most()));
    } finally {
      client.stop(STOP_GRACE);
    }
  }

  private Cairn client(AttemptWatch watch, TestClock clock) {
    CairnBuilder builder =
        Cairn.builder(database.dataSource())
            .schema(database.schema())
            .workers(workers)
            .pollOnly()
            .insertUnknownKinds()
            .clock(clock)
            .middleware(watch);
    CairnBuilder described = settings.description().apply(builder);
    // The innermost, so that it sees delays that other middleware sets.
    return (settings.clock() == null ? described : described.middleware(clock.delays()))
        .withoutQueues()
        .queue(QUEUE, 1)
        .neverLeads()
        .build();
  }
}
