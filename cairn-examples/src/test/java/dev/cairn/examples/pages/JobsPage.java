package dev.cairn.examples.pages;

import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import dev.cairn.InsertDefaults;
import dev.cairn.InsertOptions;
import dev.cairn.InsertResult;
import dev.cairn.Job;
import dev.cairn.JobInsert;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.QueueOptions;
import dev.cairn.Unique;
import dev.cairn.UniqueOptions;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.Workers;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventListener;
import dev.cairn.event.EventSubscription;
import dev.cairn.jobs.JobPage;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.JobUpdate;
import dev.cairn.schedule.Cron;
import dev.cairn.schedule.Every;
import dev.cairn.schedule.MissedRuns;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.spi.Middleware;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.springframework.jdbc.datasource.DataSourceUtils;

/** The code of docs/jobs.md. */
@SuppressWarnings("unused")
abstract class JobsPage {
  private Cairn cairn;
  private DataSource database;
  private DataSource dataSource;
  private Mailer mailer;
  private Timer timer;
  private Object catalog;
  private volatile boolean running;

  // docs: jobs.md
  @JobKind("send_email")
  record SendEmail(String to, String subject) {}

  // end docs

  @JobKind("import_catalog")
  record ImportCatalog(String catalog) {}

  record ImportCatalogWorker(Object catalog) implements Worker<ImportCatalog> {
    @Override
    public void work(Job<ImportCatalog> job, WorkContext context) {}
  }

  @JobKind("ship_order")
  record ShipOrder(long order) {}

  @JobKind("digest")
  record Digest(Instant due) {}

  @JobKind("sweep")
  record Sweep() {}

  interface Mailer {
    void send(SendEmail mail);
  }

  interface Timer {
    void record(String kind, long nanoseconds);
  }

  abstract void insertOrder(Object connection, long order) throws SQLException;

  abstract void show(Object shown);

  abstract void alert(JobRow job);

  void insert(Connection connection, Object args, Object a, Object b, List<JobInsert> jobs) {
    // docs: jobs.md
    InsertResult result = cairn.insert(new SendEmail("ada@example.org", "Hello"));
    long id = result.id(); // result.job() is the whole row

    cairn.insert(
        new SendEmail("ada@example.org", "Reminder"),
        InsertOptions.defaults()
            .withDelay(Duration.ofDays(1)) // or withScheduledAt(time)
            .withPriority(2) // 1 (first, the default) to 4
            .withQueue("mail")
            .withMaxAttempts(5) // 25 unless the client says otherwise
            .withTags("reminder", "customer-7")
            .withMetadata("{\"customer\": 7}"));

    cairn.insert(connection, args); // in your transaction: the job exists only if you commit
    cairn.insertMany(List.of(JobInsert.of(a), JobInsert.of(b))); // one statement, all or none
    cairn.insertManyFast(jobs); // uses COPY: fastest, but returns only the count
    // end docs
  }

  // docs: jobs.md
  @JobKind("monthly_report")
  record MonthlyReport(@Unique long customer, String note) implements InsertDefaults {
    @Override
    public InsertOptions insertDefaults() {
      return InsertOptions.defaults()
          .withQueue("reports")
          .withUnique(UniqueOptions.byKind().withArgs().withPeriod(Duration.ofDays(1)));
    }
  }

  // end docs

  void insertInTransaction(long order) throws SQLException {
    // docs: jobs.md
    try (Connection connection = database.getConnection()) { // JDBC
      connection.setAutoCommit(false);
      insertOrder(connection, order);
      cairn.insert(connection, new ShipOrder(order));
      connection.commit();
    }
    // end docs
  }

  void insertInSpring(long order) {
    // docs: spring-by-hand.md
    // Spring, within @Transactional or a TransactionTemplate
    Connection connection = DataSourceUtils.getConnection(dataSource);
    try {
      cairn.insert(connection, new ShipOrder(order));
    } finally {
      DataSourceUtils.releaseConnection(connection, dataSource);
    }
    // end docs
  }

  void insertInJooq(DSLContext jooq, long order) {
    // docs: jobs.md
    jooq.transaction(configuration -> { // jOOQ
      insertOrder(configuration.dsl(), order);
      configuration.dsl().connection(connection -> cairn.insert(connection, new ShipOrder(order)));
    });
    // end docs
  }

  void register() {
    // docs: jobs.md
    Workers workers =
        Workers.builder()
            .register(SendEmail.class, (job, context) -> mailer.send(job.args()))
            // a Worker<ImportCatalog>: its class says so
            .register(new ImportCatalogWorker(catalog))
            .build();
    // end docs
  }

  void addMiddleware() {
    // docs: jobs.md
    Middleware timing =
        (context, next) -> {
          long start = System.nanoTime();
          try {
            next.proceed();
          } finally {
            timer.record(context.job().kind(), System.nanoTime() - start);
          }
        };
    CairnBuilder builder = Cairn.builder(database).middleware(timing);
    // end docs
  }

  void insertPeriodically() {
    // docs: jobs.md
    Cron workdays = Cron.of("0 7 * * 1-5", ZoneId.of("Europe/Berlin"));
    CairnBuilder builder =
        Cairn.builder(dataSource)
            .periodicJob(
                PeriodicJob.of("digest", workdays, due -> JobInsert.of(new Digest(due)))
                    .durable(MissedRuns.ONCE))
            .periodicJob(
                PeriodicJob.of(
                        "sweep", Every.of(Duration.ofMinutes(5)), due -> JobInsert.of(new Sweep()))
                    .runOnStart());
    // end docs
  }

  void findAndChange(long id, Instant tomorrow) {
    // docs: jobs.md
    Optional<JobRow> job = cairn.jobs().find(id);
    JobQuery query =
        JobQuery.all().withStates(JobState.DISCARDED).withKinds("send_email").latestFirst();
    JobPage page = cairn.jobs().list(query);
    // stable, whatever is inserted or deleted meanwhile
    page.next().ifPresent(cursor -> show(cairn.jobs().list(query.after(cursor))));
    Map<JobState, Long> counts =
        cairn.jobs().countByState(10_000); // a count of 10,000 means 10,000 or more

    cairn.jobs().cancel(id);
    cairn.jobs().retry(id); // runs now, one more attempt if it has none left
    cairn.jobs().update(id, JobUpdate.nothing().withMetadata("{\"seen\": true}"));
    // a job that waits: another time, queue, priority or number of attempts
    cairn.jobs().update(id, JobUpdate.nothing().withScheduledAt(tomorrow).withQueue("mail"));
    cairn.jobs().delete(id);
    // up to the limit of the query (default: 100), in one statement
    cairn.jobs().deleteMany(query);
    cairn.jobs().retryMany(query);
    cairn.jobs().cancelMany(JobQuery.all().withKinds("send_email").withLimit(1_000));
    // end docs
  }

  void changeQueues() {
    // docs: jobs.md
    cairn.queues().pause("mail"); // in all clients; running jobs continue
    cairn.queues().resume("mail");
    // in this client, while it runs
    cairn.queues().add("late", QueueOptions.of(5).withPollInterval(Duration.ofSeconds(10)));
    cairn.queues().remove("late");
    // end docs
  }

  Cairn alerting() {
    // docs: jobs.md
    Cairn client =
        Cairn.builder(database)
            .listener(EventListener.ofJobs(EventKind.JOB_DISCARDED, event -> alert(event.job())))
            .build();
    // end docs
    return client;
  }

  void listen() throws InterruptedException {
    // docs: jobs.md
    try (EventSubscription events =
        cairn.subscribe(EventKind.JOB_COMPLETED, EventKind.JOB_FAILED)) {
      while (running) {
        events.poll(Duration.ofSeconds(1)).ifPresent(this::show);
      }
    }
    // end docs
  }
}
