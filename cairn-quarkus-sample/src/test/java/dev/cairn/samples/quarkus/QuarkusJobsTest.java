package dev.cairn.samples.quarkus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.jobs.JobQuery;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.narayana.jta.QuarkusTransactionException;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import jakarta.transaction.TransactionSynchronizationRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs in the transactions of Quarkus: the resulting rows. */
@QuarkusTest
@WithTestResource(Database.class)
class QuarkusJobsTest {
  private static final Duration LONGEST = Duration.ofSeconds(60);

  @Inject Cairn cairn;
  @Inject UploadService service;
  @Inject Uploads uploads;
  @Inject Products products;
  @Inject TransactionSynchronizationRegistry synchronizations;
  @Inject @Readiness JobsHealth health;
  @TempDir private Path folder = Path.of("");

  @Test
  void aRollbackTakesTheJobAlong() {
    int before = imports().size();
    rolledBack(() -> {
      service.upload("nobody.txt");
      assertThat(imports()).as("seen from outside of the transaction").hasSize(before);
    });

    assertThat(imports()).hasSize(before);
    assertThat(uploads.findByIdOptional("nobody.txt")).isEmpty();
  }

  @Test
  void aRollbackTakesACancellationBack() {
    long id = cairn.insert(new Note("waits"), InsertOptions.defaults().withPending()).job().id();
    rolledBack(() -> {
      cairn.jobs().cancel(id);
      assertThat(job(id).state()).isEqualTo(JobState.CANCELLED);
      assertThat(cairn.outside().jobs().find(id).map(JobRow::state)).contains(JobState.PENDING);
    });

    assertThat(job(id).state()).isEqualTo(JobState.PENDING);
  }

  @Test
  void anInnerTransactionKeepsItsJobAndAnOuterOneLosesItsOwn() {
    var ids = new ArrayList<Long>();
    rolledBack(() -> {
      ids.add(insert("outer"));
      QuarkusTransaction.requiringNew().run(() -> ids.add(insert("inner")));
      ids.add(insert("outer, later"));
      ids.add(cairn.outside().insert(new Note("outside")).job().id());
      QuarkusTransaction.suspendingExisting().run(() -> ids.add(insert("suspended")));
    });

    assertThat(ids.stream().map(id -> cairn.jobs().find(id).isPresent()))
        .containsExactly(false, true, false, true, true);
  }

  @Test
  void aJobCanBeInsertedBeforeAndAfterTheCommit() {
    var ids = new ArrayList<Long>();
    QuarkusTransaction.requiringNew()
        .run(() -> {
          insert("makes the transaction use its connection");
          synchronizations.registerInterposedSynchronization(
              new AtTheEnd(
                  () -> ids.add(insert("before the commit")),
                  status -> {
                    assertThat(status).isEqualTo(Status.STATUS_COMMITTED);
                    ids.add(insert("after the commit"));
                  }));
        });

    assertThat(ids).hasSize(2).allSatisfy(id -> awaitCompleted(id));
  }

  @Test
  void aBatchThatCannotBeCommittedLeavesNeitherRowsNorAPosition() throws Exception {
    String name = "catalog of %s ".formatted(folder.getFileName());
    List<String> lines = IntStream.range(0, 250).mapToObj(i -> name + i).toList();
    Path file = Files.write(folder.resolve("catalog.txt"), lines);
    QuarkusTransaction.requiringNew().run(() -> products.persist(new Product(lines.get(150))));

    service.upload(file.toString());
    long id = imports().getLast().id();
    await().atMost(LONGEST).until(() -> !job(id).errors().isEmpty());
    assertThat(products.count("name like ?1", name + "%")).isEqualTo(100 + 1);

    QuarkusTransaction.requiringNew().run(() -> products.deleteById(lines.get(150)));
    cairn.jobs().retry(id);

    awaitCompleted(id);
    assertThat(products.count("name like ?1", name + "%")).isEqualTo(250);
    assertThat(uploads.findById(file.toString()).isImported()).isTrue();
  }

  @Test
  void aStepIsDoneOnceThoughTwoAttemptsFail() {
    long id = cairn.insert(new Unlucky("unlucky")).job().id();

    JobRow job = awaitCompleted(id);
    assertThat(job.attempt()).isEqualTo(3);
    assertThat(products.stream("name like 'unlucky %'").map(Product::getName))
        .containsExactly("unlucky 2");
  }

  @Test
  void aWorkerInsertsTheNextJob() {
    awaitCompleted(cairn.insert(new Chain("next")).job().id());

    assertThat(cairn.jobs().list(JobQuery.all().withKinds("note")).jobs())
        .extracting(JobRow::args)
        .anySatisfy(args -> assertThat(args).contains("next"));
  }

  @Test
  void aStoppedClientIsDownAndAStartedOneWorksAgain() {
    assertThat(status()).isEqualTo(HealthCheckResponse.Status.UP);

    cairn.stop(Duration.ofSeconds(20));
    try {
      assertThat(status()).isEqualTo(HealthCheckResponse.Status.DOWN);
    } finally {
      cairn.start();
    }

    assertThat(status()).isEqualTo(HealthCheckResponse.Status.UP);
    awaitCompleted(insert("after the start"));
  }

  private static void rolledBack(Runnable body) {
    assertThatExceptionOfType(QuarkusTransactionException.class)
        .isThrownBy(() ->
            QuarkusTransaction.requiringNew()
                .run(() -> {
                  body.run();
                  QuarkusTransaction.setRollbackOnly();
                }));
  }

  private HealthCheckResponse.Status status() {
    return health.call().getStatus();
  }

  private long insert(String text) {
    return cairn.insert(new Note(text)).job().id();
  }

  private List<JobRow> imports() {
    return cairn.outside().jobs().list(JobQuery.all().withKinds("import_catalog")).jobs();
  }

  private JobRow job(long id) {
    return cairn.jobs().find(id).orElseThrow();
  }

  private JobRow awaitCompleted(long id) {
    await().atMost(LONGEST).until(() -> job(id).state() == JobState.COMPLETED);
    return job(id);
  }

  private record AtTheEnd(Runnable before, IntConsumer after) implements Synchronization {
    @Override
    public void beforeCompletion() {
      before.run();
    }

    @Override
    public void afterCompletion(int status) {
      after.accept(status);
    }
  }
}
