package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.testing.CairnExtension;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** Whoever is told that an act has failed does it again. */
class DoneActsTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static final int ANY = Integer.MAX_VALUE;

  /** How many connections the database still gives. */
  private final AtomicInteger left = new AtomicInteger(ANY);

  private volatile boolean breaksAfterCommit;
  private final Dashboard dashboard =
      Dashboard.builder(dataSource())
          .schema(cairn.schema())
          .access(request -> Grant.operator("ada"))
          .build();
  private final TestPage page = new TestPage(dashboard);
  private final SampleJobs samples = new SampleJobs(cairn.dataSource(), cairn.schema());

  @BeforeEach
  void empty() throws Exception {
    samples.execute("TRUNCATE {schema}.river_job, {schema}.river_queue");
    page.get("/api/session").ok();
  }

  @AfterEach
  void close() {
    dashboard.close();
  }

  private DataSource dataSource() {
    return (DataSource)
        Proxy.newProxyInstance(
            DoneActsTest.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, arguments) -> {
              if (left.getAndDecrement() <= 0) {
                throw new SQLException("the database is away", "08001");
              }
              return connection(cairn.dataSource().getConnection());
            });
  }

  private Connection connection(Connection real) {
    return (Connection)
        Proxy.newProxyInstance(
            DoneActsTest.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            new java.lang.reflect.InvocationHandler() {
              private boolean committed;

              @Override
              public Object invoke(Object proxy, Method method, Object[] arguments)
                  throws Throwable {
                Object result = call(real, method, arguments);
                if (committed && breaksAfterCommit) {
                  throw new SQLException("the connection is broken", "08006");
                }
                committed |= method.getName().equals("commit");
                return result;
              }
            });
  }

  private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private long number(String sql) throws Exception {
    return samples.number("SELECT count(*) FROM {schema}." + sql);
  }

  /** The answer of an act, after which the database is away. */
  private JsonNode done(String path, String json) {
    left.set(1);
    try {
      return page.post(path, json).ok().json();
    } finally {
      left.set(ANY);
    }
  }

  @Test
  void anInsertionWhoseJobCannotBeReadAfterwardsWasMade() throws Exception {
    JsonNode answer = done("/api/jobs", "{\"kind\": \"send_mail\"}");

    assertThat(answer.path("job").isNull()).isTrue();
    assertThat(answer.path("text").asString()).startsWith("Job ").endsWith(" was inserted.");
    assertThat(number("river_job")).isOne();
  }

  @Test
  void anActOnAJobThatCannotBeReadAfterwardsWasDone() throws Exception {
    samples.insert(1, "discarded");
    long id = samples.newest("discarded");

    JsonNode answer = done("/api/jobs/%d/acts".formatted(id), "{\"verb\": \"retry\"}");

    assertThat(answer.path("job").isNull()).isTrue();
    assertThat(answer.path("text").asString()).contains("is ready to run");
    assertThat(number("river_job WHERE state = 'available'")).isOne();
  }

  @Test
  void aQueueThatCannotBeReadAfterwardsWasPaused() throws Exception {
    samples.execute("INSERT INTO {schema}.river_queue (name, updated_at) VALUES ('mail', now())");

    JsonNode answer = done("/api/queues/mail/acts", "{\"verb\": \"pauseQueue\"}");

    assertThat(answer.path("queue").isNull()).isTrue();
    assertThat(answer.path("text").asString()).contains("until you resume it");
    assertThat(number("river_queue WHERE paused_at IS NOT NULL")).isOne();
  }

  @Test
  void aConnectionThatBreaksAfterTheCommitDoesNotMakeTheActFail() throws Exception {
    breaksAfterCommit = true;

    JsonNode answer = page.post("/api/jobs", "{\"kind\": \"send_mail\"}").ok().json();

    assertThat(answer.path("job").path("kind").asString()).isEqualTo("send_mail");
    assertThat(number("river_job")).isOne();
  }
}
