package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.testing.CairnExtension;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.datasource.AbstractDataSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/** Data sources that do not say whether they route. */
class OddDataSourcesTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  @JobKind("odd")
  record Odd() {}

  /** As one that looks up its target for each tenant. */
  static final class WithoutTarget extends DelegatingDataSource {
    @Override
    public void afterPropertiesSet() {}

    @Override
    public Connection getConnection() throws SQLException {
      return cairn.dataSource().getConnection();
    }
  }

  static final class Silent extends AbstractDataSource {
    @Override
    public Connection getConnection() throws SQLException {
      return cairn.dataSource().getConnection();
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
      return cairn.dataSource().getConnection(user, password);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
      throw new UnsupportedOperationException("planned");
    }
  }

  private static void holdsJobs(DataSource odd) {
    Applications.withoutPool()
        .withBean(DataSource.class, () -> odd)
        .run(context ->
            assertThat(context.getBean(Cairn.class).insert(new Odd()).id()).isPositive());
  }

  /** Seen before: the application did not start, and nothing said why. */
  @Test
  void oneWhoseTargetIsNotKnownHoldsTheJobs() {
    holdsJobs(new WithoutTarget());
  }

  @Test
  void oneThatCannotBeAskedHoldsTheJobs() {
    holdsJobs(new Silent());
  }
}
