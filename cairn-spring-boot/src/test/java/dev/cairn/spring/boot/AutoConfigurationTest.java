package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.ClientStatus;
import dev.cairn.ClientStatus.Phase;
import dev.cairn.InsertOptions;
import dev.cairn.Job;
import dev.cairn.JobInsert;
import dev.cairn.JobInserter;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.QueueOptions;
import dev.cairn.RetryPolicy;
import dev.cairn.SchemaException;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.Workers;
import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventListener;
import dev.cairn.jobs.JobClient;
import dev.cairn.resumable.Steps;
import dev.cairn.schedule.Every;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.spi.ErrorHandler;
import dev.cairn.spi.JacksonCodec;
import dev.cairn.spi.JsonCodec;
import dev.cairn.spi.Middleware;
import dev.cairn.spi.Plugin;
import dev.cairn.spring.CairnBuilderCustomizer;
import dev.cairn.spring.CairnPeriodic;
import dev.cairn.spring.CairnWorker;
import dev.cairn.testing.CairnExtension;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.EnableAspectJAutoProxy;
import org.springframework.core.annotation.Order;
import org.springframework.transaction.annotation.Transactional;

/** What an application gets without saying anything, and what it can say. */
class AutoConfigurationTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final ApplicationContextRunner application = Applications.jdbc(cairn);

  @JobKind("greet")
  record Greet(String name) {}

  @JobKind("count")
  record Count(int to) {}

  @JobKind("tick")
  record Tick() {}

  /** What workers have done. */
  static final class Notes extends ConcurrentLinkedQueue<String> {
    private static final long serialVersionUID = 1L;
  }

  private static ApplicationContextRunner noting(ApplicationContextRunner application) {
    return application.withBean(Notes.class);
  }

  /** A worker by a class, which needs the client. */
  static class GreetWorker implements Worker<Greet> {
    private final Notes notes;
    private final Cairn client;

    GreetWorker(Notes notes, Cairn client) {
      this.notes = notes;
      this.client = client;
    }

    @Override
    public void work(Job<Greet> job, WorkContext context) {
      notes.add("greet " + job.args().name());
      assertThat(context.client()).isSameAs(client);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class WorkerByLambda {
    @Bean
    Worker<Count> counter(Notes notes) {
      return (job, context) -> notes.add("count " + job.args().to());
    }
  }

  /** Workers by methods, of every signature. */
  static class Methods {
    private final Notes notes;

    Methods(Notes notes) {
      this.notes = notes;
    }

    @CairnWorker("greet")
    void greet(Greet args) {
      notes.add("greet " + args.name());
    }

    @CairnWorker(
        queue = "${app.queue:counting}",
        maxAttempts = "3",
        timeout = "2m",
        progressDeadline = "0")
    void count(Steps steps, Job<Count> job, WorkContext context) throws Exception {
      steps.step("count", () -> notes.add("count " + job.args().to()));
      context.recordOutput(job.args().to());
    }
  }

  private static JobRow worked(Cairn client, Object args) {
    return cairn.awaitState(client.insert(args).id(), JobState.COMPLETED);
  }

  private static void complete(Cairn client, Object args) {
    assertThat(worked(client, args).state()).isEqualTo(JobState.COMPLETED);
  }

  @Test
  void anApplicationWithWorkersWorksTheirJobsWithoutAnyProperty() {
    noting(application)
        .withBean(GreetWorker.class)
        .withUserConfiguration(WorkerByLambda.class)
        .run(context -> {
          Cairn client = context.getBean(Cairn.class);
          complete(client, new Greet("Ada"));
          complete(client, new Count(3));
          assertThat(context.getBean(Notes.class)).containsSubsequence("greet Ada", "count 3");
          assertThat(client.status().queues()).containsOnlyKeys("default");
          assertThat(context).hasSingleBean(JobInserter.class);
          assertThat(context).hasSingleBean(JobClient.class);
        });
  }

  @Test
  void methodsAreWorkersWithTheQueueAndTheLimitsThatTheyName() {
    noting(application)
        .withBean(Methods.class)
        .run(context -> {
          Cairn client = context.getBean(Cairn.class);
          assertThat(worked(client, new Greet("Ada")).queue()).isEqualTo("default");
          JobRow count = worked(client, new Count(4));
          assertThat(count.queue()).isEqualTo("counting");
          assertThat(count.maxAttempts()).isEqualTo(3);
          assertThat(count.output()).contains("4");
          assertThat(client.status().queues())
              .extractingFromEntries(
                  entry -> Map.entry(entry.getKey(), entry.getValue().maxWorkers()))
              .containsExactlyInAnyOrder(Map.entry("default", 10), Map.entry("counting", 10));

          JobRow own =
              client
                  .insert(
                      new Count(5),
                      InsertOptions.defaults().withQueue("default").withMaxAttempts(7))
                  .job();
          assertThat(own.queue()).isEqualTo("default");
          assertThat(own.maxAttempts()).isEqualTo(7);
        });
  }

  @Test
  void middlewareOfTheApplicationSeesTheQueueThatAMethodNames() {
    var seen = new ArrayList<String>();
    noting(application)
        .withBean(Methods.class)
        .withBean(
            Middleware.class,
            () ->
                Middleware.beforeInsert(job -> {
                  seen.add(String.valueOf(job.options().queue()));
                  return job;
                }))
        .withPropertyValues("cairn.work=false")
        .run(context -> context.getBean(Cairn.class).insert(new Count(4)));

    assertThat(seen).containsExactly("counting");
  }

  @Test
  void settingTheNumberOfAWorkersQueueLeavesTheOthersTheirs() {
    noting(application)
        .withBean(Methods.class)
        .withPropertyValues("cairn.queues.counting.max-workers=2")
        .run(context ->
            assertThat(context.getBean(Cairn.class).status().queues())
                .containsOnlyKeys("default", "counting"));
  }

  @Configuration(proxyBeanMethods = false)
  static class HiddenWorker {
    @Bean
    Greeting hidden(Cairn cairn) {
      assertThat(cairn.status().phase()).isEqualTo(Phase.NEW);
      return new Hidden();
    }
  }

  interface Greeting {}

  static class Hidden implements Greeting {
    @CairnWorker
    void greet(Greet args) {}
  }

  @Test
  void aWorkerThatItsDefinitionHidesStopsTheApplication() {
    assertThat(analysis(application.withUserConfiguration(HiddenWorker.class)))
        .contains("Bean 'hidden'", "[CAIRN-701]", "return Hidden");
  }

  @ParameterizedTest
  @CsvSource({
    "cairn.heartbeat-timeout, 1ms, heartbeatTimeout",
    "cairn.shutdown-grace, -1s, shutdownGrace",
    "cairn.max-workers, 0, maxWorkers",
    "cairn.max-attempts, 0, maxAttempts",
    "cairn.schema, my-schema, schema",
    "cairn.queues.mail.max-workers, 0, mail",
    "cairn.queues.mail.poll-interval, 0s, mail",
    "cairn.queues.mail.max-runtime, -1s, mail",
    "cairn.resume.interruptions-max, 0, interruptionsMax",
    "cairn.limits.steps, 0, steps",
    "cairn.retention.completed, -1s, completed",
    "cairn.retry.policy, fixed, cairn.retry.delay",
    "cairn.retry.policy, exponential, cairn.retry.delay",
    "cairn.retry.delay, 5s, cairn.retry.policy=river does not use cairn.retry.delay",
    "cairn.retry.factor, 3, cairn.retry.policy=river does not use cairn.retry.factor",
    "cairn.retry.max-delay, 1h, cairn.retry.policy=river does not use cairn.retry.max-delay"
  })
  void aWrongPropertyStopsTheApplication(String property, String value, String named) {
    assertThat(
            analysis(
                noting(application)
                    .withBean(Methods.class)
                    .withPropertyValues(property + "=" + value)))
        .contains(named, "[CAIRN-707]", "Action:");
  }

  @ParameterizedTest
  @CsvSource({
    "policy=fixed delay=5s factor=3, cairn.retry.policy=fixed does not use cairn.retry.factor",
    "policy=fixed delay=5s max-delay=1h, cairn.retry.policy=fixed does not use cairn.retry.max-delay",
    "policy=exponential delay=5s factor=0.5, factor must be 1 or more",
    "policy=exponential delay=2h max-delay=1h, cairn.retry.max-delay must be at least cairn.retry.delay"
  })
  void retriesThatDoNotFitTogetherStopTheApplication(String properties, String named) {
    assertThat(analysis(noting(application).withPropertyValues(retry(properties))))
        .contains(named, "[CAIRN-707]", "Action:");
  }

  private static String[] retry(String properties) {
    return Arrays.stream(properties.split(" "))
        .map(each -> "cairn.retry." + each)
        .toArray(String[]::new);
  }

  @Test
  void aRetryPolicyOfPropertiesIsRefusedBesideABean() {
    assertThat(
            analysis(
                noting(application)
                    .withBean(RetryPolicy.class, RetryPolicy::river)
                    .withPropertyValues(retry("policy=fixed delay=10m"))))
        .contains("has no effect beside a bean of type RetryPolicy", "[CAIRN-707]");
  }

  @Test
  void placeholdersInAnnotationsAreReplaced() {
    noting(application)
        .withBean(Methods.class)
        .withPropertyValues("app.queue=numbers")
        .run(context ->
            assertThat(context.getBean(Cairn.class).status().queues())
                .containsOnlyKeys("default", "numbers"));
  }

  /** A worker that is proxied by its class. */
  @Configuration(proxyBeanMethods = false)
  @EnableAspectJAutoProxy(proxyTargetClass = true)
  static class Proxied {
    @Bean
    ProxiedWorker proxied(Notes notes) {
      return new ProxiedWorker(notes);
    }
  }

  static class ProxiedWorker implements Worker<Greet> {
    private final Notes notes;

    ProxiedWorker(Notes notes) {
      this.notes = notes;
    }

    @Override
    @Transactional
    public void work(Job<Greet> job, WorkContext context) {
      notes.add("greet " + job.args().name());
    }

    @CairnWorker
    @Transactional
    public void count(Count args) {
      notes.add("count " + args.to());
    }
  }

  @Test
  void proxiedBeansAreWorkersToo() {
    noting(application)
        .withUserConfiguration(Proxied.class)
        .run(context -> {
          Cairn client = context.getBean(Cairn.class);
          complete(client, new Greet("Ada"));
          complete(client, new Count(1));
          assertThat(context.getBean(Notes.class)).containsSubsequence("greet Ada", "count 1");
        });
  }

  @Test
  void anApplicationWithoutWorkersOnlyInserts() {
    application.run(context -> {
      Cairn client = context.getBean(Cairn.class);
      assertThat(client.status().phase()).isEqualTo(Phase.NEW);
      assertThat(client.insert(new Greet("Ada")).job().state()).isEqualTo(JobState.AVAILABLE);
    });
  }

  @Test
  void anApplicationThatShallNotWorkOnlyInserts() {
    noting(application)
        .withBean(Methods.class)
        .withPropertyValues("cairn.work=false")
        .run(context -> {
          Cairn client = context.getBean(Cairn.class);
          assertThat(client.status().phase()).isEqualTo(Phase.NEW);
          assertThat(client.insert(new Count(1)).job().queue()).isEqualTo("counting");
        });
  }

  /** The settings of the client itself are compared by SettingsByPropertiesTest. */
  @Test
  void queuesCanBeProperties() {
    noting(application)
        .withBean(Methods.class)
        .withPropertyValues(
            "cairn.client-id=shop-1",
            "cairn.leads=false",
            "cairn.insert-unknown-kinds=true",
            "cairn.max-workers=3",
            "cairn.max-attempts=5",
            "cairn.queues.mail.max-workers=2",
            "cairn.queues.mail.poll-interval=2s",
            "cairn.queues.mail.fetch-cooldown=5ms",
            "cairn.queues.mail.max-runtime=1h",
            "cairn.queues.mail.interrupted-by-pause=true",
            "cairn.queues.slow.poll-interval=1m")
        .run(context -> {
          Map<String, CairnProperties.Queue> queues =
              context.getBean(CairnProperties.class).queues();
          assertThat(Objects.requireNonNull(queues.get("mail")).options(3))
              .isEqualTo(
                  QueueOptions.of(2)
                      .withPollInterval(Duration.ofSeconds(2))
                      .withFetchCooldown(Duration.ofMillis(5))
                      .withMaxRuntime(Duration.ofHours(1))
                      .withInterruptionByPause());
          assertThat(Objects.requireNonNull(queues.get("slow")).options(3))
              .isEqualTo(QueueOptions.of(3).withPollInterval(Duration.ofMinutes(1)));

          Cairn client = context.getBean(Cairn.class);
          assertThat(client.id()).isEqualTo("shop-1");
          assertThat(client.status().queues())
              .extractingFromEntries(
                  entry -> Map.entry(entry.getKey(), entry.getValue().maxWorkers()))
              .containsExactlyInAnyOrder(
                  Map.entry("mail", 2), Map.entry("slow", 3), Map.entry("counting", 3));
          assertThat(client.insert(new Tick()).job().maxAttempts()).isEqualTo(5);
          assertThat(client.status().leads()).isFalse();
        });
  }

  @Configuration(proxyBeanMethods = false)
  static class OtherBeans {
    @Bean
    @Order(2)
    Middleware inner(Notes notes) {
      return (context, next) -> {
        notes.add("inner");
        next.proceed();
      };
    }

    @Bean
    @Order(1)
    Middleware outer(Notes notes) {
      return (context, next) -> {
        notes.add("outer");
        next.proceed();
      };
    }

    @Bean
    EventListener listener(Notes notes) {
      return new EventListener() {
        @Override
        public Set<EventKind> kinds() {
          return Set.of(EventKind.JOB_COMPLETED);
        }

        @Override
        public void on(Event event) {
          notes.add(event.kind().name());
        }
      };
    }

    @Bean
    Worker<Tick> ticked(Notes notes) {
      return (job, context) -> notes.add("tick");
    }

    @Bean
    Plugin plugged(Notes notes) {
      return client -> notes.add("plugged");
    }

    @Bean
    PeriodicJob ticking() {
      return PeriodicJob.of(
              "ticking", Every.of(Duration.ofDays(1)), due -> JobInsert.of(new Tick()))
          .runOnStart();
    }

    @Bean
    JsonCodec codec(Notes notes) {
      JsonCodec usual = JacksonCodec.create();
      return new JsonCodec() {
        @Override
        public String encode(@Nullable Object value) {
          notes.add("encoded " + value);
          return usual.encode(value);
        }

        @Override
        public <T> T decode(String json, Class<T> type) {
          notes.add("decoded " + type.getSimpleName());
          return usual.decode(json, type);
        }

        @Override
        public @Nullable Object decodeExactly(String json, Type type) {
          return usual.decodeExactly(json, type);
        }
      };
    }

    @Bean
    CairnBuilderCustomizer named() {
      return client -> client.clientId("customized");
    }
  }

  @Test
  void otherBeansBelongToTheClient() {
    noting(application)
        .withBean(Methods.class)
        .withUserConfiguration(OtherBeans.class)
        .run(context -> {
          Cairn client = context.getBean(Cairn.class);
          assertThat(client.id()).isEqualTo("customized");
          complete(client, new Greet("Ada"));
          Notes notes = context.getBean(Notes.class);
          assertThat(notes).containsSubsequence("outer", "inner", "greet Ada");
          assertThat(notes).contains("encoded Greet[name=Ada]", "decoded Greet");
          org.awaitility.Awaitility.await()
              .atMost(Duration.ofMinutes(1))
              .untilAsserted(() -> assertThat(notes).contains("JOB_COMPLETED", "plugged", "tick"));
        });
  }

  @Configuration(proxyBeanMethods = false)
  static class FailingWorker {
    @Bean
    Worker<Greet> failing() {
      return (job, context) -> {
        throw new IllegalStateException("planned");
      };
    }

    @Bean
    ErrorHandler givesUp() {
      return (job, failure) -> ErrorHandler.Decision.cancel();
    }
  }

  @Test
  void anErrorHandlerOfTheApplicationDecides() {
    application
        .withUserConfiguration(FailingWorker.class)
        .run(context -> {
          Cairn client = context.getBean(Cairn.class);
          long id = client.insert(new Greet("Ada")).id();
          assertThat(cairn.awaitState(id, JobState.CANCELLED).errors()).hasSize(1);
        });
  }

  @Test
  void queuesWithoutAWorkerStopTheApplication() {
    // Plugins for meters and traces bring no workers.
    application
        .withBean(Plugin.class, () -> client -> {})
        .withPropertyValues("cairn.queues.mail.max-workers=2")
        .run(context ->
            assertThat(FailureTexts.of(Objects.requireNonNull(context.getStartupFailure())))
                .contains("cairn.queues.mail is set", "[CAIRN-712]", "cairn.work=false"));
    application
        .withPropertyValues("cairn.queues.mail.max-workers=2", "cairn.work=false")
        .run(context -> assertThat(context).hasNotFailed());
    application
        .withBean(CairnBuilderCustomizer.class, () -> client -> client.maxAttempts(3))
        .withPropertyValues("cairn.queues.mail.max-workers=2")
        .run(context ->
            assertThat(FailureTexts.of(Objects.requireNonNull(context.getStartupFailure())))
                .contains("cairn.queues.mail is set", "[CAIRN-712]"));
  }

  @Test
  void queuesOfThePropertiesAreWorkedWithTheWorkersOfACustomizer() {
    Workers workers = Workers.builder().register(Greet.class, (job, context) -> {}).build();
    application
        .withBean(CairnBuilderCustomizer.class, () -> client -> client.workers(workers))
        .withPropertyValues("cairn.queues.mail.max-workers=2")
        .run(context -> {
          Cairn client = context.getBean(Cairn.class);
          assertThat(client.status().queues()).containsOnlyKeys("mail");
          InsertOptions options = InsertOptions.defaults().withQueue("mail");
          cairn.awaitState(client.insert(new Greet("Ada"), options).id(), JobState.COMPLETED);
        });
  }

  /** The customizer's queue was added later, so nobody would know which of the two counts. */
  @ParameterizedTest
  @CsvSource({
    "mail, cairn.queues.mail.max-workers=2, cairn.queues.mail is set, CAIRN-707",
    "default, cairn.max-workers=2, cairn.queues.default.*, CAIRN-105"
  })
  void aQueueOfACustomizerThatTheStarterAddsTooIsNamed(
      String queue, String property, String named, String code) {
    application
        .withUserConfiguration(FailingWorker.class)
        .withBean(CairnBuilderCustomizer.class, () -> client -> client.queue(queue, 5))
        .withPropertyValues(property)
        .run(context ->
            assertThat(FailureTexts.of(Objects.requireNonNull(context.getStartupFailure())))
                .contains(named, "CairnBuilderCustomizer", "[" + code + "]", "Action: "));
  }

  /** Needs the client, which needs the listener. */
  static class Compensation implements EventListener {
    private final ObjectProvider<Cairn> client;

    Compensation(ObjectProvider<Cairn> client) {
      this.client = client;
    }

    @Override
    public Set<EventKind> kinds() {
      return Set.of(EventKind.JOB_CANCELLED);
    }

    @Override
    public void on(Event event) {
      client.getObject().insert(new Tick());
    }
  }

  @Test
  void aListenerGetsTheClientFromAProvider() {
    noting(application)
        .withUserConfiguration(FailingWorker.class)
        .withBean(Compensation.class)
        .withBean("ticking", Ticking.class)
        .run(context -> {
          context.getBean(Cairn.class).insert(new Greet("Ada"));
          org.awaitility.Awaitility.await()
              .atMost(Duration.ofMinutes(1))
              .untilAsserted(() -> assertThat(context.getBean(Notes.class)).contains("tick"));
        });
  }

  static class Ticking {
    private final Notes notes;

    Ticking(Notes notes) {
      this.notes = notes;
    }

    @CairnWorker
    void tick(Tick args) {
      notes.add("tick");
    }
  }

  /** Periodic jobs by methods. */
  static class PeriodicMethods {
    private final Notes notes;

    PeriodicMethods(Notes notes) {
      this.notes = notes;
    }

    @CairnPeriodic(every = "${app.every:1h}", runOnStart = true, id = "greetings")
    Greet greet(Instant due) {
      return new Greet("at " + (due.getEpochSecond() > 0));
    }

    @CairnPeriodic(cron = "0 3 * * *", zone = "Europe/Berlin")
    JobInsert later() {
      return JobInsert.of(new Greet("never"));
    }

    @CairnPeriodic(cron = "-")
    Greet off() {
      return new Greet("never");
    }

    @CairnWorker
    @CairnPeriodic(every = "1h", runOnStart = true)
    void tick(Tick args) {
      notes.add("tick");
    }

    @CairnWorker
    void greeted(Greet args) {
      notes.add("greet " + args.name());
    }
  }

  @Test
  void methodsMakePeriodicJobs() {
    noting(application)
        .withBean("jobs", PeriodicMethods.class)
        .run(context -> {
          Notes notes = context.getBean(Notes.class);
          org.awaitility.Awaitility.await()
              .atMost(Duration.ofMinutes(1))
              .untilAsserted(() -> assertThat(notes).contains("tick", "greet at true"));
        });
  }

  static class TwoArguments {
    @CairnWorker
    void work(Greet one, Count other) {}
  }

  static class NoArguments {
    @CairnWorker
    void work(Steps steps) {}
  }

  static class Returning {
    @CairnWorker
    String work(Greet args) {
      return args.name();
    }
  }

  static class Private {
    @CairnWorker
    @SuppressWarnings("unused")
    private void work(Greet args) {}
  }

  static class WithoutKind {
    @CairnWorker
    void work(String args) {}
  }

  static class OtherKind {
    @CairnWorker("grate")
    void work(Greet args) {}
  }

  static class RawJob {
    @CairnWorker
    @SuppressWarnings("rawtypes")
    void work(Job job) {}
  }

  static class BadDuration {
    @CairnWorker(timeout = "soon")
    void work(Greet args) {}
  }

  static class BadNumber {
    @CairnWorker(maxAttempts = "0")
    void work(Greet args) {}
  }

  static class NoSchedule {
    @CairnPeriodic
    Greet greet() {
      return new Greet("never");
    }
  }

  static class BadCron {
    @CairnPeriodic(cron = "61 * * * *")
    Greet greet() {
      return new Greet("never");
    }
  }

  static class BadZone {
    @CairnPeriodic(cron = "0 * * * *", zone = "Middle/Earth")
    Greet greet() {
      return new Greet("never");
    }
  }

  static class PeriodicNothing {
    @CairnPeriodic(every = "1h")
    void greet() {}
  }

  static class PeriodicWorkerWithArguments {
    @CairnWorker
    @CairnPeriodic(every = "1h")
    void greet(Greet args) {}
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        TwoArguments.class,
        NoArguments.class,
        Returning.class,
        Private.class,
        OtherKind.class,
        RawJob.class,
        BadDuration.class,
        BadNumber.class,
        NoSchedule.class,
        BadCron.class,
        BadZone.class,
        PeriodicNothing.class,
        PeriodicWorkerWithArguments.class
      })
  void aWrongMethodStopsTheApplicationAndIsNamed(Class<?> bean) {
    String analysis = analysis(application.withBean(bean));
    assertThat(analysis)
        .contains("method " + bean.getName() + ".")
        .contains("[CAIRN-701]")
        .contains("Action:");
  }

  /** What Spring Boot prints of the failure. */
  private static String analysis(ApplicationContextRunner application) {
    var text = new StringBuilder();
    application.run(context -> {
      Throwable failure = context.getStartupFailure();
      text.append(FailureTexts.of(Objects.requireNonNull(failure)));
    });
    return text.toString();
  }

  @Test
  void argumentsWithoutAKindStopTheApplication() {
    assertThat(analysis(application.withBean(WithoutKind.class)))
        .contains("WithoutKind.work(String)", "[CAIRN-102]", "@JobKind");
  }

  @Test
  void twoWorkersOfAKindStopTheApplication() {
    assertThat(analysis(noting(application).withBean(Methods.class).withBean(GreetWorker.class)))
        .contains("Kind 'greet' has two workers")
        .contains("GreetWorker'")
        .contains("Methods.greet(Greet)")
        .contains("[CAIRN-101]");
  }

  @Test
  void twoBeansOfOneClassAreNamedBoth() {
    assertThat(
            analysis(
                noting(application)
                    .withBean("mails", Methods.class)
                    .withBean("mailsAgain", Methods.class)))
        .contains("of bean 'mails'", "of bean 'mailsAgain'", "[CAIRN-101]");
  }

  @Configuration(proxyBeanMethods = false)
  static class RawWorker {
    @Bean
    @SuppressWarnings("rawtypes")
    Worker raw() {
      return (job, context) -> {};
    }
  }

  @Test
  void aWorkerThatDoesNotTellItsArgumentsStopsTheApplication() {
    assertThat(analysis(application.withUserConfiguration(RawWorker.class)))
        .contains("Bean 'raw' is a worker, but does not tell the type")
        .contains("[CAIRN-103]");
  }

  @Test
  void missingTablesStopTheApplicationUnlessItMayMakeThem() {
    ApplicationContextRunner elsewhere = application.withPropertyValues("cairn.schema=elsewhere");
    assertThat(analysis(elsewhere))
        .contains("cannot use the tables")
        .contains("[CAIRN-601]")
        .contains("cairn.migrate=up");
    elsewhere
        .withPropertyValues("cairn.migrate=never")
        .run(context -> assertThat(context).hasNotFailed());
    elsewhere
        .withPropertyValues("cairn.migrate=up")
        .withInitializer(context -> execute("CREATE SCHEMA elsewhere"))
        .run(context ->
            assertThat(context.getBean(Cairn.class).insert(new Greet("Ada")).id()).isPositive());
  }

  @Test
  void withTablesMissingAndNoMigrationAClientThatWorksDoesNotStart() {
    noting(application)
        .withBean(Methods.class)
        .withPropertyValues("cairn.schema=nowhere", "cairn.migrate=never")
        .run(context ->
            assertThat(context).getFailure().rootCause().isInstanceOf(SchemaException.class));
  }

  private static void execute(String sql) {
    org.springframework.jdbc.core.simple.JdbcClient.create(cairn.dataSource()).sql(sql).update();
  }

  @Test
  void flywayComesBeforeTheTables() {
    application
        .withConfiguration(AutoConfigurations.of(FlywayAutoConfiguration.class))
        .withPropertyValues(
            "cairn.migrate=up",
            "cairn.schema=made_by_flyway",
            "spring.flyway.default-schema=flyway",
            "spring.flyway.locations=classpath:flyway")
        .run(context ->
            assertThat(context.getBean(Cairn.class).insert(new Greet("Ada")).id()).isPositive());
  }

  @Test
  void nothingIsConfiguredWithoutADataSourceOrIfItIsSwitchedOff() {
    new ApplicationContextRunner()
        .withConfiguration(AutoConfigurations.of(CairnAutoConfiguration.class))
        .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(Cairn.class));
    application
        .withPropertyValues("cairn.enabled=false")
        .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(Cairn.class));
  }

  @Test
  void anApplicationWithoutJpaNeedsNone() {
    noting(application)
        .withClassLoader(new FilteredClassLoader("org.springframework.orm", "jakarta.persistence"))
        .withBean(Methods.class)
        .run(context -> {
          complete(context.getBean(Cairn.class), new Greet("Ada"));
        });
  }

  @Test
  void aClientOfTheApplicationsOwnIsStartedAndStoppedToo() {
    var own = new java.util.concurrent.atomic.AtomicReference<@Nullable Cairn>();
    noting(application)
        .withBean(
            "own",
            Cairn.class,
            () ->
                Cairn.builder(cairn.dataSource())
                    .workers(
                        dev.cairn.Workers.builder()
                            .register(Greet.class, (job, context) -> {})
                            .build())
                    .queue("own", 1)
                    .build())
        .run(context -> {
          own.set(context.getBean(Cairn.class));
          assertThat(context.getBean(Cairn.class).status().phase()).isEqualTo(Phase.STARTED);
        });
    assertThat(own.get())
        .extracting(Cairn::status)
        .extracting(ClientStatus::phase)
        .isEqualTo(Phase.STOPPED);
  }

  @Test
  void aContextThatIsStoppedAndStartedWorksOn() {
    noting(application)
        .withBean(Methods.class)
        .run(context -> {
          Cairn client = context.getBean(Cairn.class);
          context.stop();
          assertThat(client.status().phase()).isEqualTo(Phase.STOPPED);
          context.start();
          complete(client, new Greet("again"));
        });
  }

  @Test
  void thePoolIsClosedAfterTheJobs() {
    var pools = new java.util.ArrayList<HikariDataSource>();
    var clients = new java.util.ArrayList<Cairn>();
    noting(application)
        .withBean(Methods.class)
        .run(context -> {
          pools.add(context.getBean(HikariDataSource.class));
          clients.add(context.getBean(Cairn.class));
        });
    assertThat(pools).singleElement().matches(HikariDataSource::isClosed);
    assertThat(clients).singleElement().matches(client -> client.status().phase() == Phase.STOPPED);
    // It has signed off, which it could not have done on a closed pool.
    List<@Nullable String> alive =
        org.springframework.jdbc.core.simple.JdbcClient.create(cairn.dataSource())
            .sql("SELECT id FROM cairn_client WHERE heartbeat_at > now() - timeout AND id = ?")
            .param(clients.getFirst().id())
            .query(String.class)
            .list();
    assertThat(alive).isEmpty();
  }
}
