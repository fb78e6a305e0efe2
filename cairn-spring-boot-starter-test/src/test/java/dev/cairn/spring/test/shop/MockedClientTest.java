package dev.cairn.spring.test.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.verify;

import dev.cairn.Cairn;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.spring.CairnWorker;
import dev.cairn.spring.test.AutoConfigureCairn;
import dev.cairn.spring.test.CairnTester;
import dev.cairn.spring.test.shop.Shop.Ship;
import java.util.Objects;
import javax.sql.DataSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.ApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.context.bean.override.mockito.MockitoSpyBean;

/** The client replaced by a mock. */
class MockedClientTest {
  @Nested
  @SpringBootTest(properties = "spring.sql.init.mode=always")
  class WithoutTables {
    private static final FreshDatabase DATABASE = EmbeddedDatabase.shared().newDatabase();

    @MockitoBean private Cairn cairn;
    @Autowired private Orders orders;
    @Autowired private JdbcClient jdbc;

    @DynamicPropertySource
    static void database(DynamicPropertyRegistry properties) {
      properties.add("spring.datasource.url", DATABASE::jdbcUrl);
      properties.add("spring.datasource.username", () -> variable("PGUSER"));
      properties.add("spring.datasource.password", () -> variable("PGPASSWORD"));
    }

    private static String variable(String name) {
      return Objects.requireNonNull(DATABASE.environment().get(name));
    }

    @Test
    void theApplicationStartsAndCallsTheMock() {
      orders.order(1);

      verify(cairn).insert(new Ship(1));
      assertThat(jdbc.sql("SELECT to_regclass('river_job') IS NULL").query(Boolean.class).single())
          .isEqualTo(true);
    }
  }

  @Nested
  @SpringBootTest(classes = WithoutDataSource.Application.class)
  class WithoutDataSource {
    /** As one with R2DBC, whose tests have no database at all. */
    @EnableAutoConfiguration(exclude = DataSourceAutoConfiguration.class)
    static class Application {
      @CairnWorker
      void ship(Ship args) {}
    }

    @MockitoBean private Cairn cairn;
    @Autowired private ApplicationContext context;

    @Test
    void theApplicationStartsWithTheMock() {
      assertThat(context.getBean(Cairn.class)).isSameAs(cairn);
      assertThat(context.getBeanProvider(DataSource.class).stream()).isEmpty();
    }
  }

  @Nested
  @SpringBootTest
  @AutoConfigureCairn
  class WithATester {
    @MockitoBean private Cairn cairn;
    @Autowired private Orders orders;

    @Test
    void theTestBegins() {
      orders.order(1);

      verify(cairn).insert(new Ship(1));
    }
  }

  @Nested
  @SpringBootTest
  @AutoConfigureCairn
  class Spied {
    @MockitoSpyBean private Cairn cairn;
    @Autowired private Orders orders;
    @Autowired private CairnTester tester;

    @Test
    void aSpyInsertsAndItsJobsAreWorked() {
      orders.order(3);

      verify(cairn).insert(new Ship(3));
      tester.inserted(Ship.class).withArgs(new Ship(3)).one();
      tester.drain().getFirst().requireCompleted();
    }
  }
}
