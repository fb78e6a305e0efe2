package dev.cairn.spring.test;

import dev.cairn.Cairn;
import dev.cairn.spring.boot.ClientDescription;
import dev.cairn.testing.InsertedJobs;
import dev.cairn.testing.JobMark;
import dev.cairn.testing.JobRunner;
import dev.cairn.testing.TestClock;
import dev.cairn.testing.WorkedJob;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Works jobs and asserts what was inserted, in a test of a Spring Boot application: see {@link
 * AutoConfigureCairn}. Each test begins with no jobs of its own and a clock that shows the present
 * time.
 */
public final class CairnTester {
  private final Cairn client;
  private final ClientDescription description;
  private final TestClock clock;
  private volatile @Nullable JobMark begin;

  /** One for each test, because it knows when the jobs that it has worked are due again. */
  private volatile @Nullable JobRunner runner;

  CairnTester(Cairn client, ClientDescription description, TestClock clock) {
    this.client = client;
    this.description = description;
    this.clock = clock;
  }

  /** Begins a test. A mock of the client knows no jobs. */
  void begin() {
    runner = null;
    clock.set(TestClock.startingNow().instant());
    begin =
        client.outside() == null ? null : JobMark.now(client, description.dataSource(), schema());
  }

  /**
   * The jobs with arguments of this type that were inserted since this test began, including those
   * in the transaction that the test is in.
   *
   * @throws IllegalArgumentException if the type names no kind of job
   */
  public <A> InsertedJobs<A> inserted(Class<A> argsType) {
    return inserted().ofType(argsType);
  }

  /** The jobs of all kinds that were inserted since this test began. */
  public InsertedJobs<Object> inserted() {
    InsertedJobs<Object> all = InsertedJobs.of(client);
    JobMark since = begin;
    InsertedJobs<Object> later = since == null ? all : all.after(since);
    return transaction().map(later::inTransaction).orElse(later);
  }

  /**
   * Inserts a job and works its first attempt with the worker of the application.
   *
   * @throws AssertionError if the job is a duplicate of an earlier one, by its unique options
   * @throws IllegalStateException if the test is in a transaction, which the worker would not see
   */
  public WorkedJob work(Object args) {
    return runner("work").work(args);
  }

  /**
   * Works one attempt of an existing job, even if it is scheduled for later.
   *
   * @throws AssertionError if there is no such job, it has no worker, or it is not waiting
   * @throws IllegalStateException if the test is in a transaction, which the worker would not see
   */
  public WorkedJob work(long jobId) {
    return runner("work").work(jobId);
  }

  /**
   * Works every job that was inserted since this test began and is due by the {@link #clock}, and
   * what these jobs insert; see {@link JobRunner#drain}.
   *
   * @return each attempt, in the order in which they were worked
   * @throws IllegalStateException if the test is in a transaction, which the workers would not see
   */
  public List<WorkedJob> drain() {
    return runner("drain").drain();
  }

  /** Works jobs as if time advanced to this moment; see {@link JobRunner#drainUntil}. */
  public List<WorkedJob> drainUntil(Instant end) {
    return runner("drainUntil").drainUntil(end);
  }

  /** The clock that decides what is due, also the application's client's. */
  public TestClock clock() {
    return clock;
  }

  private JobRunner runner(String method) {
    if (transaction().isPresent()) {
      throw new IllegalStateException(
          ("%s() works jobs in transactions of their own, which do not see what this test's "
                  + "transaction has inserted: remove @Transactional from the test, or commit "
                  + "first [CAIRN-705]")
              .formatted(method));
    }
    JobRunner known = runner;
    if (known == null) {
      known = newRunner();
      runner = known;
    }
    return known;
  }

  private JobRunner newRunner() {
    JobRunner all =
        JobRunner.of(description.dataSource(), schema(), description.workers())
            .withClient(builder -> {
              description.describe(builder);
              return builder.schema(schema()).insertUnknownKinds().clock(clock).neverLeads();
            })
            .withClock(clock);
    JobMark since = begin;
    return since == null ? all : all.after(since);
  }

  private String schema() {
    String schema = description.schema();
    return schema == null ? currentSchema(description.dataSource()) : schema;
  }

  private static String currentSchema(DataSource dataSource) {
    try (Connection connection = dataSource.getConnection()) {
      return connection.getSchema();
    } catch (SQLException e) {
      throw new IllegalStateException(
          "Could not read the current schema of the jobs' data source: %s [CAIRN-608]"
              .formatted(e.getMessage()),
          e);
    }
  }

  /** The connection of the transaction that the test is in. */
  private Optional<Connection> transaction() {
    return TransactionSynchronizationManager.isActualTransactionActive()
        ? description.transactions().current()
        : Optional.empty();
  }
}
