package dev.cairn.examples.pages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import dev.cairn.JobState;
import dev.cairn.Worker;
import dev.cairn.Workers;
import dev.cairn.examples.pages.SpringPage.Order;
import dev.cairn.examples.pages.SpringPage.Settle;
import dev.cairn.resumable.Steps;
import dev.cairn.testing.CairnExtension;
import dev.cairn.testing.TestClock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** What docs/spring.md says of transactions, seen in the rows that are there in the end. */
class SpringPageTest {
  @RegisterExtension static final CairnExtension extension = new CairnExtension();

  private final DataSource dataSource = extension.dataSource();
  private final JdbcClient jdbc = JdbcClient.create(dataSource);
  private final TransactionTemplate transaction =
      new TransactionTemplate(new JdbcTransactionManager(dataSource));
  private Runnable afterSaving = () -> {};
  private final SpringPage page =
      new SpringPage(
          dataSource,
          transaction,
          order -> {
            jdbc.sql("INSERT INTO orders VALUES (?)").param(order.id()).update();
            afterSaving.run();
          });
  private final AtomicBoolean broken = new AtomicBoolean(true);

  @BeforeEach
  void createOrders() {
    jdbc.sql("DROP TABLE IF EXISTS orders").update();
    jdbc.sql("CREATE TABLE orders (id bigint)").update(); // nothing here forbids doubles
  }

  private List<Long> orders() {
    return jdbc.sql("SELECT id FROM orders ORDER BY id").query(Long.class).list();
  }

  private void failOnce() {
    if (broken.compareAndSet(true, false)) {
      throw new IllegalStateException("the first attempt fails");
    }
  }

  /** Works one job until it has no attempt to come. */
  private void work(Worker<Settle> worker) {
    work(worker, builder -> builder);
  }

  private CairnBuilder springs(CairnBuilder builder) {
    return builder.transactions(
        SpringPage.springsTransactions(new JdbcTransactionManager(dataSource), dataSource));
  }

  private void work(Worker<Settle> worker, UnaryOperator<CairnBuilder> settings) {
    Workers workers = Workers.builder().register(Settle.class, worker).build();
    var clock = TestClock.startingNow();
    long id = extension.client().insert(new Settle(1)).id();
    var runner = extension.runner(workers).withClient(settings).withClock(clock);
    runner.drain();
    clock.advance(Duration.ofSeconds(2));
    runner.drain();
    assertThat(extension.client().jobs().find(id).orElseThrow().state())
        .isEqualTo(JobState.COMPLETED);
  }

  @Test
  void aRepositoryInStepTxCommitsOnItsOwn() {
    afterSaving = this::failOnce;

    work((job, context) -> page.wrong(Steps.of(context), new Order(1)));

    assertThat(orders()).containsExactly(1L, 1L);
  }

  @Test
  void aRepositoryInStepTxCommitsWithTheStepByARunner() {
    afterSaving = this::failOnce;

    work((job, context) -> page.byTheRunner(Steps.of(context), new Order(1)), this::springs);

    assertThat(orders()).containsExactly(1L);
  }

  @Test
  void aTransactionThatIsMarkedForRollbackByItsCodeFinishesNoStep() {
    work(
        (job, context) ->
            Steps.of(context)
                .stepTx(
                    "save",
                    connection -> {
                      jdbc.sql("INSERT INTO orders VALUES (1)").update();
                      if (broken.compareAndSet(true, false)) {
                        marked();
                      }
                    }),
        this::springs);

    assertThat(orders()).containsExactly(1L);
  }

  /** Fails within a transaction of Spring's that joins the one around it, which swallows that. */
  private void marked() {
    try {
      transaction.executeWithoutResult(status -> {
        throw new IllegalStateException("swallowed");
      });
    } catch (IllegalStateException e) {
      // the transaction around this one is marked for rollback now
    }
  }

  @Test
  void whatIsThrownAfterTheCommitDoesNotUndoTheStep() {
    work(
        (job, context) ->
            Steps.of(context)
                .stepTx(
                    "save",
                    connection -> {
                      jdbc.sql("INSERT INTO orders VALUES (1)").update();
                      TransactionSynchronizationManager.registerSynchronization(
                          new TransactionSynchronization() {
                            @Override
                            public void afterCommit() {
                              throw new IllegalStateException("after the commit");
                            }
                          });
                    }),
        this::springs);

    assertThat(orders()).containsExactly(1L);
  }

  @Test
  void whatRunsOnTheConnectionOfTheStepIsCommittedWithIt() {
    work((job, context) -> {
      page.byItsConnection(Steps.of(context), new Order(1));
      failOnce();
    });

    assertThat(orders()).containsExactly(1L);
  }

  @Test
  void aCursorMovesInTheTransactionOfSpring() {
    work((job, context) ->
        page.inSpringsTransaction(
            Steps.of(context),
            after ->
                LongStream.rangeClosed(after + 1, 4)
                    .peek(id -> {
                      if (id == 3) {
                        failOnce();
                      }
                    })
                    .mapToObj(Order::new)
                    .toList()));

    assertThat(orders()).containsExactly(1L, 2L, 3L, 4L);
  }

  @Test
  void aJobIsCompletedInTheTransactionOfSpring() {
    work((job, context) -> {
      failOnce();
      page.completeWithItsRows(context, new Order(1));
    });

    assertThat(orders()).containsExactly(1L);
  }

  @Test
  void aTransactionAroundStepsLosesRowsWhoseStepsAreFinished() {
    work((job, context) ->
        transaction.executeWithoutResult(status -> {
          try {
            page.aroundSteps(Steps.of(context), new Order(1));
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
          failOnce();
        }));

    assertThat(orders()).isEmpty();
  }

  @Test
  void theClientStartsAndStopsWithTheContext() {
    Workers workers = Workers.builder().register(Settle.class, (job, context) -> {}).build();
    Cairn cairn;
    try (var context = new AnnotationConfigApplicationContext()) {
      context.registerBean(
          DataSource.class,
          () -> dataSource,
          definition -> definition.setDestroyMethodName("")); // the other tests need it open
      context.registerBean(Workers.class, () -> workers);
      context.register(SpringPage.JobsConfiguration.class);
      context.refresh();
      cairn = context.getBean(Cairn.class);
      extension.awaitState(cairn.insert(new Settle(2)).id(), JobState.COMPLETED);
      assertThat(cairn.stopped()).isNotCompleted();
    }
    assertThat(cairn.stopped()).isCompleted();
  }
}
