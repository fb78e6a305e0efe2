package dev.cairn.spring.test.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.Cairn;
import dev.cairn.ClientStatus.Phase;
import dev.cairn.JobState;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.spring.test.AutoConfigureCairn;
import dev.cairn.spring.test.CairnTester;
import dev.cairn.spring.test.shop.Shop.Remind;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.ClassOrderer;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestClassOrder;
import org.junit.jupiter.api.TestMethodOrder;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

/** Contexts that Spring keeps for further tests, or throws away. */
class CachedContextsTest {
  private static final FreshDatabase DATABASE = EmbeddedDatabase.shared().newDatabase();

  /** The clients of the contexts, in the order in which tests saw them. */
  private static final List<Cairn> SEEN = new ArrayList<>();

  private static void database(DynamicPropertyRegistry properties) {
    properties.add("spring.datasource.url", DATABASE::jdbcUrl);
    properties.add("spring.datasource.username", DATABASE::user);
    properties.add("spring.datasource.password", DATABASE::password);
  }

  private static void works(Cairn client) {
    long id = client.insert(new Remind(1)).id();
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> client.jobs().find(id).orElseThrow().state() == JobState.COMPLETED);
    assertThat(client.jobs().find(id).orElseThrow().attemptedBy()).containsExactly(client.id());
  }

  /** Both work the same queue. */
  @Nested
  @TestClassOrder(ClassOrderer.OrderAnnotation.class)
  class OfOneDatabase {
    @Nested
    @Order(1)
    @SpringBootTest(properties = "cairn.migrate=up")
    class First {
      @Autowired private Cairn client;

      @DynamicPropertySource
      static void properties(DynamicPropertyRegistry properties) {
        database(properties);
      }

      @Test
      void theClientWorks() {
        SEEN.add(client);
        works(client);
      }
    }

    @Nested
    @Order(2)
    @SpringBootTest(properties = "cairn.migrate=up")
    @TestPropertySource(properties = "shop.other=true")
    class Second {
      @Autowired private Cairn client;

      @DynamicPropertySource
      static void properties(DynamicPropertyRegistry properties) {
        database(properties);
      }

      @Test
      void theClientOfTheOtherContextIsPausedMeanwhile() {
        assertThat(SEEN.getFirst()).isNotSameAs(client);
        assertThat(SEEN.getFirst().status().phase()).isEqualTo(Phase.STOPPED);
        SEEN.add(client);
        works(client);
      }
    }
  }

  @Nested
  @SpringBootTest
  @AutoConfigureCairn
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  @TestPropertySource(properties = "cairn.work=true")
  class ThrownAway {
    private static final List<Cairn> CLIENTS = new ArrayList<>();

    @Autowired private Cairn client;
    @Autowired private CairnTester tester;
    @Autowired private DataSource dataSource;
    private static String url = "";

    private static String url(DataSource source) throws SQLException {
      try (Connection connection = source.getConnection()) {
        return connection.getMetaData().getURL();
      }
    }

    @Test
    @Order(1)
    @DirtiesContext
    void worksInAContextThatIsThrownAway() throws SQLException {
      CLIENTS.add(client);
      url = url(dataSource);
      works(client);
    }

    @Test
    @Order(2)
    void theNextOneBeginsAnewAndTheOldClientHasStopped() {
      assertThat(CLIENTS.getFirst()).isNotSameAs(client);
      assertThat(CLIENTS.getFirst().status().phase()).isEqualTo(Phase.STOPPED);
      tester.inserted().none();
      works(client);
      assertThatThrownBy(
              () -> DriverManager.getConnection(url, DATABASE.user(), DATABASE.password()))
          .as("its database was dropped")
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("3D000"));
    }
  }
}
