package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.CairnException;
import dev.cairn.TestDatabase;
import dev.cairn.internal.store.TransactionCall;
import dev.cairn.internal.store.TransactionFates;
import dev.cairn.internal.store.TransactionFates.Fate;
import dev.cairn.internal.store.TransactionFates.Mark;
import dev.cairn.internal.store.Transactions.StatementGuard;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a number says about a transaction, and what it does not say. */
class TransactionFatesTest {
  @RegisterExtension static final TestDatabase server = new TestDatabase();

  private final Database database = new Database(server.dataSource(), server.schema());
  private final TransactionFates fates = new PostgresTransactionFates(database);

  /** A transaction that has written nothing yet. */
  private Mark ended(boolean committed) throws SQLException {
    try (Connection connection = server.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      Mark mark = fates.mark(connection);
      assertThat(fates.fate(mark)).isEqualTo(Fate.OPEN);
      if (committed) {
        connection.commit();
      } else {
        connection.rollback();
      }
      connection.setAutoCommit(true);
      return mark;
    }
  }

  @Test
  void theServerSaysWhatBecameOfIt() throws SQLException {
    assertThat(fates.fate(ended(true))).isEqualTo(Fate.COMMITTED);
    assertThat(fates.fate(ended(false))).isEqualTo(Fate.ROLLED_BACK);
  }

  /** After a promotion, others are given the numbers that were lost, or nobody is yet. */
  @Test
  void anotherServerSaysNothing() throws SQLException {
    Mark here = ended(true);

    assertThat(fates.fate(new Mark(here.number(), here.server() + "0"))).isEqualTo(Fate.UNKNOWN);
    assertThat(fates.fate(new Mark(here.number() + 1_000_000_000, here.server() + "0")))
        .isEqualTo(Fate.UNKNOWN);
  }

  /** A transaction whose server is replaced before its fate is asked. */
  private TransactionCall<String> replaced(@Nullable Exception thrown) {
    var elsewhere =
        new TransactionFates() {
          @Override
          public Mark mark(Connection connection) {
            Mark mark = fates.mark(connection);
            return new Mark(mark.number(), mark.server() + "0");
          }

          @Override
          public Fate fate(Mark mark) {
            return fates.fate(mark);
          }

          @Override
          public void abort(Connection connection) {
            fates.abort(connection);
          }
        };
    return new TransactionCall<>(
        work -> {
          try (Connection connection = server.dataSource().getConnection()) {
            connection.setAutoCommit(false);
            work.run(connection);
            connection.commit();
            connection.setAutoCommit(true);
          }
          if (thrown != null) {
            throw thrown;
          }
        },
        connection -> "done",
        StatementGuard.NONE,
        elsewhere,
        "job 1");
  }

  @Test
  void aLostAnswerToTheCommitIsTheOutageThatItWas() {
    var cut = new SQLException("the connection is gone", "08006");

    TransactionCall<String> call = replaced(cut);

    assertThatThrownBy(call::run).isSameAs(cut);
    assertThat(call.isUndone()).isFalse();
  }

  @Test
  void aCommitThatNobodyCanConfirmIsAnOutage() {
    TransactionCall<String> call = replaced(null);

    assertThatThrownBy(call::run)
        .isInstanceOf(CairnException.class)
        .hasMessageContaining("job 1", "another server")
        .hasMessageContaining("[CAIRN-608]")
        .satisfies(thrown ->
            assertThat(new PostgresTransactions(database, null).isOutage(thrown)).isTrue());
    assertThat(call.isUndone()).isFalse();
  }
}
