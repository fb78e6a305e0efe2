package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.cairn.schedule.Every;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.spi.Fetch;
import dev.cairn.spi.Hook;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class HooksTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final List<String> notes = new CopyOnWriteArrayList<>();

  @JobKind("hooked")
  record Hooked(String name) {}

  @JobKind("unhooked")
  record Unhooked(String name) {}

  /** Notes its calls. */
  private class Noting implements Hook {
    private final String name;

    Noting(String name) {
      this.name = name;
    }

    @Override
    public JobInsert beforeInsert(JobInsert job) {
      notes.add(name + " insert");
      return job;
    }

    @Override
    public void beforeWork(WorkContext context) throws Exception {
      notes.add(name + " begin");
    }

    @Override
    public @Nullable Throwable afterWork(WorkContext context, @Nullable Throwable failure) {
      notes.add(name + " end" + (failure == null ? "" : " " + failure.getMessage()));
      return failure;
    }
  }

  @Test
  void surroundInsertionAndWorkInTheirOrder() {
    Cairn client =
        clients.start(
            Hooked.class,
            (job, context) -> notes.add("work"),
            settings ->
                settings
                    .middleware((context, next) -> {
                      notes.add("middleware");
                      next.proceed();
                    })
                    .hook(new Noting("a"))
                    .hook(Hooked.class, new Noting("b"))
                    .hook(Unhooked.class, new Noting("never")));
    long id = client.insert(new Hooked("x")).id();

    clients.await(id, JobState.COMPLETED);
    assertThat(notes)
        .containsExactly(
            "a insert", "b insert", "middleware", "a begin", "b begin", "work", "b end", "a end");
  }

  @Test
  void ofATypeChangeWhatIsInsertedAlsoInAClientThatOnlyInserts() {
    Cairn client =
        clients.build(settings ->
            settings.hook(
                Hooked.class,
                new Hook() {
                  @Override
                  public JobInsert beforeInsert(JobInsert job) {
                    return job.withOptions(job.options().withTags("hooked"));
                  }
                }));
    client.insertMany(List.of(JobInsert.of(new Hooked("1")), JobInsert.of(new Unhooked("2"))));
    client.insertManyFast(List.of(JobInsert.of(new Hooked("3"))));

    assertThat(client.jobs().list(JobQuery.all()).jobs())
        .extracting(JobRow::tags)
        .containsExactly(List.of("hooked"), List.of(), List.of("hooked"));
  }

  @Test
  void mayRefuseAnInsertion() {
    Cairn client =
        clients.build(settings ->
            settings.hook(
                new Hook() {
                  @Override
                  public JobInsert beforeInsert(JobInsert job) {
                    throw new IllegalStateException("closed on Sundays");
                  }
                }));

    assertThatThrownBy(() -> client.insert(new Hooked("1"))).hasMessage("closed on Sundays");
    assertThat(client.jobs().list(JobQuery.all()).jobs()).isEmpty();
  }

  @Test
  void mayFailAnAttemptBeforeItsWorkerIsCalled() {
    Cairn client =
        clients.start(
            Hooked.class,
            (job, context) -> notes.add("work"),
            settings ->
                settings
                    .hook(new Noting("a"))
                    .hook(
                        new Noting("b") {
                          @Override
                          public void beforeWork(WorkContext context) throws Exception {
                            throw new JobCancelException("not today");
                          }
                        }));
    long id = client.insert(new Hooked("x")).id();

    clients.await(id, JobState.CANCELLED);
    assertThat(notes).containsExactly("a insert", "b insert", "a begin", "a end not today");
  }

  @Test
  void mayChangeWhatAnAttemptEndedWith() {
    Cairn client =
        clients.start(
            Hooked.class,
            (job, context) -> {
              throw new IllegalStateException("half as bad");
            },
            settings ->
                settings.hook(
                    new Noting("a") {
                      @Override
                      public @Nullable Throwable afterWork(
                          WorkContext context, @Nullable Throwable failure) {
                        super.afterWork(context, failure);
                        return null;
                      }
                    }));
    long id = client.insert(new Hooked("x")).id();

    clients.await(id, JobState.COMPLETED);
    assertThat(notes).contains("a end half as bad");
  }

  @Test
  void areToldOfFetchesAndSurviveTheirOwnFailures() {
    var fetches = new CopyOnWriteArrayList<Fetch>();
    Cairn client =
        clients.start(
            Hooked.class,
            (job, context) -> {},
            settings ->
                settings.hook(
                    new Hook() {
                      @Override
                      public void afterFetch(Fetch fetch) {
                        fetches.add(fetch);
                        throw new IllegalStateException("a hook fails");
                      }
                    }));
    long id = client.insert(new Hooked("x")).id();

    clients.await(id, JobState.COMPLETED);
    assertThat(fetches)
        .anySatisfy(fetch -> {
          assertThat(fetch.queue()).isEqualTo("default");
          assertThat(fetch.wanted()).isEqualTo(10);
          assertThat(fetch.claimed()).isEqualTo(1);
          assertThat(fetch.duration()).isPositive();
        });
  }

  @Test
  void mayAddPeriodicJobsWhenTheirClientLeads() {
    database.execute("DELETE FROM " + database.schema() + ".river_leader");
    clients.start(
        Hooked.class,
        (job, context) -> notes.add(job.args().name()),
        settings ->
            settings.plugin(client ->
                client.hook(
                    new Hook() {
                      @Override
                      public void beforePeriodicJobs(PeriodicJobs jobs) {
                        jobs.add(
                            PeriodicJob.of(
                                    "added",
                                    Every.of(Duration.ofHours(1)),
                                    due -> JobInsert.of(new Hooked("periodic")))
                                .runOnStart());
                      }
                    })));

    await().atMost(Duration.ofSeconds(20)).until(() -> notes.contains("periodic"));
  }

  @JobKind("hooked_report")
  record Report(String name) implements InsertDefaults {
    @Override
    public InsertOptions insertDefaults() {
      return InsertOptions.defaults().withQueue("reports");
    }
  }

  @Test
  void seeTheDefaultsOfTheArguments() {
    Cairn client =
        clients.build(settings ->
            settings.hook(
                new Hook() {
                  @Override
                  public JobInsert beforeInsert(JobInsert job) {
                    notes.add("to " + job.options().queue());
                    return job;
                  }
                }));
    client.insert(new Report("x"));

    assertThat(notes).containsExactly("to reports");
  }
}
