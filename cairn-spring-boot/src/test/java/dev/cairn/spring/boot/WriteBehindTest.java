package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.AttemptError;
import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.WorkContext;
import dev.cairn.spring.CairnWorker;
import dev.cairn.spring.boot.TransactionsTest.JpaApplication;
import dev.cairn.spring.boot.TransactionsTest.Purchases;
import dev.cairn.testing.CairnExtension;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Hibernate sends its writes when a transaction is committed, and not before. */
class WriteBehindTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static final AtomicInteger wentOn = new AtomicInteger();

  private final JdbcClient jdbc = JdbcClient.create(cairn.dataSource());

  @JobKind("buy")
  record Buy(long id) {}

  @BeforeEach
  void freshTable() {
    jdbc.sql("DROP TABLE IF EXISTS purchase").update();
    jdbc.sql("CREATE TABLE purchase (id bigint PRIMARY KEY CHECK (id < 100))").update();
    wentOn.set(0);
  }

  /** Persists within a transaction, whose commit is not its own. */
  static class Buying {
    private final Purchases purchases;

    Buying(Purchases purchases) {
      this.purchases = purchases;
    }

    @CairnWorker
    void buy(Buy args, WorkContext context) throws Exception {
      context.inTransaction(connection -> {
        purchases.save(args.id());
        return true;
      });
      wentOn.incrementAndGet();
    }
  }

  private JobRow settled(long id) {
    var row = new JobRow[1];
    Applications.jpa(cairn)
        .withUserConfiguration(JpaApplication.class)
        .withBean(Buying.class)
        .run(context -> {
          Cairn client = context.getBean(Cairn.class);
          var once = InsertOptions.defaults().withMaxAttempts(1);
          long job = client.insert(new Buy(id), once).id();
          row[0] = cairn.awaitState(job, id < 100 ? JobState.COMPLETED : JobState.DISCARDED);
        });
    return row[0];
  }

  private long rows() {
    return jdbc.sql("SELECT count(*) FROM purchase").query(Long.class).single();
  }

  @Test
  void aRowThatIsRefusedAtTheCommitFailsTheAttempt() {
    JobRow job = settled(1000);

    assertThat(job.errors())
        .singleElement()
        .extracting(AttemptError::error)
        .asString()
        .contains("purchase_id_check");
    assertThat(wentOn).hasValue(0);
    assertThat(rows()).isZero();
  }

  @Test
  void aRowThatIsTakenIsThereBeforeTheWorkerGoesOn() {
    JobRow job = settled(1);

    assertThat(job.errors()).isEmpty();
    assertThat(wentOn).hasValue(1);
    assertThat(rows()).isOne();
  }
}
