package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.ClientStatus.Phase;
import dev.cairn.Job;
import dev.cairn.JobInsert;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.Workers;
import dev.cairn.jobs.ClientRow;
import dev.cairn.jobs.JobQuery;
import dev.cairn.schedule.Every;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.spring.CairnBuilderCustomizer;
import dev.cairn.spring.CairnPeriodic;
import dev.cairn.spring.CairnWorker;
import dev.cairn.testing.CairnExtension;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.DependsOn;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.ConfigurableTransactionManager;

/** Contexts that are lazy, fail, have parents, or are several. */
@ExtendWith(OutputCaptureExtension.class)
class LivesOfContextsTest {
  @RegisterExtension
  static final CairnExtension cairn = new CairnExtension().withTimeout(Duration.ofMinutes(1));

  private static final String KEEP_ALIVE = "cairn-keep-alive";

  private final ApplicationContextRunner application = Applications.jdbc(cairn);

  @JobKind("living")
  record Living(String name) {}

  @JobKind("living_other")
  record Other() {}

  @JobKind("living_class")
  record ByClass() {}

  static class Methods {
    @CairnWorker
    void work(Living args) {}
  }

  static class OtherMethods {
    @CairnWorker
    void work(Other args) {}
  }

  static class WorkerByClass implements Worker<ByClass> {
    @Override
    public void work(Job<ByClass> job, WorkContext context) {}
  }

  static class PeriodicMethods {
    @CairnPeriodic(every = "1h")
    Living due() {
      return new Living("due");
    }
  }

  private static void completes(Cairn client, Object args) {
    assertThat(cairn.awaitState(client.insert(args).id(), JobState.COMPLETED).state())
        .isEqualTo(JobState.COMPLETED);
  }

  private static ApplicationContextRunner lazily(ApplicationContextRunner application) {
    return application.withInitializer(context ->
        context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()));
  }

  private static boolean isKeptAlive() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals(KEEP_ALIVE) && !thread.isDaemon());
  }

  private static void awaitEnd(String what) {
    Awaitility.await(what).atMost(Duration.ofMinutes(1)).until(() -> !isKeptAlive());
  }

  @AfterEach
  void deleteJobs() {
    cairn.client().jobs().deleteMany(JobQuery.all());
  }

  @Test
  void aLazyApplicationWorksItsJobs() {
    lazily(application)
        .withBean(Methods.class)
        .withBean(WorkerByClass.class)
        .run(context -> {
          completes(context.getBean(Cairn.class), new Living("a"));
          completes(context.getBean(Cairn.class), new ByClass());
        });
  }

  @Configuration(proxyBeanMethods = false)
  static class OwnClient {
    @Bean
    Cairn own(HikariDataSource dataSource) {
      return Cairn.builder(dataSource)
          .schema(cairn.schema())
          .workers(Workers.builder().register(Living.class, (job, context) -> {}).build())
          .queue("own", 1)
          .build();
    }
  }

  /** Nobody but the property asks for the tables then. */
  @Test
  void aLazyApplicationWithAClientOfItsOwnGetsTheTablesThatItAsksFor() {
    lazily(application)
        .withUserConfiguration(OwnClient.class)
        .withPropertyValues("cairn.schema=made_lazily", "cairn.migrate=up")
        .run(context -> assertThat(context).hasNotFailed());
    assertThat(
            JdbcClient.create(cairn.dataSource())
                .sql("SELECT to_regclass('made_lazily.river_job') IS NOT NULL")
                .query(Boolean.class)
                .single())
        .isTrue();
  }

  @Test
  void anApplicationThatWorksStaysAliveUntilItCloses() {
    application
        .withBean(Methods.class)
        .run(context -> {
          assertThat(isKeptAlive()).isTrue();
          context.stop();
          awaitEnd("a stopped context to keep nothing alive");
          context.start();
          assertThat(isKeptAlive()).isTrue();
        });
    awaitEnd("a closed context to keep nothing alive");
    application.run(context -> assertThat(isKeptAlive()).isFalse());
    application
        .withBean(Methods.class)
        .withPropertyValues("spring.main.keep-alive=false")
        .run(context -> assertThat(isKeptAlive()).isFalse());
  }

  @Test
  void eachOfTwoContextsInAProcessHasAClientOfItsOwn() {
    new ApplicationContextRunner()
        .withBean(HikariDataSource.class, () -> Applications.pool(cairn))
        .run(parent -> {
          var children =
              Applications.withoutPool()
                  .withParent(parent)
                  .withPropertyValues("cairn.only-known-kinds=true");
          children
              .withBean(Methods.class)
              .run(one -> {
                Cairn client = one.getBean(Cairn.class);
                children
                    .withBean(OtherMethods.class)
                    .run(two -> {
                      Cairn other = two.getBean(Cairn.class);
                      completes(client, new Living("one"));
                      completes(other, new Other());
                      assertThat(client.clients())
                          .filteredOn(ClientRow::alive)
                          .extracting(ClientRow::id)
                          .contains(client.id(), other.id());
                    });
                completes(client, new Living("still"));
              });
        });
  }

  @Test
  void aContextUsesTheClientOfItsParent() {
    application
        .withBean(Methods.class)
        .run(parent -> {
          Applications.withoutPool()
              .withParent(parent)
              .run(child -> {
                assertThat(child.getBean(Cairn.class)).isSameAs(parent.getBean(Cairn.class));
                completes(child.getBean(Cairn.class), new Living("child"));
              });
          completes(parent.getBean(Cairn.class), new Living("parent"));
        });
  }

  /** As services in a root context, and the rest in one for the web. */
  @Test
  void aClientWorksTheWorkersOfAParentContextToo() {
    new ApplicationContextRunner()
        .withBean(Methods.class)
        .withBean("byClass", WorkerByClass.class)
        .withBean(PeriodicMethods.class)
        .run(parent ->
            application
                .withParent(parent)
                .withBean(OtherMethods.class)
                .run(child -> {
                  Cairn client = child.getBean(Cairn.class);
                  completes(client, new Living("parent"));
                  completes(client, new ByClass());
                  completes(client, new Other());
                  assertThat(client.periodicJobs().list()).hasSize(1);
                }));
  }

  /** As with two contexts that scan the same packages. */
  @Test
  void aBeanThatHidesOneOfItsNameInAParentContextIsTheWorker() {
    new ApplicationContextRunner()
        .withBean("methods", Methods.class)
        .run(parent ->
            application
                .withParent(parent)
                .withBean("methods", Methods.class)
                .run(child -> completes(child.getBean(Cairn.class), new Living("child"))));
  }

  @Test
  void twoWorkersOfAKindInAContextAndItsParentStopTheApplication() {
    new ApplicationContextRunner()
        .withBean("above", Methods.class)
        .run(parent ->
            application
                .withParent(parent)
                .withBean("below", Methods.class)
                .run(child ->
                    assertThat(FailureTexts.of(Objects.requireNonNull(child.getStartupFailure())))
                        .contains("[CAIRN-101]")));
  }

  /** The beans of a parent context are there, so their classes are known. */
  @Test
  void aWorkerOfAParentContextThatItsDefinitionHidesIsFoundToo() {
    new ApplicationContextRunner()
        .withBean("hidden", Object.class, WorkerByClass::new)
        .run(parent ->
            application
                .withParent(parent)
                .withBean(OtherMethods.class)
                .run(child -> completes(child.getBean(Cairn.class), new ByClass())));
  }

  @Test
  void workersThatTheClientOfAParentDoesNotKnowStopTheApplication() {
    application
        .withBean(Methods.class)
        .run(parent -> {
          for (Class<?> bean : List.of(OtherMethods.class, WorkerByClass.class)) {
            Applications.withoutPool()
                .withParent(parent)
                .withBean(bean)
                .run(child ->
                    assertThat(FailureTexts.of(Objects.requireNonNull(child.getStartupFailure())))
                        .contains("parent context", bean.getSimpleName(), "[CAIRN-714]"));
          }
          Applications.withoutPool()
              .withParent(parent)
              .withBean(OtherMethods.class)
              .withPropertyValues("cairn.work=false")
              .run(child -> assertThat(child).hasNotFailed());
        });
  }

  @Test
  void methodsThatAClientOfTheApplicationsOwnDoesNotGetAreNamed(CapturedOutput output) {
    application
        .withUserConfiguration(OwnClient.class)
        .withBean(WorkerByClass.class)
        .run(context -> assertThat(context).hasNotFailed());
    assertThat(output).doesNotContain("CAIRN-714");
    application
        .withUserConfiguration(OwnClient.class)
        .withBean(PeriodicMethods.class)
        .run(context -> assertThat(context).hasNotFailed());
    assertThat(output).contains("PeriodicMethods.due", "ClientDescription", "[CAIRN-714]");
  }

  /** A client of the application's own that takes everything else from the starter. */
  @Configuration(proxyBeanMethods = false)
  static class DescribedClient {
    @Bean
    Cairn own(ClientDescription description) {
      var builder =
          Cairn.builder(description.dataSource())
              .workers(description.workers())
              .queue("default", 1);
      description.describe(builder);
      return builder.build();
    }
  }

  @Test
  void aClientOfTheApplicationsOwnCanTakeTheWorkers(CapturedOutput output) {
    application
        .withUserConfiguration(DescribedClient.class)
        .withBean(Methods.class)
        .run(context -> completes(context.getBean(Cairn.class), new Living("own")));
    assertThat(output).doesNotContain("CAIRN-714");
  }

  /** The last to start. */
  static class FailsToStart implements SmartLifecycle {
    private static final AtomicReference<@Nullable Cairn> CLIENT = new AtomicReference<>();

    FailsToStart(Cairn client) {
      CLIENT.set(client);
    }

    @Override
    public void start() {
      assertThat(Objects.requireNonNull(CLIENT.get()).status().phase()).isEqualTo(Phase.STARTED);
      throw new IllegalStateException("planned");
    }

    @Override
    public void stop() {}

    @Override
    public boolean isRunning() {
      return false;
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class FailsLast {
    @Bean
    @DependsOn("cairnLifecycle")
    FailsToStart failsToStart(Cairn client) {
      return new FailsToStart(client);
    }
  }

  @Test
  void aClientWhoseContextFailsToStartStopsAndSignsOff() {
    application
        .withBean(Methods.class)
        .withUserConfiguration(FailsLast.class)
        .run(context -> assertThat(context).getFailure().rootCause().hasMessage("planned"));

    Cairn client = Objects.requireNonNull(FailsToStart.CLIENT.get());
    assertThat(client.status().phase()).isEqualTo(Phase.STOPPED);
    assertThat(cairn.client().clients())
        .filteredOn(ClientRow::alive)
        .extracting(ClientRow::id)
        .doesNotContain(client.id());
    awaitEnd("nothing to be kept alive");
  }

  /** Inserts whenever a context calls it. */
  static class Inserts {
    private final Cairn client;
    private final List<String> inserted = new CopyOnWriteArrayList<>();

    Inserts(Cairn client) {
      this.client = client;
    }

    private void insert(String when) {
      client.insert(new Living(when));
      inserted.add(when);
    }

    @PostConstruct
    void made() {
      insert("made");
    }

    @EventListener
    void refreshed(ContextRefreshedEvent event) {
      insert("refreshed");
    }

    @EventListener
    void closed(ContextClosedEvent event) {
      insert("closed");
    }

    @PreDestroy
    void destroyed() {
      insert("destroyed");
    }
  }

  @Test
  void jobsCanBeInsertedAtAnyTimeInTheLifeOfAContext() {
    var inserts = new AtomicReference<@Nullable Inserts>();
    application
        .withBean(Inserts.class)
        .withBean(Methods.class)
        .run(context -> inserts.set(context.getBean(Inserts.class)));

    assertThat(Objects.requireNonNull(inserts.get()).inserted)
        .containsExactly("made", "refreshed", "closed", "destroyed");
    assertThat(cairn.client().jobs().countByState().values().stream().mapToLong(it -> it).sum())
        .isEqualTo(4);
  }

  @Test
  void virtualThreadsMayBeOnAndAreUsedAnyway() {
    for (String virtual : Set.of("true", "false")) {
      application
          .withPropertyValues("spring.threads.virtual.enabled=" + virtual)
          .withBean("worker", OfThreads.class, OfThreads::new)
          .run(context -> {
            completes(context.getBean(Cairn.class), new Living("thread"));
            assertThat(context.getBean(OfThreads.class).virtual).containsExactly(true);
          });
    }
  }

  static class OfThreads {
    private final List<Boolean> virtual = new CopyOnWriteArrayList<>();

    @CairnWorker
    void work(Living args) {
      virtual.add(Thread.currentThread().isVirtual());
    }
  }

  @ParameterizedTest
  @CsvSource({"30s,,false", "30s,20s,false", "10s,10s,true", "10s,1m,true"})
  void aGraceThatIsLongerThanTheContextWaitsIsSaid(
      String phase, @Nullable String grace, boolean warned, CapturedOutput output) {
    ApplicationContextRunner waiting =
        application
            .withBean(Methods.class)
            .withPropertyValues("spring.lifecycle.timeout-per-shutdown-phase=" + phase);
    (grace == null ? waiting : waiting.withPropertyValues("cairn.shutdown-grace=" + grace))
        .run(context -> assertThat(context).hasNotFailed());
    assertThat(output.toString().contains("[CAIRN-715]")).isEqualTo(warned);
  }

  /** Seen before: {@code 1m30s}, with which an application would not start. */
  @ParameterizedTest
  @CsvSource({"90s,2m", "1500ms,36h", "PT1M30S,90001ms"})
  void timesOfWarningsCanBeCopiedIntoProperties(String phase, String grace, CapturedOutput output) {
    application
        .withBean(Methods.class)
        .withPropertyValues(
            "spring.lifecycle.timeout-per-shutdown-phase=" + phase, "cairn.shutdown-grace=" + grace)
        .run(context -> assertThat(context).hasNotFailed());

    Matcher times =
        Pattern.compile("Jobs have (\\S+) to stop, .* data source after (\\S+), the timeout")
            .matcher(output);
    assertThat(times.find()).isTrue();
    assertThat(DurationStyle.detectAndParse(times.group(1)))
        .isEqualTo(DurationStyle.detectAndParse(grace));
    assertThat(DurationStyle.detectAndParse(times.group(2)))
        .isEqualTo(DurationStyle.detectAndParse(phase));
  }

  @ParameterizedTest
  @CsvSource({"8s,true", "30s,false"})
  void theGraceOfAClientOfTheApplicationsOwnIsCompared(
      String phase, boolean warned, CapturedOutput output) {
    application
        .withUserConfiguration(OwnClient.class) // with the ten seconds of a client
        .withPropertyValues("spring.lifecycle.timeout-per-shutdown-phase=" + phase)
        .run(context -> assertThat(context).hasNotFailed());
    assertThat(output.toString().contains("[CAIRN-715]")).isEqualTo(warned);
  }

  @Configuration(proxyBeanMethods = false)
  static class PeriodicBean {
    @Bean
    PeriodicJob hourly() {
      return PeriodicJob.of(
          "hourly", Every.of(Duration.ofHours(1)), due -> JobInsert.of(new Living("due")));
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class PeriodicByCustomizer {
    @Bean
    CairnBuilderCustomizer hourly() {
      return client -> client.periodicJob(new PeriodicBean().hourly());
    }
  }

  @ParameterizedTest
  @ValueSource(classes = {PeriodicMethods.class, PeriodicBean.class, PeriodicByCustomizer.class})
  void periodicJobsThatNobodyInsertsAreSaid(Class<?> configuration, CapturedOutput output) {
    application
        .withUserConfiguration(configuration)
        .run(context -> assertThat(context).hasNotFailed());
    assertThat(output).containsOnlyOnce("[CAIRN-708]").doesNotContain("[CAIRN-714]");
  }

  /** As those of plug-ins or of tests with a hierarchy of contexts. */
  @Test
  void contextsThatComeAndGoLeaveNothingAtTheTransactionManagerAbove() {
    new ApplicationContextRunner()
        .withBean(HikariDataSource.class, () -> Applications.pool(cairn))
        .withConfiguration(
            AutoConfigurations.of(DataSourceTransactionManagerAutoConfiguration.class))
        .run(above -> {
          var manager = above.getBean(ConfigurableTransactionManager.class);
          int before = manager.getTransactionExecutionListeners().size();
          for (int i = 0; i < 3; i++) {
            Applications.withoutPool()
                .withParent(above)
                .run(context -> {
                  assertThat(context).hasSingleBean(Cairn.class);
                  assertThat(manager.getTransactionExecutionListeners()).hasSize(before + 1);
                });
          }
          assertThat(manager.getTransactionExecutionListeners()).hasSize(before);
        });
  }
}
