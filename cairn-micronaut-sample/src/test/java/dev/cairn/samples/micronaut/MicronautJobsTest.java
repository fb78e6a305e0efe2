package dev.cairn.samples.micronaut;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.jobs.JobQuery;
import io.micronaut.context.ApplicationContext;
import io.micronaut.data.connection.jdbc.advice.DelegatingDataSource;
import io.micronaut.health.HealthStatus;
import io.micronaut.transaction.TransactionDefinition;
import io.micronaut.transaction.TransactionDefinition.Propagation;
import io.micronaut.transaction.TransactionOperations;
import io.micronaut.transaction.TransactionStatus;
import io.micronaut.transaction.support.TransactionSynchronization;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs in the transactions of Micronaut: the resulting rows. */
class MicronautJobsTest {
  private static final Duration LONGEST = Duration.ofSeconds(60);

  private final FreshDatabase database = EmbeddedDatabase.shared().newDatabase();
  private ApplicationContext application = run();
  @TempDir private Path folder = Path.of("");

  private ApplicationContext run() {
    return run(Map.of());
  }

  private ApplicationContext run(Map<String, Object> further) {
    var properties = new HashMap<>(further);
    properties.put("datasources.default.url", database.jdbcUrl());
    properties.put("datasources.default.username", database.user());
    properties.put("datasources.default.password", database.password());
    return ApplicationContext.run(properties);
  }

  @BeforeEach
  void createTables() throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE product (name text PRIMARY KEY)");
      statement.execute("CREATE TABLE upload (file text PRIMARY KEY, imported boolean NOT NULL)");
    }
  }

  @AfterEach
  void stop() {
    application.close();
  }

  @Test
  void aRollbackTakesTheJobAlong() {
    inTransaction(status -> {
      application.getBean(UploadService.class).upload("nobody.txt");
      assertThat(imports()).as("seen from outside of the transaction").isEmpty();
      status.setRollbackOnly();
    });

    assertThat(imports()).isEmpty();
    assertThat(application.getBean(Uploads.class).count()).isZero();
  }

  @Test
  void aRollbackTakesACancellationBack() {
    long id = cairn().insert(new Note("waits"), InsertOptions.defaults().withPending()).job().id();
    inTransaction(status -> {
      cairn().jobs().cancel(id);
      assertThat(job(id).state()).isEqualTo(JobState.CANCELLED);
      assertThat(cairn().outside().jobs().find(id).map(JobRow::state)).contains(JobState.PENDING);
      status.setRollbackOnly();
    });

    assertThat(job(id).state()).isEqualTo(JobState.PENDING);
  }

  @Test
  void anInnerTransactionKeepsItsJobAndAnOuterOneLosesItsOwn() {
    var ids = new ArrayList<Long>();
    inTransaction(status -> {
      ids.add(insert("outer"));
      inTransaction(inner -> ids.add(insert("inner")));
      in(Propagation.REQUIRED, same -> ids.add(insert("outer, later")));
      ids.add(cairn().outside().insert(new Note("outside")).job().id());
      in(Propagation.NOT_SUPPORTED, none -> ids.add(insert("without a transaction")));
      status.setRollbackOnly();
    });

    assertThat(ids.stream().map(id -> cairn().jobs().find(id).isPresent()))
        .containsExactly(false, true, false, true, true);
  }

  @Test
  void aJobCanBeInsertedBeforeAndAfterTheCommit() {
    var ids = new ArrayList<Long>();
    inTransaction(status -> {
      insert("within");
      status.registerSynchronization(
          new TransactionSynchronization() {
            @Override
            public void beforeCommit(boolean readOnly) {
              ids.add(insert("before the commit"));
            }

            @Override
            public void afterCommit() {
              ids.add(insert("after the commit"));
            }

            @Override
            public void afterCompletion(Status status) {
              ids.add(insert("after the end"));
            }
          });
    });

    assertThat(ids).hasSize(3).allSatisfy(id -> awaitCompleted(id));
  }

  /** With such a pool, Micronaut does not commit what is inserted outside of transactions. */
  @Test
  void aPoolWithoutAutoCommitIsRefused() {
    assertThatExceptionOfType(RuntimeException.class)
        .isThrownBy(() -> run(Map.of("datasources.default.auto-commit", "false")))
        .havingRootCause()
        .withMessageContaining("auto-commit=false");
  }

  @Test
  void aBatchThatFailsLeavesNeitherRowsNorAPosition() throws Exception {
    var products = application.getBean(Products.class);
    List<String> lines = IntStream.range(0, 250).mapToObj(i -> "line " + i).toList();
    Path file = Files.write(folder.resolve("catalog.txt"), lines);
    products.save(new Product(lines.get(150)));

    application.getBean(UploadService.class).upload(file.toString());
    long id = imports().getLast().id();
    await().atMost(LONGEST).until(() -> !job(id).errors().isEmpty());
    assertThat(products.count()).isEqualTo(100 + 1);

    products.deleteById(lines.get(150));
    cairn().jobs().retry(id);

    awaitCompleted(id);
    assertThat(products.count()).isEqualTo(250);
    assertThat(application.getBean(Uploads.class).findById(file.toString()))
        .contains(new Upload(file.toString(), true));
  }

  @Test
  void aStepIsDoneOnceThoughTwoAttemptsFail() {
    long id = cairn().insert(new Unlucky("unlucky")).job().id();

    JobRow job = awaitCompleted(id);
    assertThat(job.attempt()).isEqualTo(3);
    assertThat(application.getBean(Products.class).findAll())
        .containsExactly(new Product("unlucky 2"));
  }

  @Test
  void aStoppedClientIsDownAndAStartedOneWorksAgain() {
    assertThat(health()).isEqualTo(HealthStatus.UP);

    cairn().stop(Duration.ofSeconds(20));
    assertThat(health()).isEqualTo(HealthStatus.DOWN);

    cairn().start();
    assertThat(health()).isEqualTo(HealthStatus.UP);
    awaitCompleted(insert("after the start"));
  }

  @Test
  void anApplicationThatStopsHandsItsJobToTheNextOne() {
    application.getBean(Products.class).save(new Product("endless"));
    long id = cairn().insert(new Endless("endless")).job().id();
    await().atMost(LONGEST).until(() -> job(id).state() == JobState.RUNNING);
    Cairn first = cairn();
    DataSource pool = DelegatingDataSource.unwrapDataSource(application.getBean(DataSource.class));

    application.close();
    assertThat(first.stopped()).isDone();
    assertThat(pool).extracting("closed").isEqualTo(true);

    application = run();
    await().atMost(LONGEST).until(() -> job(id).attemptedBy().size() == 2);
    assertThat(job(id).errors()).isEmpty();
    assertThat(job(id).attempt()).as("the stop used up no attempt").isEqualTo(1);
    application.getBean(Products.class).deleteById("endless");
    awaitCompleted(id);
  }

  private Cairn cairn() {
    return application.getBean(Cairn.class);
  }

  private HealthStatus health() {
    return application.getBean(JobsHealth.class).result().getStatus();
  }

  private void inTransaction(Consumer<TransactionStatus<Connection>> body) {
    in(Propagation.REQUIRES_NEW, body);
  }

  @SuppressWarnings("unchecked") // the transactions of a data source
  private void in(Propagation propagation, Consumer<TransactionStatus<Connection>> body) {
    TransactionOperations<Connection> transactions =
        application.getBean(TransactionOperations.class);
    transactions.<Boolean>execute(
        TransactionDefinition.of(propagation),
        status -> {
          body.accept(status);
          return true;
        });
  }

  private long insert(String text) {
    return cairn().insert(new Note(text)).job().id();
  }

  private List<JobRow> imports() {
    return cairn().outside().jobs().list(JobQuery.all().withKinds("import_catalog")).jobs();
  }

  private JobRow job(long id) {
    return cairn().jobs().find(id).orElseThrow();
  }

  private JobRow awaitCompleted(long id) {
    await().atMost(LONGEST).until(() -> job(id).state() == JobState.COMPLETED);
    return job(id);
  }
}
