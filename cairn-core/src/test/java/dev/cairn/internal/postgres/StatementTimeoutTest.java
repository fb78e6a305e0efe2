package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.CairnException;
import dev.cairn.TestDatabase;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

class StatementTimeoutTest {
  @RegisterExtension static final TestDatabase server = new TestDatabase();

  @Test
  @Timeout(60)
  void aStatementThatTakesTooLongIsCancelled() {
    var database = new Database(server.dataSource(), server.schema());
    Sql endless =
        Sql.of("wait for ever", "SELECT 1 FROM pg_sleep(3600)").within(Duration.ofSeconds(1));

    assertThatThrownBy(() -> database.list(endless, Map.of(), row -> true))
        .isInstanceOf(CairnException.class)
        .hasMessageContaining("wait for ever")
        .hasMessageContaining("cancel");
  }
}
