package dev.cairn.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.Workers;
import dev.cairn.resumable.Steps;
import dev.cairn.testing.CairnExtension;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Jobs in a transaction that jOOQ manages. */
class JooqTransactionTest {
  @RegisterExtension static final CairnExtension extension = new CairnExtension();

  private final Cairn cairn = extension.client();
  private final DSLContext jooq = DSL.using(extension.dataSource(), SQLDialect.POSTGRES);

  @JobKind("ship_by_jooq")
  record ShipOrder(long order) {}

  @BeforeEach
  void createPurchases() {
    jooq.execute("CREATE TABLE IF NOT EXISTS purchase (id bigint PRIMARY KEY)");
  }

  private void buy(DSLContext transaction, long order) {
    transaction.execute("INSERT INTO purchase VALUES (?)", order);
    transaction.connection(connection -> cairn.insert(connection, new ShipOrder(order)));
  }

  @Test
  void aCommitStoresTheOrderAndItsJob() {
    jooq.transaction(configuration -> buy(configuration.dsl(), 1));

    extension.inserted(ShipOrder.class).withArgs(new ShipOrder(1)).one();
    assertThat(jooq.fetchCount(DSL.table("purchase"), DSL.field("id").eq(1L))).isEqualTo(1);
  }

  @Test
  void aStepRunsInATransactionOfJooq() {
    var broken = new AtomicBoolean(true);
    Workers workers =
        Workers.builder()
            .register(
                ShipOrder.class,
                (job, context) ->
                    Steps.of(context)
                        .stepTx(
                            "buy",
                            connection -> {
                              DSL.using(connection).execute("INSERT INTO purchase VALUES (3)");
                              if (broken.compareAndSet(true, false)) {
                                throw new SQLException("not now", "40001");
                              }
                            }))
            .build();

    extension
        .runner(workers)
        .withClient(builder ->
            builder.transactions(work ->
                jooq.transaction(configuration -> configuration.dsl().connection(work::run))))
        .work(new ShipOrder(3))
        .requireCompleted();

    assertThat(jooq.fetchCount(DSL.table("purchase"), DSL.field("id").eq(3L))).isEqualTo(1);
  }

  @Test
  void aRollbackStoresNeither() {
    assertThatIllegalStateException()
        .isThrownBy(() ->
            jooq.transaction(configuration -> {
              buy(configuration.dsl(), 2);
              throw new IllegalStateException("out of stock");
            }));

    extension.inserted(ShipOrder.class).none();
    assertThat(jooq.fetchCount(DSL.table("purchase"), DSL.field("id").eq(2L))).isZero();
  }
}
