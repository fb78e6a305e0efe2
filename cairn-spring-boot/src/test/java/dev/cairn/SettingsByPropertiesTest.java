package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.resumable.ResumableLimits;
import dev.cairn.schedule.Cron;
import dev.cairn.spring.boot.CairnAutoConfiguration;
import dev.cairn.spring.boot.CairnProperties;
import dev.cairn.spring.boot.ClientDescription;
import dev.cairn.testing.CairnExtension;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/**
 * The settings of a client by properties equal those set by hand. In this package, because a
 * builder shows its settings to nobody else.
 */
class SettingsByPropertiesTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final ApplicationContextRunner application =
      new ApplicationContextRunner()
          .withConfiguration(AutoConfigurations.of(CairnAutoConfiguration.class))
          .withBean(HikariDataSource.class, SettingsByPropertiesTest::pool);

  private static HikariDataSource pool() {
    var pool = new HikariDataSource();
    pool.setDataSource(cairn.dataSource());
    return pool;
  }

  private static CairnBuilder builder() {
    return Cairn.builder(cairn.dataSource());
  }

  private static CairnBuilder byHand() {
    return builder()
        .schema(cairn.schema())
        .clientId("shop-1")
        .onlyKnownKinds()
        .insertUnknownKinds()
        .maxAttempts(5)
        .jobTimeout(Duration.ofMinutes(7))
        .heartbeatTimeout(Duration.ofSeconds(10))
        .flushInterval(Duration.ofMillis(150))
        .pollInterval(Duration.ofSeconds(3))
        .fetchCooldown(Duration.ofMillis(1))
        .pollOnly()
        .interruptDelay(Duration.ofSeconds(2))
        .stuckThreshold(Duration.ofSeconds(20))
        .shutdownGrace(Duration.ofSeconds(4))
        .neverLeads()
        .reindex(Cron.of("0 4 * * *"))
        .rescueStuckJobsAfter(Duration.ofHours(2))
        .neverRescue("a", "b")
        .renewClaimsAfter(Duration.ofMinutes(5))
        .retention(
            Retention.defaults()
                .withCompleted(Duration.ofDays(1))
                .withCancelled(Duration.ofDays(2))
                .withDiscarded(Duration.ofDays(30)))
        .resumePolicy(
            ResumePolicy.defaults()
                .withMaxRuntime(Duration.ofHours(1))
                .withProgressDeadline(Duration.ofMinutes(40))
                .renewedByProgress()
                .withInterruptionsMax(10)
                .withTotalFailuresMax(20)
                .withNoProgressAfter(2)
                .withJobRowForGo())
        .resumableLimits(
            ResumableLimits.defaults().withCursorBytes(1000).withResultBytes(2000).withSteps(30));
  }

  private static final String[] PROPERTIES = {
    "cairn.client-id=shop-1",
    "cairn.only-known-kinds=true",
    "cairn.insert-unknown-kinds=true",
    "cairn.max-attempts=5",
    "cairn.job-timeout=7m",
    "cairn.heartbeat-timeout=10s",
    "cairn.flush-interval=150ms",
    "cairn.poll-interval=3s",
    "cairn.fetch-cooldown=1ms",
    "cairn.poll-only=true",
    "cairn.interrupt-delay=2s",
    "cairn.stuck-threshold=20s",
    "cairn.shutdown-grace=4s",
    "cairn.leads=false",
    "cairn.reindex-cron=0 4 * * *",
    "cairn.rescue-stuck-jobs-after=2h",
    "cairn.never-rescue=a,b",
    "cairn.renew-claims-after=5m",
    "cairn.retention.completed=1d",
    "cairn.retention.cancelled=2d",
    "cairn.retention.discarded=30d",
    "cairn.resume.max-runtime=1h",
    "cairn.resume.progress-deadline=40m",
    "cairn.resume.renewed-by-progress=true",
    "cairn.resume.interruptions-max=10",
    "cairn.resume.total-failures-max=20",
    "cairn.resume.no-progress-after=2",
    "cairn.resume.job-row-for-go=true",
    "cairn.limits.cursor-bytes=1000",
    "cairn.limits.result-bytes=2000",
    "cairn.limits.steps=30",
  };

  private void compare(ApplicationContextRunner application, CairnBuilder expected) {
    application.run(context -> {
      CairnBuilder actual = builder();
      context.getBean(ClientDescription.class).describe(actual);
      assertThat(actual.schema()).isEqualTo(expected.schema());
      assertThat(actual.insertsUnknownKinds()).isEqualTo(expected.insertsUnknownKinds());
      assertThat(actual.limits()).isEqualTo(expected.limits());
      assertThat(actual.handlers().stuckJobs().threshold())
          .isEqualTo(expected.handlers().stuckJobs().threshold());
      assertThat(actual.settings())
          .usingRecursiveComparison()
          .ignoringFields("retryPolicy")
          .isEqualTo(expected.settings());
      assertThat(actual.upkeepSettings())
          .usingRecursiveComparison()
          .ignoringFields("reindex")
          .isEqualTo(expected.upkeepSettings());
      Instant now = Instant.parse("2026-01-01T03:00:00Z");
      assertThat(actual.upkeepSettings().reindex().next(now))
          .isEqualTo(expected.upkeepSettings().reindex().next(now));
    });
  }

  @Test
  void eachPropertyIsTheSettingThatItNames() {
    compare(
        application
            .withPropertyValues(PROPERTIES)
            .withPropertyValues("cairn.schema=" + cairn.schema()),
        byHand());
  }

  /** A policy is a function: the comparison of settings says nothing about it. */
  @ParameterizedTest
  @CsvSource({
    "policy=river                                          , 3, 81s",
    "policy=fixed delay=10m                                , 3, 600s",
    "policy=exponential delay=2s                           , 3, 8s",
    "policy=exponential delay=2s factor=5                  , 3, 50s",
    "policy=exponential delay=2s factor=5 max-delay=45s    , 101, 45s",
    "policy=exponential delay=2s                           , 101, 3600s",
    "policy=exponential delay=2h                           , 101, 7200s"
  })
  void aPropertySelectsTheRetryPolicy(String properties, int failures, String delay) {
    Duration expected = Duration.parse("PT" + delay);
    Job<String> job =
        new Job<>(
            1,
            "any",
            "{}",
            failures,
            200,
            failures - 1,
            1,
            "default",
            List.of(),
            "{}",
            Instant.EPOCH,
            Instant.EPOCH,
            Instant.EPOCH);
    application
        .withPropertyValues(
            Arrays.stream(properties.split(" "))
                .map(each -> "cairn.retry." + each)
                .toArray(String[]::new))
        .run(context -> {
          CairnBuilder client = builder();
          context.getBean(ClientDescription.class).describe(client);
          assertThat(client.settings().retryPolicy().delay(job, failures))
              .isBetween(
                  expected.dividedBy(10).multipliedBy(9), expected.dividedBy(10).multipliedBy(11));
        });
  }

  /** Settings that are beans of the application, or something else than a value. */
  private static final Set<String> WITHOUT_PROPERTY =
      Set.of(
          "clock", // by a customizer, for tests
          "codec",
          "errorHandler",
          "leaderTask", // by a plugin
          "listener",
          "middleware",
          "periodicJob",
          "plugin",
          "transactions",
          "withoutQueues", // cairn.work=false
          "workers");

  private static final Map<String, String> OTHERWISE_NAMED =
      Map.of(
          "neverLeads", "leads",
          "queue", "queues",
          "reindex", "reindexCron",
          "resumableLimits", "limits",
          "resumePolicy", "resume",
          "retryPolicy", "retry");

  private static Set<String> properties(Class<?> type) {
    return Arrays.stream(type.getRecordComponents())
        .map(RecordComponent::getName)
        .collect(Collectors.toSet());
  }

  private static Set<String> methods(Class<?> type) {
    return Arrays.stream(type.getMethods())
        .filter(method -> method.getReturnType() == type)
        .map(Method::getName)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void eachSettingOfTheBuilderHasAProperty() {
    Set<String> properties = properties(CairnProperties.class);
    Set<String> settings = methods(CairnBuilder.class);
    settings.removeAll(WITHOUT_PROPERTY);
    assertThat(settings).hasSizeGreaterThan(20);
    assertThat(settings)
        .allSatisfy(it -> assertThat(properties).contains(OTHERWISE_NAMED.getOrDefault(it, it)));
  }

  @Test
  void eachPartOfASettingHasAProperty() {
    hasAll(ResumePolicy.class, CairnProperties.Resume.class, Set.of("withoutProgressDeadline"));
    hasAll(ResumableLimits.class, CairnProperties.Limits.class, Set.of());
    // Times of a queue are rare: by a customizer.
    hasAll(Retention.class, CairnProperties.Kept.class, Set.of("withQueue"));
    hasAll(QueueOptions.class, CairnProperties.Queue.class, Set.of("withInterruptionByPause"));
  }

  private static void hasAll(Class<?> options, Class<?> properties, Set<String> exceptions) {
    Set<String> withers = methods(options);
    withers.removeAll(exceptions);
    withers.removeAll(Set.of("defaults", "of"));
    assertThat(withers).isNotEmpty();
    assertThat(withers).allSatisfy(it -> assertThat(properties(properties)).contains(nameOf(it)));
  }

  private static String nameOf(String wither) {
    String name = wither.startsWith("with") ? wither.substring(4) : wither;
    return Character.toLowerCase(name.charAt(0)) + name.substring(1);
  }
}
