package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;
import static org.awaitility.Awaitility.await;

import dev.cairn.event.FetchEvent;
import dev.cairn.jobs.JobQuery;
import dev.cairn.schedule.Every;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.spi.Middleware;
import dev.cairn.spi.MiddlewareContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Middleware for one type of arguments, and the points of the way that need none. */
class KindMiddlewareTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final List<String> notes = new CopyOnWriteArrayList<>();

  @JobKind("concerned")
  record Concerned(String name) {}

  @JobKind("unconcerned")
  record Unconcerned(String name) {}

  /** Notes its calls. */
  private final class Noting implements Middleware {
    private final String name;

    Noting(String name) {
      this.name = name;
    }

    @Override
    public void work(MiddlewareContext context, Next next) throws Exception {
      notes.add(name + " begin");
      next.proceed();
      notes.add(name + " end");
    }

    @Override
    public List<InsertResult> insert(List<JobInsert> jobs, InsertNext next) {
      notes.add(name + " insert " + jobs.size());
      return next.proceed(jobs);
    }
  }

  @Test
  void isInsideOfWhatWasAddedBeforeAndSeesItsOwnJobsOnly() {
    Cairn client =
        clients.start(
            Concerned.class,
            (job, context) -> notes.add("work"),
            settings ->
                settings
                    .middleware(new Noting("a"))
                    .middleware(Concerned.class, new Noting("b"))
                    .middleware(Unconcerned.class, new Noting("never")));
    long id = client.insert(new Concerned("x")).id();

    clients.await(id, JobState.COMPLETED);
    assertThat(notes)
        .containsExactly(
            "a insert 1", "b insert 1", "a begin", "b begin", "work", "b end", "a end");
  }

  @Test
  void changesWhatIsInsertedAlsoInAClientThatOnlyInserts() {
    Cairn client =
        clients.build(settings ->
            settings.middleware(
                Concerned.class,
                Middleware.beforeInsert(
                    job -> job.withOptions(job.options().withTags("concerned")))));
    client.insertMany(
        List.of(JobInsert.of(new Concerned("1")), JobInsert.of(new Unconcerned("2"))));
    client.insertManyFast(
        List.of(JobInsert.of(new Unconcerned("3")), JobInsert.of(new Concerned("4"))));

    assertThat(client.jobs().list(JobQuery.all()).jobs())
        .extracting(JobRow::kind, JobRow::tags)
        .containsExactlyInAnyOrder(
            tuple("concerned", List.of("concerned")),
            tuple("unconcerned", List.of()),
            tuple("unconcerned", List.of()),
            tuple("concerned", List.of("concerned")));
  }

  @Test
  void eachResultIsInThePlaceOfItsJob() {
    Cairn client =
        clients.build(settings -> settings.middleware(Concerned.class, new Noting("own")));
    List<JobInsert> jobs =
        IntStream.range(0, 7)
            .mapToObj(number ->
                JobInsert.of(
                    number % 3 == 1 ? new Concerned("n" + number) : new Unconcerned("n" + number)))
            .toList();

    List<InsertResult> results = client.insertMany(jobs);

    assertThat(results)
        .extracting(result -> result.job().args())
        .allSatisfy(args -> assertThat(args).contains("n"));
    var places = new ArrayList<String>();
    for (InsertResult result : results) {
      places.add(result.job().args().replaceAll("\\D", ""));
    }
    assertThat(places).containsExactly("0", "1", "2", "3", "4", "5", "6");
    assertThat(notes).containsExactly("own insert 2");
  }

  /** What middleware may do with its jobs besides inserting them. */
  enum Deed {
    DROPS_THEM {
      @Override
      List<InsertResult> insert(List<JobInsert> jobs, Middleware.InsertNext next) {
        return List.of();
      }
    },
    INSERTS_EACH_ALONE {
      @Override
      List<InsertResult> insert(List<JobInsert> jobs, Middleware.InsertNext next) {
        return jobs.stream().flatMap(job -> next.proceed(List.of(job)).stream()).toList();
      }
    };

    abstract List<InsertResult> insert(List<JobInsert> jobs, Middleware.InsertNext next);
  }

  @ParameterizedTest
  @EnumSource
  void whateverItDoesWithItsOwnTheOthersAreInsertedOnce(Deed deed) {
    Cairn client =
        clients.build(settings ->
            settings.middleware(
                Concerned.class,
                new Middleware() {
                  @Override
                  public void work(MiddlewareContext context, Next next) throws Exception {
                    next.proceed();
                  }

                  @Override
                  public List<InsertResult> insert(List<JobInsert> jobs, InsertNext next) {
                    return deed.insert(jobs, next);
                  }
                }));

    List<InsertResult> results =
        client.insertMany(
            List.of(
                JobInsert.of(new Concerned("1")),
                JobInsert.of(new Unconcerned("2")),
                JobInsert.of(new Concerned("3"))));

    List<String> expected =
        deed == Deed.DROPS_THEM
            ? List.of("unconcerned")
            : List.of("concerned", "unconcerned", "concerned");
    assertThat(results).extracting(result -> result.job().kind()).isEqualTo(expected);
    assertThat(client.jobs().list(JobQuery.all()).jobs())
        .extracting(JobRow::kind)
        .as(deed.name().toLowerCase(Locale.ROOT))
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void mayRefuseAnInsertion() {
    Cairn client =
        clients.build(settings ->
            settings.middleware(
                Middleware.beforeInsert(job -> {
                  throw new IllegalStateException("closed on Sundays");
                })));

    assertThatThrownBy(() -> client.insert(new Concerned("1"))).hasMessage("closed on Sundays");
    assertThat(client.jobs().list(JobQuery.all()).jobs()).isEmpty();
  }

  @Test
  void mayChangeWhatAnAttemptEndedWith() {
    Cairn client =
        clients.start(
            Concerned.class,
            (job, context) -> {
              throw new IllegalStateException("half as bad");
            },
            settings ->
                settings.middleware(
                    Concerned.class,
                    (context, next) -> {
                      try {
                        next.proceed();
                      } catch (IllegalStateException e) {
                        notes.add(e.getMessage());
                      }
                    }));
    long id = client.insert(new Concerned("x")).id();

    clients.await(id, JobState.COMPLETED);
    assertThat(notes).containsExactly("half as bad");
  }

  @Test
  void listenersAreToldOfFetchesAndSurviveTheirOwnFailures() {
    var fetches = new CopyOnWriteArrayList<FetchEvent>();
    Cairn client =
        clients.start(
            Concerned.class,
            (job, context) -> {},
            settings ->
                settings.listener(
                    ListenerTo.fetches(fetch -> {
                      fetches.add(fetch);
                      throw new IllegalStateException("a listener fails");
                    })));
    long id = client.insert(new Concerned("x")).id();

    clients.await(id, JobState.COMPLETED);
    await()
        .untilAsserted(() ->
            assertThat(fetches)
                .anySatisfy(fetch -> {
                  assertThat(fetch.queue()).isEqualTo("default");
                  assertThat(fetch.wanted()).isEqualTo(10);
                  assertThat(fetch.claimed()).isEqualTo(1);
                  assertThat(fetch.duration()).isPositive();
                }));
  }

  @Test
  void aListenerMayAddPeriodicJobsWhenItsClientLeads() {
    database.execute("DELETE FROM " + database.schema() + ".river_leader");
    clients.start(
        Concerned.class,
        (job, context) -> notes.add(job.args().name()),
        settings ->
            settings.plugin(client ->
                client.listener(
                    ListenerTo.terms(term ->
                        term.periodicJobs()
                            .add(
                                PeriodicJob.of(
                                        "added",
                                        Every.of(Duration.ofHours(1)),
                                        due -> JobInsert.of(new Concerned("periodic")))
                                    .runOnStart())))));

    await().atMost(Duration.ofMinutes(1)).until(() -> notes.contains("periodic"));
  }

  @JobKind("concerned_report")
  record Report(String name) implements InsertDefaults {
    @Override
    public InsertOptions insertDefaults() {
      return InsertOptions.defaults().withQueue("reports");
    }
  }

  @Test
  void insertionsSeeTheDefaultsOfTheArguments() {
    Cairn client =
        clients.build(settings ->
            settings.middleware(
                Middleware.beforeInsert(job -> {
                  notes.add("to " + job.options().queue());
                  return job;
                })));
    client.insert(new Report("x"));

    assertThat(notes).containsExactly("to reports");
  }
}
