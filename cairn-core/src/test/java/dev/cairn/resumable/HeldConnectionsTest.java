package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.InterceptedCalls;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.Workers;
import dev.cairn.source.Sources;
import java.sql.Connection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How many connections the thread of a job holds while the job's own code runs (R25). */
class HeldConnectionsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  /** Which are not closed yet, by the thread that took them. */
  private final Map<Object, Thread> open = new ConcurrentHashMap<>();

  private final Map<String, Long> held = new LinkedHashMap<>();

  private void note(String where) {
    Thread own = Thread.currentThread();
    held.put(where, open.values().stream().filter(thread -> thread == own).count());
  }

  private DataSource watched() {
    return InterceptedCalls.of(
        DataSource.class,
        database.dataSource(),
        (method, call) -> {
          Object result = call.proceed();
          return result instanceof Connection connection ? watched(connection) : result;
        });
  }

  private Connection watched(Connection connection) {
    var key = new Object();
    open.put(key, Thread.currentThread());
    return InterceptedCalls.of(
        Connection.class,
        connection,
        (method, call) -> {
          if (method.equals("close")) {
            open.remove(key);
          }
          return call.proceed();
        });
  }

  @Test
  void r25_noConnectionIsHeldWhileTheCodeOfAJobRunsButForTheTransactionsItAsksFor() {
    Cairn client =
        Cairn.builder(watched())
            .schema(database.schema())
            .queue("default", 1)
            .workers(
                Workers.builder()
                    .register(ResumableJobs.Args.class, (job, context) -> work(Steps.of(context)))
                    .build())
            .build();
    try (client) {
      client.start();
      clients.await(client.insert(new ResumableJobs.Args("connections")).id(), JobState.COMPLETED);
    }

    assertThat(held)
        .containsExactly(
            Map.entry("outside of steps", 0L),
            Map.entry("in a step", 0L),
            Map.entry("after a buffered position", 0L),
            Map.entry("after a durable position", 0L),
            Map.entry("with an item", 0L),
            Map.entry("in a branch", 0L),
            Map.entry("in a transactional step", 1L),
            Map.entry("with a batch in a transaction", 1L),
            Map.entry("at the end", 0L));
  }

  private void work(Steps steps) throws Exception {
    note("outside of steps");
    steps.step("step", () -> note("in a step"));
    steps.cursor(
        "cursor",
        Long.class,
        0L,
        cursor -> {
          cursor.advance(1L);
          note("after a buffered position");
          cursor.checkpoint(2L);
          note("after a durable position");
        });
    steps.forEach("items", Sources.range(0, 3), item -> note("with an item"));
    steps.parallel(
        "branches",
        branches -> branches.add("one", own -> own.step("step", () -> note("in a branch"))));
    steps.stepTx("settle", connection -> note("in a transactional step"));
    steps.forEachTx(
        "batches",
        Sources.range(0, 3),
        2,
        (connection, batch) -> note("with a batch in a transaction"));
    note("at the end");
  }
}
