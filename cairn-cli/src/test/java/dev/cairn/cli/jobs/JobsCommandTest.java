package dev.cairn.cli.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.InsertResult;
import dev.cairn.JobInsert;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.Worker;
import dev.cairn.Workers;
import dev.cairn.cli.Address;
import dev.cairn.cli.CommandRun;
import dev.cairn.cli.MigratedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.jobs.JobQuery;
import dev.cairn.resumable.ItemPolicy;
import dev.cairn.resumable.Steps;
import dev.cairn.source.Sources;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class JobsCommandTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final String SIZE = "cairn.stdout.size";

  private final FreshDatabase database = MigratedDatabase.fresh();
  private final HikariDataSource pool = MigratedDatabase.pool(database);
  private final CountDownLatch mayEnd = new CountDownLatch(1);
  private final InputStream in = System.in;
  private final List<Cairn> clients = new ArrayList<>();

  @JobKind("import_catalog")
  record ImportCatalog(String supplier) {}

  @AfterEach
  void stop() {
    System.clearProperty(SIZE);
    System.setIn(in);
    mayEnd.countDown();
    clients.forEach(Cairn::stopNow);
    pool.close();
  }

  private CommandRun jobs(String command, Object... more) {
    var args = new ArrayList<>(List.of("jobs", command, "--database-url", Address.of(database)));
    for (Object each : more) {
      args.add(each.toString());
    }
    return CommandRun.of(args.toArray(String[]::new));
  }

  private Cairn start(Worker<ImportCatalog> worker) {
    Cairn client =
        Cairn.builder(pool)
            .workers(Workers.builder().register(ImportCatalog.class, worker).build())
            .queue("default", 5)
            .flushInterval(Duration.ofMillis(20))
            .pollInterval(Duration.ofMillis(20))
            .retryPolicy((job, failures) -> Duration.ofHours(1))
            .build();
    client.start();
    clients.add(client);
    return client;
  }

  private static long insert(Cairn client) {
    return client.insert(new ImportCatalog("ACME")).id();
  }

  /** Stands at 400 of 1,000 until it may end. */
  private Cairn startImport() {
    return start((job, context) -> {
      Steps steps = Steps.of(context);
      steps.step("validate", String.class, () -> "fine");
      steps.cursor(
          "import",
          Long.class,
          0L,
          cursor -> {
            for (long row = cursor.get() + 1; row <= 1_000; row++) {
              cursor.progress(row, 1_000L);
              cursor.advance(row);
              while (row == 400 && !mayEnd.await(5, TimeUnit.MILLISECONDS)) {
                context.yieldIfInterrupted();
              }
            }
          });
    });
  }

  private void awaitHalfWay(long id) {
    Awaitility.await()
        .atMost(PATIENCE)
        .until(
            () -> clients.getFirst().jobs().progress(id).orElseThrow(),
            it -> it.share().orElse(0.0) == 0.4);
  }

  private void await(long id, JobState state) {
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> clients.getFirst().jobs().find(id).orElseThrow().state() == state);
  }

  @Test
  void r27_showTellsTheProgressAndTheTimeline() {
    long id = insert(startImport());
    awaitHalfWay(id);

    CommandRun run = jobs("show", id);

    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("job %d  import_catalog  running  attempt 1".formatted(id))
        .contains("[########------------]  40 %  400 of 1,000")
        .contains("{\"supplier\": \"ACME\"}")
        .containsPattern("[x\u2713] validate +\\d\\S* s  result 6 B")
        .containsPattern("> import +\\d.* at 400");
  }

  @Test
  void r27_showAsJson() {
    long id = insert(startImport());
    awaitHalfWay(id);

    JsonNode job = JsonMapper.shared().readTree(jobs("show", id, "--json").out());

    assertThat(job.path("id").asLong()).isEqualTo(id);
    assertThat(job.path("state").asString()).isEqualTo("running");
    assertThat(job.path("step").asString()).isEqualTo("import");
    assertThat(job.path("done").asLong()).isEqualTo(400);
    assertThat(job.path("args").path("supplier").asString()).isEqualTo("ACME");
    assertThat(job.path("steps")).hasSize(2);
    assertThat(job.path("steps").get(0).path("value_bytes").asInt()).isEqualTo(6);
    assertThat(job.path("steps").get(1).path("cursor").asLong()).isEqualTo(400);
    assertThat(job.path("operations")).isEmpty();
  }

  /** As programs in other languages write it, or SQL. */
  @Test
  void jsonHasWhatIsStoredHoweverDeepAndLongItIs() throws SQLException {
    String deep = "[".repeat(600) + "]".repeat(600);
    String numbers =
        "{\"long\": %s, \"exact\": 12345678901234567.890}".formatted("9".repeat(1_200));
    try (var connection = pool.getConnection();
        var insert =
            connection.prepareStatement(
                "INSERT INTO river_job (kind, queue, args, max_attempts)"
                    + " VALUES ('odd', 'nobody', ?::jsonb, 1)")) {
      for (String args : List.of("{\"plain\": true}", deep, numbers)) {
        insert.setString(1, args);
        insert.executeUpdate();
      }
    }

    CommandRun run = jobs("list", "--json");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out().lines()).hasSize(3);
    assertThat(run.out()).contains("\"args\":" + deep, "\"args\":" + numbers, "\"plain\": true");
    assertThat(jobs("show", 2, "--json").out()).contains(deep);
  }

  @Test
  void r27_watchTellsWhatIsNewUntilTheJobEnds() throws Exception {
    long id = insert(startImport());
    awaitHalfWay(id);
    var watching = CompletableFuture.supplyAsync(() -> jobs("watch", id, "--interval", "10"));
    mayEnd.countDown();

    CommandRun run = watching.get();

    assertThat(run.exitCode()).isZero();
    assertThat(run.out().lines().toList().getLast()).isEqualTo("job %d is completed".formatted(id));
    assertThat(run.out()).contains("import_catalog").doesNotContain("\u001b");
  }

  @Test
  void r27_watchFailsIfTheJobDoes() {
    long id = insert(start((job, context) -> {}));
    await(id, JobState.COMPLETED);
    assertThat(jobs("watch", id).exitCode()).isZero();
    long cancelled =
        clients
            .getFirst()
            .insert(new ImportCatalog("none"), InsertOptions.defaults().withQueue("idle"))
            .id();
    jobs("cancel", cancelled);

    CommandRun run = jobs("watch", cancelled);

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out())
        .contains("is cancelled: ./cairn jobs show " + cancelled + " shows the reason");
  }

  @Test
  void r28_pauseRewindAndResume() {
    long id = insert(startImport());
    awaitHalfWay(id);

    CommandRun refused = jobs("rewind", id, "--to", "validate");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).startsWith("Error: job " + id).contains("pause it first");

    CommandRun paused = jobs("pause", id, "--by", "ada");
    assertThat(paused.out()).startsWith("job %d (import_catalog) is ".formatted(id));
    await(id, JobState.PENDING);
    assertThat(jobs("rewind", id, "--to", "import", "--cursor", "250", "--by", "ada").out())
        .isEqualTo("job %d (import_catalog) is pending%n".formatted(id));
    assertThat(jobs("show", id).out())
        .contains("waits until it is resumed: ./cairn jobs resume " + id)
        .contains("at 250")
        .contains("pause by ada", "rewind by ada: import to 250");
    mayEnd.countDown();
    assertThat(jobs("resume", id).exitCode()).isZero();
    await(id, JobState.COMPLETED);
  }

  @Test
  void r28_interruptSaysThatTheJobIsAsked() {
    long id = insert(startImport());
    awaitHalfWay(id);

    assertThat(jobs("interrupt", id).exitCode()).isZero();

    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> clients.getFirst().jobs().progress(id).orElseThrow().interruptions() == 1);
    assertThat(jobs("show", id).out())
        .contains("1 by interruption")
        .contains("interrupt by " + System.getProperty("user.name"));
  }

  @Test
  void r28_whatChangesNothingSaysSo() {
    Cairn client = startImport();
    long id =
        client.insert(new ImportCatalog("idle"), InsertOptions.defaults().withQueue("idle")).id();

    assertThat(jobs("interrupt", id).out()).contains("available", "there was nothing to do");
    assertThat(jobs("pause", id).out()).contains("pending").doesNotContain("nothing to do");
    assertThat(jobs("pause", id).out()).contains("there was nothing to do");
    assertThat(jobs("skip-step", id, "validat").out())
        .contains("step 'validat' has not started", "if the code has a step of that name");
  }

  @Test
  void r28_updateMovesAJobThatWaits() {
    Cairn client = startImport();
    long id =
        client.insert(new ImportCatalog("idle"), InsertOptions.defaults().withQueue("idle")).id();

    CommandRun run =
        jobs(
            "update",
            id,
            "--queue",
            "mail",
            "--priority",
            3,
            "--in",
            "1d2h",
            "--max-attempts",
            5,
            "--by",
            "ada",
            "--reason",
            "the supplier sleeps");

    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .isEqualToIgnoringNewLines("job %d (import_catalog) is scheduled".formatted(id));
    JobRow moved = client.jobs().find(id).orElseThrow();
    assertThat(moved.queue()).isEqualTo("mail");
    assertThat(moved.priority()).isEqualTo(3);
    assertThat(moved.maxAttempts()).isEqualTo(5);
    assertThat(Duration.between(Instant.now(), moved.scheduledAt()))
        .isBetween(Duration.ofHours(26).minusMinutes(5), Duration.ofHours(26).plusMinutes(5));
    assertThat(jobs("show", id).out())
        .contains("update by ada", "queue mail, priority 3, max attempts 5", "the supplier sleeps");
    assertThat(jobs("update", id, "--at", "2026-01-01T08:00:00Z", "--json").out())
        .contains("\"state\" : \"available\"", "\"changed\" : true");
    assertThat(client.jobs().find(id).orElseThrow().scheduledAt())
        .isBetween(Instant.now().minusSeconds(600), Instant.now());
  }

  @Test
  void r28_updateRefusesWhatMakesNoSense() {
    long id = insert(startImport());
    awaitHalfWay(id);

    CommandRun running = jobs("update", id, "--queue", "mail");
    assertThat(running.exitCode()).isEqualTo(1);
    assertThat(running.err())
        .contains("job %d (import_catalog) is running".formatted(id), "pause it first");
    assertThat(jobs("update", 4711, "--in", "90s").exitCode()).isEqualTo(3);
    assertThat(jobs("update", 4711, "--queue", "mail").exitCode()).isEqualTo(3);
    CommandRun nothing = jobs("update", id);
    assertThat(nothing.exitCode()).isEqualTo(2);
    assertThat(nothing.err()).contains("nothing to change: give --queue");
    assertThat(jobs("update", id, "--in", "1h", "--at", "2026-01-01T08:00:00Z").exitCode())
        .isEqualTo(2);
    for (String duration : List.of("", "1", "h", "1m2h", "-1h", "1d 2h", "1 hour")) {
      CommandRun refused = jobs("update", id, "--in", duration);
      assertThat(refused.exitCode()).as(duration).isEqualTo(2);
      assertThat(refused.err()).as(duration).contains("is not a duration such as 90s");
    }
    CommandRun priority = jobs("update", id, "--priority", 5);
    assertThat(priority.exitCode()).isEqualTo(2);
    assertThat(priority.err()).contains("priority must be 1 to 4, not 5");
    assertThat(jobs("update", id, "--in", "999999999d").err()).contains("in the years 1 to 9999");
  }

  @Test
  void r28_skipRestartAndRetry() {
    Cairn client =
        start((job, context) -> {
          Steps steps = Steps.of(context);
          steps.step("one", () -> {});
          String two =
              steps.step(
                  "two",
                  String.class,
                  () -> {
                    throw new IllegalStateException("no two");
                  });
          context.recordOutput(two);
        });
    long id = insert(client);
    await(id, JobState.RETRYABLE);

    assertThat(jobs("show", id).out()).containsPattern("attempt 1, began 20\\S+  no two");
    assertThat(jobs("skip-step", id, "two", "--result", "given").err())
        .contains("a text needs quotes");
    assertThat(jobs("skip-step", id, "two", "--result", "\"given\"").out())
        .doesNotContain("has not started");
    assertThat(jobs("retry", id).exitCode()).isZero();
    await(id, JobState.COMPLETED);
    assertThat(jobs("show", id).out()).containsPattern("output +\"given\"");

    assertThat(jobs("restart", id).exitCode()).isZero();
    await(id, JobState.RETRYABLE);
    assertThat(jobs("rewind", id, "--to", "one", "--run").exitCode()).isZero();
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> client.jobs().find(id).orElseThrow().errors().size() == 3);
  }

  @Test
  void r28_listShowsTheNewestFirst() {
    Cairn client = startImport();
    long first =
        client.insert(new ImportCatalog("later"), InsertOptions.defaults().withQueue("idle")).id();
    long second = insert(client);
    awaitHalfWay(second);

    List<String> lines = jobs("list").out().lines().toList();

    assertThat(lines).hasSize(3);
    assertThat(lines.getFirst())
        .matches(" *id +state +kind +queue +attempt +age +time +step or error");
    assertThat(lines.get(1))
        .matches(" *" + second + "  running .* 1/25 +0:\\d\\d +0:\\d\\d  import 40 %");
    assertThat(lines.get(2)).matches(" *" + first + "  available .* 0/25 +0:\\d\\d +-");
    assertThat(jobs("list", "--state", "running", "--kind", "import_catalog").out().lines())
        .hasSize(2);
    assertThat(jobs("list", "--queue", "other").out().lines()).hasSize(1);
    assertThat(jobs("list", "--json").out().lines())
        .extracting(line -> JsonMapper.shared().readTree(line).path("id").asLong())
        .containsExactly(second, first);
    assertThat(jobs("list", "--json", "--limit", "1").out().lines()).hasSize(1);
  }

  @Test
  void listTellsWhyAJobIsNotCompletedAndWhenItGoesOn() {
    Cairn client =
        start((job, context) ->
            Steps.of(context)
                .step(
                    "load",
                    () -> {
                      throw new IllegalStateException("no such supplier\nat all");
                    }));
    await(insert(client), JobState.RETRYABLE);
    long last =
        client.insert(new ImportCatalog("B"), InsertOptions.defaults().withMaxAttempts(1)).id();
    await(last, JobState.DISCARDED);

    List<String> lines = jobs("list").out().lines().toList();

    assertThat(lines.get(1)).matches(".* discarded .* 1/1 +0:\\d\\d +0:\\d\\d  no such supplier");
    assertThat(lines.get(2))
        .matches(".* retryable .* 1/25 +0:\\d\\d +in (59:\\d\\d|1:00:00)  load: no such supplier");
  }

  @Test
  void listFitsTheTerminalAndIsWholeInAPipe() {
    Cairn client =
        start((job, context) ->
            Steps.of(context)
                .step(
                    "load the catalog of the supplier",
                    () -> {
                      throw new IllegalStateException("x".repeat(100));
                    }));
    await(insert(client), JobState.RETRYABLE);

    assertThat(jobs("list").out()).contains("x".repeat(100));
    for (int columns : List.of(80, 110)) {
      System.setProperty(SIZE, "24 " + columns);
      assertThat(jobs("list").out().lines().toList().getLast())
          .hasSize(columns)
          .contains("import_catalog", "load the")
          .endsWith("..");
    }
  }

  @Test
  void watchAsJson() {
    long id = insert(start((job, context) -> {}));
    await(id, JobState.COMPLETED);

    JsonNode last = JsonMapper.shared().readTree(jobs("watch", id, "--json").out());

    assertThat(last.path("state").asString()).isEqualTo("completed");
    assertThat(last.path("id").asLong()).isEqualTo(id);
  }

  @Test
  void verbsAsJson() {
    Cairn client = startImport();
    long id =
        client.insert(new ImportCatalog("idle"), InsertOptions.defaults().withQueue("idle")).id();

    JsonNode paused = JsonMapper.shared().readTree(jobs("pause", id, "--json").out());

    assertThat(paused.path("state").asString()).isEqualTo("pending");
    assertThat(paused.path("changed").asBoolean()).isTrue();
    assertThat(JsonMapper.shared().readTree(jobs("pause", id, "--json").out()).path("changed"))
        .isEqualTo(JsonMapper.shared().readTree("false"));
  }

  private List<Long> insertIdle(Cairn client, int number) {
    InsertOptions options = InsertOptions.defaults().withQueue("idle");
    return client
        .insertMany(
            IntStream.range(0, number)
                .mapToObj(i -> JobInsert.of(new ImportCatalog("idle " + i), options))
                .toList())
        .stream()
        .map(InsertResult::id)
        .toList();
  }

  private long count(JobState state) {
    return clients.getFirst().jobs().countByState().getOrDefault(state, 0L);
  }

  @Test
  void manyJobsAreShownFirstAndChangedAfterAYes() {
    insertIdle(startImport(), 3);

    CommandRun shown = jobs("cancel", "--kind", "import_catalog", "--dry-run");
    assertThat(shown.out().lines())
        .hasSize(2)
        .last()
        .asString()
        .matches(" +3  available +import_catalog +idle");
    System.setIn(new ByteArrayInputStream("no\n".getBytes(StandardCharsets.UTF_8)));
    CommandRun refused = jobs("cancel", "--kind", "import_catalog");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.out()).contains("Cancel 3 jobs? [yes/no]");
    assertThat(refused.err()).contains("Nothing was changed");
    System.setIn(new ByteArrayInputStream(new byte[0]));
    assertThat(jobs("cancel", "--queue", "idle").err()).contains("--yes");
    assertThat(count(JobState.AVAILABLE)).isEqualTo(3);

    System.setIn(new ByteArrayInputStream("yes\n".getBytes(StandardCharsets.UTF_8)));
    CommandRun done = jobs("cancel", "--queue", "idle", "--by", "ada");
    assertThat(done.exitCode()).isZero();
    assertThat(done.out()).endsWith("cancelled 3 jobs%n".formatted());
    assertThat(count(JobState.CANCELLED)).isEqualTo(3);
    long one = clients.getFirst().jobs().list(JobQuery.all()).jobs().getFirst().id();
    assertThat(clients.getFirst().jobs().progress(one).orElseThrow().operations().getLast().by())
        .isEqualTo("ada");
  }

  @Test
  void manyJobsAreRetriedOrDeletedByState() {
    Cairn client = startImport();
    List<Long> ids = insertIdle(client, 1_203);
    client.jobs().cancelMany(JobQuery.all().withIds(Set.copyOf(ids)).withLimit(10_000));

    assertThat(jobs("retry", "--kind", "import_catalog", "--state", "discarded").out().strip())
        .isEqualTo("No job matches.");
    JsonNode retried =
        JsonMapper.shared()
            .readTree(jobs("retry", "--queue", "idle", "--limit", 1_000, "--yes", "--json").out());
    assertThat(retried.path("matched").asInt()).isEqualTo(1_000);
    assertThat(retried.path("changed").asInt()).isEqualTo(1_000);
    assertThat(retried.path("more").asBoolean()).isTrue();
    assertThat(count(JobState.AVAILABLE)).isEqualTo(1_000);

    assertThat(jobs("delete", "--queue", "idle", "--yes").out()).contains("deleted 203 jobs");
    assertThat(jobs("delete", "--queue", "idle", "--state", "available", "--yes").out())
        .contains("1,000  available", "deleted 1,000 jobs");
    assertThat(count(JobState.AVAILABLE)).isZero();
  }

  @Test
  void deleteAsksForOneJobToo() {
    long id = insertIdle(startImport(), 1).getFirst();
    System.setIn(new ByteArrayInputStream("no\n".getBytes(StandardCharsets.UTF_8)));

    CommandRun refused = jobs("delete", id);

    CommandRun unasked = jobs("delete", id, "--json");

    assertThat(unasked.exitCode()).isEqualTo(2);
    assertThat(unasked.out()).isEmpty();
    assertThat(unasked.err()).contains("--yes or --dry-run");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.out()).contains("Delete job %d (import_catalog, available)?".formatted(id));
    assertThat(jobs("delete", id, "--yes").out())
        .isEqualTo("job %d (import_catalog, available) was deleted%n".formatted(id));
    assertThat(clients.getFirst().jobs().find(id)).isEmpty();
  }

  /** Answers yes, after somebody else has changed something. */
  private static InputStream yesAfter(Runnable change) {
    return new ByteArrayInputStream("yes\n".getBytes(StandardCharsets.UTF_8)) {
      private boolean isChanged;

      @Override
      public synchronized int read(byte[] bytes, int from, int length) {
        if (!isChanged) {
          isChanged = true;
          change.run();
        }
        return super.read(bytes, from, length);
      }
    };
  }

  @Test
  void aJobIsDeletedOnlyInTheStateThatTheQuestionWasAbout() {
    Cairn client = startImport();
    long id = insertIdle(client, 1).getFirst();
    client.jobs().cancel(id);
    System.setIn(yesAfter(() -> client.jobs().retry(id)));

    CommandRun late = jobs("delete", id);

    assertThat(late.out()).contains("(import_catalog, cancelled)?");
    assertThat(late.exitCode()).isEqualTo(1);
    assertThat(late.err())
        .contains("job %d is available by now, and was not deleted".formatted(id));
    assertThat(client.jobs().find(id)).isPresent();
    System.setIn(yesAfter(() -> {}));
    assertThat(jobs("delete", id).out()).contains("was deleted");
    assertThat(client.jobs().find(id)).isEmpty();
  }

  @Test
  void aRunningJobIsNotDeletedAndNothingIsAsked() {
    Cairn client = startImport();
    long id = insert(client);
    Awaitility.await().atMost(PATIENCE).until(() -> count(JobState.RUNNING) == 1);
    System.setIn(yesAfter(() -> {}));

    CommandRun refused = jobs("delete", id);

    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.out()).doesNotContain("?");
    assertThat(refused.err()).contains("cannot be deleted: cancel it first [CAIRN-406]");
    CommandRun tried = jobs("delete", id, "--dry-run");
    assertThat(tried.exitCode()).as("the same as without --dry-run").isEqualTo(1);
    assertThat(tried.err()).contains("[CAIRN-406]");
    assertThat(client.jobs().find(id)).isPresent();
  }

  private CommandRun jobsWith(String parameters, Object... args) {
    String url =
        "%s?user=%s&password=%s&%s"
            .formatted(database.jdbcUrl(), database.user(), database.password(), parameters);
    var all = new ArrayList<>(List.of("jobs", args[0].toString(), "--database-url", url));
    Stream.of(args).skip(1).map(Object::toString).forEach(all::add);
    return CommandRun.of(all.toArray(String[]::new));
  }

  @Test
  void manyJobsAreChangedWithoutReadingWhatTheyContain() throws SQLException {
    insertIdle(startImport(), 20);
    try (var connection = pool.getConnection();
        var statement = connection.createStatement()) {
      statement.execute(
          "UPDATE river_job SET metadata = jsonb_build_object('log', repeat('x', 100000))");
    }

    assertThat(jobsWith("maxResultBuffer=300K", "cancel", "--queue", "idle", "--yes").out())
        .contains("cancelled 20 jobs");
    assertThat(jobsWith("maxResultBuffer=300K", "retry", "--queue", "idle", "--yes").out())
        .contains("retried 20 jobs");
    assertThat(
            jobsWith(
                    "maxResultBuffer=300K",
                    "delete",
                    "--queue",
                    "idle",
                    "--state",
                    "available",
                    "--yes")
                .out())
        .contains("deleted 20 jobs");
  }

  @Test
  void aChangeThatFailsSaysHowManyJobsItHasChanged() throws SQLException {
    List<Long> ids = insertIdle(startImport(), 1_203);
    try (var other = pool.getConnection();
        var statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("SELECT FROM river_job WHERE id = %d FOR UPDATE".formatted(ids.getLast()));

      String[] cancel = {"cancel", "--queue", "idle", "--yes"};
      CommandRun failed = jobsWith("options=-c%20lock_timeout=300", (Object[]) cancel);
      assertThat(failed.exitCode()).isEqualTo(1);
      assertThat(failed.out())
          .contains(
              "cancelled 1,000 jobs",
              "203 of 1,203 jobs were not changed, or their state is unknown");
      assertThat(failed.err()).contains("lock timeout");
      assertThat(count(JobState.CANCELLED)).isEqualTo(1_000);

      CommandRun json =
          jobsWith("options=-c%20lock_timeout=300", "cancel", "--queue", "idle", "--yes", "--json");
      JsonNode report = JsonMapper.shared().readTree(json.out());
      assertThat(json.exitCode()).isEqualTo(1);
      assertThat(report.path("changed").asInt()).isZero();
      assertThat(report.path("failed").asBoolean()).isTrue();
      other.rollback();
    }
  }

  @Test
  void verbsForManyNeedAFilterAndNoId() {
    assertThat(jobs("retry").err()).contains("say which jobs");
    assertThat(jobs("retry", 1, "--kind", "x").exitCode()).isEqualTo(2);
    assertThat(jobs("retry", "--kind", "x", "--json").err()).contains("--yes or --dry-run");
    assertThat(jobs("cancel", "--state", "completed").err())
        .contains("no effect on jobs in this state");
    assertThat(jobs("delete", "--state", "running").exitCode()).isEqualTo(2);
    assertThat(jobs("delete", "--kind", "x", "--limit", "0").exitCode()).isEqualTo(2);
    for (String verb : List.of("cancel", "retry", "delete")) {
      assertThat(jobs(verb, 99, "--limit", "10").err()).contains("--limit is for many jobs");
    }
  }

  @Test
  void aRewindThatCannotRunTheJobSaysThatTheCursorWasSet() throws Exception {
    long id = insert(startImport());
    awaitHalfWay(id);
    jobs("pause", id);
    await(id, JobState.PENDING);
    try (var connection = database.dataSource().getConnection();
        var statement = connection.createStatement()) {
      statement.execute(
          """
          UPDATE river_job SET state = 'discarded', finalized_at = now(), unique_key = 'k',
            unique_states = B'11110101'
          WHERE id = %d
          """
              .formatted(id));
      statement.execute(
          """
          INSERT INTO river_job (kind, args, max_attempts, queue, unique_key, unique_states)
          VALUES ('import_catalog', '{}', 25, 'idle', 'k', B'11110101')
          """);
    }

    CommandRun run = jobs("rewind", id, "--to", "import", "--cursor", "250", "--run");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .startsWith(
            "Error: the cursor of job %d was set, but the job could not be made available: "
                .formatted(id))
        .contains("unique key");
    assertThat(jobs("show", id).out()).contains("at 250");
  }

  @Test
  void whatIsWrongIsOneLine() {
    assertThat(jobs("show", 99).err()).isEqualTo("Error: there is no job 99%n".formatted());
    for (String command : List.of("show", "watch", "pause", "cancel", "retry", "quarantine")) {
      assertThat(jobs(command, 99).exitCode()).as(command).isEqualTo(3);
    }
    assertThat(jobs("delete", 99, "--yes").exitCode()).isEqualTo(3);
    assertThat(jobs("show", "x").exitCode()).isEqualTo(2);
    assertThat(jobs("list", "--limit", "0").exitCode()).isEqualTo(2);
    assertThat(jobs("watch", 1, "--interval", "1").exitCode()).isEqualTo(2);
    assertThat(jobs("list", "--schema", "elsewhere").err()).contains("./cairn migrate up");
    assertThat(CommandRun.of("jobs", "list").err()).contains("--database-url");
    assertThat(CommandRun.of("jobs").exitCode()).isEqualTo(2);
  }

  @Test
  void r20_itemsPutAsideAreListedAndDoneAgain() {
    var poisonous = new AtomicBoolean(true);
    Cairn client =
        start((job, context) ->
            Steps.of(context)
                .failedItems(ItemPolicy.quarantine())
                .forEach(
                    "rows",
                    Sources.range(0, 3),
                    row -> {
                      if (row == 1 && poisonous.get()) {
                        throw new IllegalStateException("row one is poisonous");
                      }
                    }));
    long id = insert(client);
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> client.jobs().find(id).orElseThrow().state() == JobState.COMPLETED);

    assertThat(jobs("quarantine", id).out())
        .contains("rows  1", "java.lang.IllegalStateException: row one is poisonous");
    assertThat(jobs("quarantine", id, "--json").out())
        .contains("\"step\":\"rows\"")
        .hasLineCount(1);
    poisonous.set(false);
    assertThat(jobs("redrive", id, "--by", "ada").exitCode()).isZero();
    Awaitility.await().atMost(PATIENCE).until(() -> client.jobs().quarantined(id).isEmpty());
    assertThat(jobs("quarantine", id).out()).contains("has put nothing aside");
    assertThat(jobs("redrive", id).err()).contains("has put no item aside");
  }
}
