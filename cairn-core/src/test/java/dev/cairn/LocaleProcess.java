package dev.cairn;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.jobs.JobCursor;
import dev.cairn.jobs.JobQuery;
import dev.cairn.resumable.Steps;
import dev.cairn.schedule.Cron;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;

/**
 * A client under a default locale that a test has chosen. Fails if anything is not as elsewhere.
 */
final class LocaleProcess {
  static final Counted UNIQUE = new Counted(List.of(1e21, 1.5e-7), "<i>");

  private LocaleProcess() {}

  @JobKind("locale_counted")
  record Counted(List<Double> numbers, String text) {}

  static InsertOptions uniqueOptions() {
    return InsertOptions.defaults()
        .withQueue("elsewhere")
        .withScheduledAt(Instant.parse("2040-01-02T05:21:05Z"))
        .withUnique(UniqueOptions.byKind().withArgs().withPeriod(Duration.ofHours(1)));
  }

  public static void main(String[] args) throws Exception {
    var config = new HikariConfig();
    config.setDataSource(FreshDatabase.ofEnvironment().dataSource());
    config.setSchema(args[0]);
    try (var pool = new HikariDataSource(config);
        Cairn client =
            Cairn.builder(pool)
                .schema(args[0])
                .workers(Workers.builder().register(Counted.class, LocaleProcess::work).build())
                .queue("default", 5)
                .pollInterval(Duration.ofMillis(50))
                .build()) {
      client.start();
      require(client.insert(UNIQUE, uniqueOptions()).id() == Long.parseLong(args[1]), "unique");
      worksSteps(client);
      listsPages(client);
    }
    schedules();
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new IllegalStateException(what);
    }
  }

  private static void work(Job<Counted> job, WorkContext context) throws Exception {
    Steps steps = Steps.of(context);
    steps.step("first", () -> {});
    steps.cursor(
        "count",
        Long.class,
        0L,
        cursor -> {
          cursor.progress(1, 2L);
          cursor.advance(1L);
        });
  }

  private static void worksSteps(Cairn client) {
    long id = client.insert(new Counted(List.of(), "steps")).id();
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .pollInterval(Duration.ofMillis(5))
        .until(() -> client.jobs().find(id).orElseThrow().state() == JobState.COMPLETED);
    require(client.jobs().progress(id).isPresent(), "progress");
    require(client.jobs().operator("test").restart(id).isPresent(), "restart");
  }

  private static void listsPages(Cairn client) {
    JobQuery query = JobQuery.all().withKinds("locale_counted").withLimit(1);
    Optional<JobCursor> next = client.jobs().list(query).next();
    JobCursor cursor = JobCursor.parse(next.orElseThrow().text());
    require(cursor.equals(next.get()), "cursor");
    require(client.jobs().list(query.after(cursor)).jobs().size() == 1, "page");
    require(
        !client.jobs().list(query.where("job.id > :id", Map.of("id", 0L))).jobs().isEmpty(),
        "condition");
  }

  private static void schedules() {
    require(
        Cron.of("30 7 * jan-dec fri")
            .next(Instant.parse("2026-11-26T00:00:00Z"))
            .equals(Optional.of(Instant.parse("2026-11-27T07:30:00Z"))),
        "cron");
  }
}
