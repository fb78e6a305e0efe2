package dev.cairn.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.Workers;
import dev.cairn.testing.CairnExtension;
import java.sql.Connection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Jobs in a transaction that Spring manages, by a template here or by {@code @Transactional}. */
class SpringTransactionTest {
  @RegisterExtension static final CairnExtension extension = new CairnExtension();

  private final DataSource dataSource = extension.dataSource();
  private final Cairn cairn = extension.client();
  private final JdbcClient jdbc = JdbcClient.create(dataSource);
  private final TransactionTemplate transaction =
      new TransactionTemplate(new JdbcTransactionManager(dataSource));

  @JobKind("ship_by_spring")
  record ShipOrder(long order) {}

  @BeforeEach
  void createPurchases() {
    jdbc.sql("CREATE TABLE IF NOT EXISTS purchase (id bigint PRIMARY KEY)").update();
  }

  private long buy(long order) {
    jdbc.sql("INSERT INTO purchase VALUES (?)").param(order).update();
    Connection connection = DataSourceUtils.getConnection(dataSource);
    try {
      return cairn.insert(connection, new ShipOrder(order)).id();
    } finally {
      DataSourceUtils.releaseConnection(connection, dataSource);
    }
  }

  private boolean isBought(long order) {
    return jdbc.sql("SELECT count(*) FROM purchase WHERE id = ?")
            .param(order)
            .query(Long.class)
            .single()
        == 1;
  }

  @Test
  void aCommitStoresTheOrderAndItsJob() {
    transaction.executeWithoutResult(status -> buy(1));

    extension.inserted(ShipOrder.class).withArgs(new ShipOrder(1)).one();
    assertThat(isBought(1)).isTrue();
  }

  @Test
  void aRollbackStoresNeither() {
    assertThatIllegalStateException()
        .isThrownBy(() ->
            transaction.executeWithoutResult(status -> {
              buy(2);
              throw new IllegalStateException("out of stock");
            }));

    extension.inserted(ShipOrder.class).none();
    assertThat(isBought(2)).isFalse();
  }

  @Test
  void theJobBeginsAfterTheCommit() {
    List<String> seen = new CopyOnWriteArrayList<>();
    extension.start(
        Workers.builder()
            .register(
                ShipOrder.class,
                (job, context) -> seen.add(job.args().order() + " " + isBought(job.args().order())))
            .build());

    long id = Objects.requireNonNull(transaction.execute(status -> buy(3)));

    extension.awaitState(id, JobState.COMPLETED);
    assertThat(seen).contains("3 true").doesNotContain("3 false");
  }

  @Test
  void aClientOnAProxyThatJoinsTransactionsIsRefused() {
    DataSource proxy = new TransactionAwareDataSourceProxy(dataSource);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Cairn.builder(proxy).build())
        .withMessageContaining("TransactionAwareDataSourceProxy")
        .withMessageContaining("insert(connection, ...)");
  }
}
