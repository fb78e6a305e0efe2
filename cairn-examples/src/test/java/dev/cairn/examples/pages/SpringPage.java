package dev.cairn.examples.pages;

import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.Workers;
import dev.cairn.resumable.Cursor;
import dev.cairn.resumable.Steps;
import dev.cairn.spi.TransactionRunner;
import java.sql.Connection;
import java.util.List;
import java.util.function.Function;
import javax.sql.DataSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** The code of docs/spring-by-hand.md. */
final class SpringPage {
  private final DataSource dataSource;
  private final TransactionTemplate transaction;
  private final Orders orders;

  SpringPage(DataSource dataSource, TransactionTemplate transaction, Orders orders) {
    this.dataSource = dataSource;
    this.transaction = transaction;
    this.orders = orders;
  }

  @JobKind("spring_settle")
  record Settle(long first) {}

  record Order(long id) {}

  /** What a repository does: it takes the connection of Spring's transaction, or one of its own. */
  interface Orders {
    void save(Order order);
  }

  // docs: spring-by-hand.md
  @Configuration
  static class JobsConfiguration {
    @Bean(initMethod = "start") // closed with the context: stop() with ten seconds
    Cairn cairn(DataSource dataSource, Workers workers) {
      return Cairn.builder(dataSource).workers(workers).queue("default", 10).build();
    }
  }

  // end docs

  // docs: spring-by-hand.md
  static TransactionRunner springsTransactions(
      PlatformTransactionManager manager, DataSource dataSource) {
    var template = new TransactionTemplate(manager);
    template.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    return work ->
        template.executeWithoutResult(status -> {
          Connection connection = DataSourceUtils.getConnection(dataSource);
          try {
            work.run(connection);
          } finally {
            DataSourceUtils.releaseConnection(connection, dataSource);
          }
        });
  }

  // end docs

  static final class WithRunner {
    // docs: spring-by-hand.md
    Cairn cairn(DataSource dataSource, PlatformTransactionManager manager, Workers workers) {
      return Cairn.builder(dataSource)
          .workers(workers)
          .queue("default", 10)
          .transactions(springsTransactions(manager, dataSource))
          .build();
    }
    // end docs
  }

  void byTheRunner(Steps steps, Order order) throws Exception {
    // docs: spring-by-hand.md
    steps.stepTx("save", connection -> orders.save(order)); // once, with the step
    // end docs
  }

  void wrong(Steps steps, Order order) throws Exception {
    // docs: spring-by-hand.md
    steps.stepTx(
        "save",
        connection -> {
          orders.save(order); // WRONG: on another connection, committed at once
        });
    // end docs
  }

  void byItsConnection(Steps steps, Order order) throws Exception {
    // docs: spring-by-hand.md
    steps.stepTx(
        "save",
        connection -> {
          var jdbc = JdbcClient.create(new SingleConnectionDataSource(connection, true));
          jdbc.sql("INSERT INTO orders VALUES (?)").param(order.id()).update();
        });
    // end docs
  }

  void inSpringsTransaction(Steps steps, Function<Long, List<Order>> next) throws Exception {
    // docs: spring-by-hand.md
    steps.cursor(
        "save",
        Long.class,
        0L,
        cursor -> {
          for (Order order : next.apply(cursor.get())) {
            transaction.executeWithoutResult(status -> saveAndAdvance(order, cursor));
          }
        });
    // end docs
  }

  // docs: spring-by-hand.md
  private void saveAndAdvance(Order order, Cursor<Long> cursor) {
    orders.save(order);
    Connection connection = DataSourceUtils.getConnection(dataSource);
    try {
      cursor.advanceTx(connection, order.id());
    } finally {
      DataSourceUtils.releaseConnection(connection, dataSource);
    }
  }

  // end docs

  void completeWithItsRows(WorkContext context, Order order) {
    // docs: spring-by-hand.md
    transaction.executeWithoutResult(status -> {
      orders.save(order);
      Connection connection = DataSourceUtils.getConnection(dataSource);
      try {
        context.completeTx(connection);
      } finally {
        DataSourceUtils.releaseConnection(connection, dataSource);
      }
    });
    // end docs
  }

  void aroundSteps(Steps steps, Order order) throws Exception {
    steps.step("save", () -> orders.save(order));
  }
}
