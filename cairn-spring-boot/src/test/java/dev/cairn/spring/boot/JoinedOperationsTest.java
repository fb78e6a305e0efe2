package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.jobs.JobClient;
import dev.cairn.jobs.QueueRow;
import dev.cairn.spring.boot.actuate.CairnEndpoint;
import dev.cairn.testing.CairnExtension;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;

/** What services do with jobs and queues in Spring's transactions: what is there in the end. */
class JoinedOperationsTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static final String DONE = "cancelled, retried, paused";
  private static final String AS_BEFORE = "available, discarded, open";

  private final JdbcClient jdbc = JdbcClient.create(cairn.dataSource());
  private long waiting;
  private long failed;

  @JobKind("parcel")
  record Parcel(int number) {}

  static class RollbackWanted extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** A service of an application. */
  static class Shop {
    private final Cairn client;

    Shop(Cairn client) {
      this.client = client;
    }

    /** Takes an order back, and may fail afterwards. */
    @Transactional
    public void withdraw(long waiting, long failed, boolean fails) {
      act(client, waiting, failed);
      assertThat(client.jobs().find(waiting).map(JobRow::state)).contains(JobState.CANCELLED);
      assertThat(client.queues().find("mail").map(QueueRow::pausedAt)).isPresent();
      if (fails) {
        throw new RollbackWanted();
      }
    }

    /** Only looks. */
    @Transactional(readOnly = true)
    public Optional<JobState> look(long id) {
      return client.jobs().find(id).map(JobRow::state);
    }
  }

  private static void act(JobClient client, long waiting, long failed) {
    Optional<JobRow> cancelled = client.jobs().cancel(waiting);
    assertThat(cancelled).isPresent();
    Optional<JobRow> retried = client.jobs().operator("shop").retry(failed);
    assertThat(retried).isPresent();
    assertThat(client.queues().pause("mail")).isTrue();
  }

  static Stream<Arguments> technologies() {
    return Stream.of(
        Arguments.of("JDBC", Applications.jdbc(cairn).withBean(Shop.class)),
        Arguments.of("JPA", Applications.jpa(cairn).withBean(Shop.class)));
  }

  @BeforeEach
  void insert() {
    jdbc.sql("DELETE FROM river_job").update();
    jdbc.sql("DELETE FROM river_queue").update();
    jdbc.sql("INSERT INTO river_queue (name, updated_at) VALUES ('mail', now())").update();
    waiting = cairn.client().insert(new Parcel(1)).id();
    failed = cairn.client().insert(new Parcel(2), InsertOptions.defaults().withPending()).id();
    jdbc.sql("UPDATE river_job SET state = 'discarded', finalized_at = now() WHERE id = ?")
        .param(failed)
        .update();
  }

  /** What became of the two jobs and the queue. */
  private String outcome() {
    JobState first = cairn.client().jobs().find(waiting).orElseThrow().state();
    JobState second = cairn.client().jobs().find(failed).orElseThrow().state();
    boolean paused = cairn.client().queues().find("mail").orElseThrow().pausedAt() != null;
    return "%s, %s, %s"
        .formatted(
            first.label(),
            second == JobState.AVAILABLE ? "retried" : second.label(),
            paused ? "paused" : "open");
  }

  private static TransactionTemplate transaction(ApplicationContext application, int propagation) {
    var transaction =
        new TransactionTemplate(application.getBean(PlatformTransactionManager.class));
    transaction.setPropagationBehavior(propagation);
    return transaction;
  }

  private static void rolledBack(TransactionTemplate transaction, Runnable code) {
    transaction.executeWithoutResult(status -> {
      code.run();
      status.setRollbackOnly();
    });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("technologies")
  void operationsShareTheFateOfATransactionalMethod(
      String technology, ApplicationContextRunner application) {
    application.run(context -> {
      Shop shop = context.getBean(Shop.class);

      assertThatExceptionOfType(RollbackWanted.class)
          .isThrownBy(() -> shop.withdraw(waiting, failed, true));
      assertThat(outcome()).isEqualTo(AS_BEFORE);

      shop.withdraw(waiting, failed, false);
      assertThat(outcome()).isEqualTo(DONE);
    });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("technologies")
  void operationsInANewTransactionOrOutsideStay(
      String technology, ApplicationContextRunner application) {
    application.run(context -> {
      Cairn client = context.getBean(Cairn.class);
      TransactionTemplate outer = transaction(context, TransactionDefinition.PROPAGATION_REQUIRED);
      TransactionTemplate inner =
          transaction(context, TransactionDefinition.PROPAGATION_REQUIRES_NEW);

      rolledBack(
          outer,
          () -> {
            Optional<JobRow> ignored = client.jobs().cancel(waiting);
            inner.executeWithoutResult(
                status -> assertThat(client.jobs().operator("shop").retry(failed)).isPresent());
            assertThat(client.outside().queues().pause("mail")).isTrue();
          });

      assertThat(outcome()).isEqualTo("available, retried, paused");
    });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("technologies")
  void operationsInANestedTransactionGoBackToItsSavepoint(
      String technology, ApplicationContextRunner application) {
    assumeFalse(technology.equals("JPA"), "JPA has no nested transactions");
    application.run(context -> {
      Cairn client = context.getBean(Cairn.class);
      TransactionTemplate outer = transaction(context, TransactionDefinition.PROPAGATION_REQUIRED);
      TransactionTemplate nested = transaction(context, TransactionDefinition.PROPAGATION_NESTED);

      outer.executeWithoutResult(status -> {
        assertThat(client.queues().pause("mail")).isTrue();
        rolledBack(nested, () -> act(client, waiting, failed));
        assertThat(client.jobs().find(waiting).map(JobRow::state)).contains(JobState.AVAILABLE);
      });

      assertThat(outcome()).isEqualTo("available, discarded, paused");
    });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("technologies")
  void aReadOnlyTransactionReadsAndRefusesChanges(
      String technology, ApplicationContextRunner application) {
    application.run(context -> {
      Cairn client = context.getBean(Cairn.class);
      TransactionTemplate reading =
          transaction(context, TransactionDefinition.PROPAGATION_REQUIRED);
      reading.setReadOnly(true);
      reading.setName("Shop.browse");

      assertThat(context.getBean(Shop.class).look(waiting)).contains(JobState.AVAILABLE);
      reading.executeWithoutResult(status -> {
        assertThatIllegalStateException()
            .isThrownBy(() -> client.jobs().cancel(waiting))
            .withMessageContaining("'Shop.browse' is read-only")
            .withMessageContaining("[CAIRN-704]");
        assertThatIllegalStateException()
            .isThrownBy(() -> client.queues().pause("mail"))
            .withMessageContaining("[CAIRN-704]");
        act(client.outside(), waiting, failed);
      });
      assertThat(outcome()).isEqualTo(DONE);
    });
  }

  /** Otherwise as many requests as the pool has connections would wait for each other. */
  @Test
  void noneNeedsASecondConnection() {
    Applications.withoutPool()
        .withPropertyValues("cairn.work=false", "cairn.schema=" + cairn.schema())
        .withBean(Shop.class)
        .withBean(
            HikariDataSource.class,
            () -> {
              var config = new HikariConfig();
              config.setDataSource(cairn.dataSource());
              config.setMaximumPoolSize(1);
              config.setConnectionTimeout(1_000);
              return new HikariDataSource(config);
            })
        .run(context -> context.getBean(Shop.class).withdraw(waiting, failed, false));

    assertThat(outcome()).isEqualTo(DONE);
  }

  /** Its answer would not be true if a filter rolled the transaction of the request back. */
  @Test
  void theEndpointActsOutsideOfTheTransactionOfItsRequest() {
    Applications.jdbc(cairn)
        .run(context -> {
          var endpoint = new CairnEndpoint(context.getBean(Cairn.class));
          rolledBack(
              transaction(context, TransactionDefinition.PROPAGATION_REQUIRED),
              () ->
                  assertThat(List.of(endpoint.change("mail", CairnEndpoint.Action.PAUSE)))
                      .extracting(QueueRow::pausedAt)
                      .doesNotContainNull());
        });

    assertThat(outcome()).isEqualTo("available, discarded, paused");
  }
}
