package dev.cairn.testing;

import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.Workers;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives each test class a schema of its own with Cairn's tables, and stops every client that a test
 * started through it when that test has ended.
 *
 * <pre>{@code
 * @RegisterExtension static final CairnExtension cairn = new CairnExtension();
 *
 * @Test
 * void sendsTheMail() {
 *   cairn.start(Workers.builder().register(SendEmail.class, new SendEmailWorker(outbox)).build());
 *   JobRow job = cairn.client().insert(new SendEmail("ada@example.org", "Hello")).job();
 *   cairn.awaitState(job.id(), JobState.COMPLETED);
 *   assertThat(outbox).hasSize(1);
 * }
 * }</pre>
 *
 * With {@code @ExtendWith(CairnExtension.class)} a test takes what it needs as parameters: the
 * extension itself, {@link #client()} as a {@link Cairn}, or the {@link DataSource}. The tests of a
 * class share its jobs and must not run at the same time. If JUnit runs tests concurrently, put
 * {@code @Execution(ExecutionMode.SAME_THREAD)} on the class: otherwise, a test that begins while
 * another one runs is refused. Nested classes share everything with their outer class. Classes that
 * inherit one extension from a static field must not run at the same time either: the second one is
 * refused. With {@code @ExtendWith}, each has its own.
 */
public final class CairnExtension
    implements BeforeAllCallback,
        BeforeEachCallback,
        AfterEachCallback,
        AfterAllCallback,
        ParameterResolver {
  private static final Duration TIMEOUT = Duration.ofMinutes(1);
  private static final Duration TIMEOUT_MAX = Duration.ofDays(1);
  private static final Duration STOP_GRACE = Duration.ofSeconds(5);
  private static final int WORKERS_MAX = 10;

  private final @Nullable DataSource given;
  private final Duration timeout;
  private final Deque<Cairn> started = new ArrayDeque<>();
  private final DueTimes dueTimes = new DueTimes();
  private volatile @Nullable TestSchema schema;

  /** The ids of the class and of the nested ones in it that have begun and not ended. */
  private final Set<String> begun = new HashSet<>();

  /** The id of the class that they are or are nested in. */
  private String outermost = "";

  /** The id of the test that runs; empty between two tests. Guarded by {@link #begun}. */
  private String running = "";

  private int startedForClass;
  private volatile JobMark begin = JobMark.of(0);

  /** Uses a fresh database of the embedded PostgreSQL that all tests of this JVM share. */
  public CairnExtension() {
    this(null, TIMEOUT);
  }

  private CairnExtension(@Nullable DataSource given, Duration timeout) {
    this.given = given;
    this.timeout = timeout;
  }

  /**
   * Uses your own database, with a fresh schema that is dropped after the class.
   *
   * @param dataSource a pool with room for at least ten connections, whose user may create schemas
   */
  public static CairnExtension on(DataSource dataSource) {
    return new CairnExtension(dataSource, TIMEOUT);
  }

  /**
   * This extension with another limit for waits; the default is one minute.
   *
   * @throws IllegalArgumentException unless {@code longest} is positive, and at most a day
   */
  public CairnExtension withTimeout(Duration longest) {
    if (!longest.isPositive() || longest.compareTo(TIMEOUT_MAX) > 0) {
      throw new IllegalArgumentException(
          "the timeout of a CairnExtension must be positive and at most %s, not %s"
              .formatted(TIMEOUT_MAX, longest));
    }
    return new CairnExtension(given, longest);
  }

  /** The database, with the schema of this class first in the search path if it is embedded. */
  public DataSource dataSource() {
    return ready().dataSource();
  }

  /** The schema with the jobs of this class. */
  public String schema() {
    return ready().name();
  }

  /** A client that only inserts, looks up and cancels jobs. */
  public Cairn client() {
    return ready().client();
  }

  /** Starts a client that works the queue {@code default}, ten jobs at a time. */
  public Cairn start(Workers workers) {
    return start(client -> client.workers(workers).queue("default", WORKERS_MAX));
  }

  /**
   * Starts a client.
   *
   * @param description adds workers, queues and settings to a builder that has the database and the
   *     schema of this class
   */
  public Cairn start(UnaryOperator<CairnBuilder> description) {
    Cairn client = description.apply(Cairn.builder(dataSource()).schema(schema())).build();
    synchronized (started) {
      started.push(client);
    }
    client.start();
    return client;
  }

  /**
   * Waits until a job is in one of these states. Looks every few milliseconds, so a state that a
   * job only passes through can be missed.
   *
   * @return the job in that state
   * @throws AssertionError with the whole job, after the timeout, or at once if the job has ended
   *     in another state
   */
  public JobRow awaitState(long jobId, JobState... states) {
    List<JobState> wanted = List.of(states);
    return new JobWait(client(), jobId, timeout)
        .until("be " + wanted, job -> wanted.contains(job.state()), job -> job.state().isFinal());
  }

  /**
   * Waits until a job satisfies a condition.
   *
   * @return the job as it satisfied the condition
   * @throws AssertionError with the whole job, after the timeout
   */
  public JobRow awaitJob(long jobId, Predicate<JobRow> condition) {
    return new JobWait(client(), jobId, timeout)
        .until("satisfy the condition", condition, job -> false);
  }

  /**
   * The jobs that were inserted since this test began, for assertions.
   *
   * @throws IllegalArgumentException if the type names no kind of job
   */
  public <A> InsertedJobs<A> inserted(Class<A> argsType) {
    return inserted().ofType(argsType);
  }

  /** The jobs of all kinds that were inserted since this test began. */
  public InsertedJobs<Object> inserted() {
    return InsertedJobs.of(client()).after(begin);
  }

  /**
   * Inserts a job and works its first attempt, and nothing else.
   *
   * @throws AssertionError if the job is a duplicate of an earlier one; see {@link WithoutUnique}
   */
  public WorkedJob work(Object args, Workers workers) {
    return runner(workers).work(args);
  }

  /**
   * Works one attempt of an existing job, and nothing else, even if the job is scheduled for later.
   *
   * @throws AssertionError if there is no such job, it has no worker here, or it is not waiting
   */
  public WorkedJob work(long jobId, Workers workers) {
    return runner(workers).work(jobId);
  }

  /**
   * Works every due job that has a worker here and was inserted since this test began, and what
   * these jobs insert, one at a time; see {@link JobRunner#drain()}.
   *
   * @return each attempt, in the order in which they were worked
   */
  public List<WorkedJob> drain(Workers workers) {
    return runner(workers).drain();
  }

  /** A runner that works jobs one at a time, for example with its own clock. */
  public JobRunner runner(Workers workers) {
    return JobRunner.of(new JobRunner.JobsOfTest(dataSource(), schema(), begin, dueTimes), workers);
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    String id = context.getUniqueId();
    synchronized (begun) {
      if (begun.isEmpty()) {
        schema = given == null ? TestSchema.embedded() : TestSchema.on(given);
        outermost = id;
      } else if (!id.startsWith(outermost + "/")) {
        throw new IllegalStateException(
            "%s begins while %s still runs, and both have one CairnExtension, so each would work the jobs of the other: give each class an extension of its own, or do not run them at the same time [CAIRN-816]"
                .formatted(id, outermost));
      }
      begun.add(id);
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    String id = context.getUniqueId();
    synchronized (begun) {
      if (!running.isEmpty() && !running.equals(id)) {
        throw new IllegalStateException(
            "%s begins while %s still runs, and both have one CairnExtension, so each would see, work and stop what is of the other: put @Execution(ExecutionMode.SAME_THREAD) on the class [CAIRN-816]"
                .formatted(id, running));
      }
      running = id;
    }
    synchronized (started) {
      startedForClass = started.size();
    }
    begin = JobMark.now(client(), dataSource(), schema());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    String id = context.getUniqueId();
    synchronized (begun) {
      // JUnit also calls this for a test that has not begun, such as one that was refused.
      if (!running.equals(id)) {
        return;
      }
    }
    try {
      stopAllBut(startedForClass);
    } finally {
      synchronized (begun) {
        running = "";
      }
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    // JUnit also calls this for a class that has not begun, because this or another extension
    // failed.
    TestSchema ended;
    synchronized (begun) {
      ended = schema;
      if (!begun.remove(context.getUniqueId()) || !begun.isEmpty() || ended == null) {
        return;
      }
      schema = null;
      running = "";
    }
    try {
      stopAllBut(0);
    } finally {
      ended.close();
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == CairnExtension.class || type == Cairn.class || type == DataSource.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    if (type == Cairn.class) {
      return client();
    }
    return type == DataSource.class ? dataSource() : this;
  }

  private void stopAllBut(int kept) {
    for (Cairn client = nextToStop(kept); client != null; client = nextToStop(kept)) {
      client.stop(STOP_GRACE);
    }
  }

  private @Nullable Cairn nextToStop(int kept) {
    synchronized (started) {
      return started.size() > kept ? started.pop() : null;
    }
  }

  private TestSchema ready() {
    TestSchema ready = schema;
    if (ready == null) {
      throw new IllegalStateException(
          "there is no schema outside of a test class: register CairnExtension as a static field or with @ExtendWith on the class [CAIRN-812]");
    }
    return ready;
  }
}
