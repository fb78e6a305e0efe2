package dev.cairn.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.Workers;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.testing.internal.DatabaseCall;
import dev.cairn.testing.internal.Disturbance;
import dev.cairn.testing.internal.MisbehavingDataSource;
import dev.cairn.testing.internal.Misbehaviour;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;

class GivenDatabaseTest {
  private static final DataSource OURS = EmbeddedDatabase.shared().newDatabase().dataSource();

  /** Registered first, so it looks when the other has cleaned up. */
  @Order(1)
  @RegisterExtension
  static final AfterAllCallback nothingIsLeft = context -> assertThat(schemas()).isZero();

  @Order(2)
  @RegisterExtension
  static final CairnExtension cairn = CairnExtension.on(OURS);

  @Test
  void itsSchemaIsDroppedAfterTheClass() throws SQLException {
    assertThat(cairn.dataSource()).isSameAs(OURS);
    assertThat(schemas()).isEqualTo(1);
  }

  /** JUnit ends a class whose start has failed, too: the others must not suffer for it. */
  @Test
  void aClassThatCouldNotBeginBreaksNoLaterClass() {
    var database = new MisbehavingDataSource(OURS);
    CairnExtension ofManyClasses = CairnExtension.on(database);
    try (Disturbance away = database.always(DatabaseCall.any(), new Misbehaviour.Fails("08006"))) {
      assertThatThrownBy(() -> ofManyClasses.beforeAll(contextOf("first")))
          .hasMessageContaining("CREATE SCHEMA");
      assertThat(away.disturbed()).isNotEmpty();
    }
    ofManyClasses.afterAll(contextOf("first"));
    // Another extension, whose callback comes earlier, fails.
    ofManyClasses.afterAll(contextOf("second"));

    ofManyClasses.beforeAll(contextOf("third"));
    ofManyClasses.beforeAll(contextOf("third/nested"));
    ofManyClasses.afterAll(contextOf("third/nested"));
    assertThat(ofManyClasses.client().jobs().find(1)).isEmpty();
    ofManyClasses.afterAll(contextOf("third"));
    assertThatIllegalStateException()
        .isThrownBy(ofManyClasses::client)
        .withMessageContaining("[CAIRN-812]");
  }

  /** As with one extension in a base class, and classes that JUnit runs in parallel. */
  @Test
  void aClassThatWouldShareTheSchemaOfAnotherOneIsRefused() throws SQLException {
    int before = schemas();
    CairnExtension ofManyClasses = CairnExtension.on(OURS);
    ofManyClasses.beforeAll(contextOf("first"));

    assertThatIllegalStateException()
        .isThrownBy(() -> ofManyClasses.beforeAll(contextOf("firstborn")))
        .withMessageContaining("[CAIRN-816]");
    ofManyClasses.afterAll(contextOf("firstborn"));

    assertThat(ofManyClasses.client().jobs().find(1)).isEmpty();
    ofManyClasses.afterAll(contextOf("first"));
    assertThat(schemas()).isEqualTo(before);
    ofManyClasses.beforeAll(contextOf("firstborn"));
    ofManyClasses.afterAll(contextOf("firstborn"));
  }

  /** As with methods that JUnit runs concurrently. Seen before: they passed by chance. */
  @Test
  void aTestThatBeginsWhileAnotherOneRunsIsRefused() {
    CairnExtension extension = CairnExtension.on(OURS);
    extension.beforeAll(contextOf("class"));
    try {
      extension.beforeEach(contextOf("class/one"));
      Workers workers = Workers.builder().register(Left.class, (job, context) -> {}).build();
      Cairn client = extension.start(it -> it.workers(workers).queue("elsewhere", 1));
      extension.client().insert(new Left());

      assertThatIllegalStateException()
          .isThrownBy(() -> extension.beforeEach(contextOf("class/nested/two")))
          .withMessageContainingAll(
              "class/nested/two begins while class/one still runs", "SAME_THREAD", "[CAIRN-816]");
      extension.afterEach(contextOf("class/nested/two"));

      assertThat(client.stopped()).isNotDone();
      extension.inserted(Left.class).one();

      extension.afterEach(contextOf("class/one"));
      assertThat(client.stopped()).isCompleted();
      extension.beforeEach(contextOf("class/nested/two"));
      // As with an extension that a class has twice.
      extension.beforeEach(contextOf("class/nested/two"));
      extension.inserted().none();
      extension.afterEach(contextOf("class/nested/two"));
      extension.afterEach(contextOf("class/nested/two"));
    } finally {
      extension.afterAll(contextOf("class"));
    }
  }

  @JobKind("given_left")
  record Left() {}

  private static ExtensionContext contextOf(String id) {
    return (ExtensionContext)
        Proxy.newProxyInstance(
            ExtensionContext.class.getClassLoader(),
            new Class<?>[] {ExtensionContext.class},
            (self, method, arguments) -> {
              assertThat(method.getName()).isEqualTo("getUniqueId");
              return id;
            });
  }

  @Test
  void theDatabaseOfAnEmbeddedSchemaIsDroppedWithIt() throws SQLException {
    TestSchema schema = TestSchema.embedded();
    String name;
    Connection left = schema.dataSource().getConnection();
    try (Statement statement = left.createStatement();
        ResultSet rows = statement.executeQuery("SELECT current_database()")) {
      rows.next();
      name = rows.getString(1);
    }

    schema.close();

    assertThat(databases()).isNotEmpty().doesNotContain(name);
    left.close();
  }

  /** As applications with Hibernate have it. */
  @Test
  void aPoolWithoutAutoCommitKeepsNothingEither() throws SQLException {
    int before = schemas();
    var config = new HikariConfig();
    config.setDataSource(OURS);
    config.setAutoCommit(false);
    config.setMaximumPoolSize(10);
    try (var pool = new HikariDataSource(config)) {
      TestSchema schema = TestSchema.on(pool);
      assertThat(schemas()).isEqualTo(before + 1);
      schema.close();
    }
    assertThat(schemas()).isEqualTo(before);
  }

  @Test
  void aSchemaThatCannotBeMigratedIsDropped() throws SQLException {
    int before = schemas();
    var database = new MisbehavingDataSource(OURS);
    try (Disturbance disturbance =
        database.always(DatabaseCall::inTransaction, new Misbehaviour.Fails("57014"))) {
      assertThatThrownBy(() -> TestSchema.on(database)).isInstanceOf(RuntimeException.class);
      assertThat(disturbance.disturbed()).isNotEmpty();
    }
    assertThat(schemas()).isEqualTo(before);
  }

  private static List<String> databases() throws SQLException {
    try (Connection connection = OURS.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT datname FROM pg_database")) {
      var names = new ArrayList<String>();
      while (rows.next()) {
        names.add(rows.getString(1));
      }
      return names;
    }
  }

  private static int schemas() throws SQLException {
    try (Connection connection = OURS.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'cairn%'")) {
      rows.next();
      return rows.getInt(1);
    }
  }
}
