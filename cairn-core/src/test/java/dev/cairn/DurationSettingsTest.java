package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import dev.cairn.migrate.Migrator;
import dev.cairn.schedule.Every;
import java.io.IOException;
import java.lang.reflect.Executable;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Every setting that is a duration accepts any length that makes sense, or refuses it by name. */
class DurationSettingsTest {
  private static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();
  private static final Duration NANOSECOND = Duration.ofNanos(1);

  /** Given by the code of a job, or to a client that runs: see {@link LongDurationsTest}. */
  private static final Set<String> TRIED_WITH_JOBS =
      Set.of(
          "Cairn.awaitStopped(timeout)",
          "Cairn.stop(grace)",
          "EventSubscription.poll(timeout)",
          "JobSnoozeException.new(delay)",
          "Steps.awaitSignal(timeout)",
          "Steps.retrying(firstPause)",
          "Steps.sleep(time)",
          "Steps.timeout(time)",
          "Waits.shift(ahead)",
          "Waits.suspend(delay)",
          "WorkContext.within(limit)");

  /** What Cairn tells, and nobody sets. */
  private static final Set<String> TOLD =
      Set.of(
          "ClientStatus.new(sinceHeartbeat)",
          "ErrorHandler.onStuck(runningFor)",
          "FetchEvent.new(duration)",
          "IndexStep.new(duration)",
          "JobEvent.new(complete)",
          "JobEvent.new(queueWait)",
          "JobEvent.new(run)",
          "JobProgress.new(spent)",
          "JobProgress.new(timeLeft)",
          "MigrationStep.new(duration)",
          "Progress.new(spent)",
          "QueueBacklog.new(overdue)",
          "QueueStatus.new(failingFor)",
          "StepFailed.new(spent)",
          "StepFinished.new(spent)",
          "StepProgress.new(spent)");

  /**
   * One setting.
   *
   * @param entry where it is set
   * @param name as messages call it
   * @param least the shortest that is allowed
   * @param hasMost whether there is a longest one; if not, what is longer than any process lives
   *     means for ever
   */
  record Setting(
      String entry, String name, Duration least, boolean hasMost, Consumer<Duration> set) {
    @Override
    public String toString() {
      return entry;
    }
  }

  private static Setting positive(String entry, String name, Consumer<Duration> set) {
    return new Setting(entry, name, NANOSECOND, false, set);
  }

  private static Setting notNegative(String entry, String name, Consumer<Duration> set) {
    return new Setting(entry, name, Duration.ZERO, false, set);
  }

  static List<Setting> settings() {
    return Stream.of(ofTheBuilder(), ofQueues(), ofPolicies(), ofInsertion(), ofMigrations())
        .flatMap(List::stream)
        .toList();
  }

  private static List<Setting> ofTheBuilder() {
    CairnBuilder builder = Cairn.builder(new PGSimpleDataSource());
    Duration second = Duration.ofSeconds(1);
    return List.of(
        notNegative("CairnBuilder.stuckThreshold(time)", "stuckThreshold", builder::stuckThreshold),
        positive(
            "CairnBuilder.rescueStuckJobsAfter(time)",
            "rescueStuckJobsAfter",
            builder::rescueStuckJobsAfter),
        notNegative("CairnBuilder.jobTimeout(jobTimeout)", "jobTimeout", builder::jobTimeout),
        new Setting(
            "CairnBuilder.heartbeatTimeout(heartbeatTimeout)",
            "heartbeatTimeout",
            second,
            true,
            builder::heartbeatTimeout),
        positive(
            "CairnBuilder.flushInterval(flushInterval)", "flushInterval", builder::flushInterval),
        new Setting(
            "CairnBuilder.pollInterval(pollInterval)",
            "pollInterval",
            NANOSECOND,
            true,
            builder::pollInterval),
        new Setting(
            "CairnBuilder.fetchCooldown(fetchCooldown)",
            "fetchCooldown",
            Duration.ZERO,
            true,
            builder::fetchCooldown),
        notNegative(
            "CairnBuilder.interruptDelay(interruptDelay)",
            "interruptDelay",
            builder::interruptDelay),
        positive(
            "CairnBuilder.renewClaimsAfter(time)", "renewClaimsAfter", builder::renewClaimsAfter),
        notNegative("CairnBuilder.shutdownGrace(grace)", "shutdownGrace", builder::shutdownGrace));
  }

  private static List<Setting> ofQueues() {
    QueueOptions options = QueueOptions.of(1);
    return List.of(
        new Setting(
            "QueueOptions.withPollInterval(interval)",
            "pollInterval",
            NANOSECOND,
            true,
            options::withPollInterval),
        new Setting(
            "QueueOptions.withFetchCooldown(cooldown)",
            "fetchCooldown",
            Duration.ZERO,
            true,
            options::withFetchCooldown),
        positive("QueueOptions.withMaxRuntime(time)", "maxRuntime", options::withMaxRuntime));
  }

  private static List<Setting> ofPolicies() {
    ResumePolicy policy = ResumePolicy.defaults();
    Retention retention = Retention.defaults();
    return List.of(
        positive("ResumePolicy.withMaxRuntime(time)", "maxRuntime", policy::withMaxRuntime),
        positive(
            "ResumePolicy.withProgressDeadline(time)",
            "progressDeadline",
            policy::withProgressDeadline),
        positive("RetryPolicy.fixed(delay)", "delay", RetryPolicy::fixed),
        positive(
            "RetryPolicy.exponential(first)",
            "first",
            time -> RetryPolicy.exponential(time, 2, FOREVER)),
        positive(
            "RetryPolicy.exponential(max)",
            "max",
            time -> RetryPolicy.exponential(NANOSECOND, 2, time)),
        notNegative("Retention.withCompleted(time)", "completed", retention::withCompleted),
        notNegative("Retention.withCancelled(time)", "cancelled", retention::withCancelled),
        notNegative("Retention.withDiscarded(time)", "discarded", retention::withDiscarded));
  }

  private static List<Setting> ofInsertion() {
    Duration second = Duration.ofSeconds(1);
    UniqueOptions unique = UniqueOptions.byKind();
    return List.of(
        new Setting(
            "UniqueOptions.withPeriod(length)", "period", second, false, unique::withPeriod),
        new Setting(
            "InsertOptions.withDelay(time)",
            "delay",
            NANOSECOND,
            true,
            InsertOptions.defaults()::withDelay),
        new Setting("Every.of(interval)", "interval", second, true, Every::of));
  }

  private static List<Setting> ofMigrations() {
    Migrator migrator = Migrator.of(new PGSimpleDataSource());
    return List.of(
        new Setting(
            "Migrator.withReadTimeout(most)",
            "readTimeout",
            Duration.ofMillis(1),
            true,
            migrator::withReadTimeout));
  }

  @Test
  void everyEntryPointIsKnown() throws Exception {
    var expected = new TreeSet<String>(TRIED_WITH_JOBS);
    expected.addAll(TOLD);
    settings().forEach(setting -> expected.add(setting.entry()));

    assertThat(entryPoints()).containsExactlyElementsOf(expected);
  }

  @ParameterizedTest
  @MethodSource("settings")
  void whatIsTooShortIsRefusedByName(Setting setting) {
    for (Duration time :
        List.of(
            setting.least().minusNanos(1),
            Duration.ofSeconds(-1),
            Duration.ofNanos(Long.MIN_VALUE),
            Duration.ofSeconds(Long.MIN_VALUE))) {
      assertThatIllegalArgumentException()
          .as("%s", time)
          .isThrownBy(() -> setting.set().accept(time))
          .withMessageContaining(setting.name())
          .withMessageContaining(time.toString());
    }
    assertThatNoException().isThrownBy(() -> setting.set().accept(setting.least()));
  }

  @ParameterizedTest
  @MethodSource("settings")
  void whatIsVeryLongMeansForEverOrIsRefusedByName(Setting setting) {
    for (Duration time :
        List.of(
            Duration.ofNanos(Long.MAX_VALUE),
            Duration.ofMillis(Long.MAX_VALUE),
            Duration.ofSeconds(Long.MAX_VALUE),
            FOREVER)) {
      if (setting.hasMost()) {
        assertThatIllegalArgumentException()
            .as("%s", time)
            .isThrownBy(() -> setting.set().accept(time))
            .withMessageContaining(setting.name())
            .withMessageContaining(time.toString());
      } else {
        assertThatNoException().as("%s", time).isThrownBy(() -> setting.set().accept(time));
      }
    }
  }

  /** Parameters of public methods and constructors, of all that is exported. */
  private static Set<String> entryPoints() throws IOException, ClassNotFoundException {
    var found = new TreeSet<String>();
    Path root = Path.of("target", "classes");
    try (Stream<Path> files = Files.walk(root.resolve("dev"))) {
      for (Path file : files.filter(it -> it.toString().endsWith(".class")).toList()) {
        String name = root.relativize(file).toString().replace('/', '.').replace(".class", "");
        if (!name.contains(".internal.") && !name.endsWith("-info")) {
          addEntryPoints(Class.forName(name), found);
        }
      }
    }
    return found;
  }

  private static void addEntryPoints(Class<?> type, Set<String> found) {
    if (!isPublic(type)) {
      return;
    }
    Stream.of(type.getDeclaredMethods(), type.getDeclaredConstructors())
        .flatMap(Stream::of)
        .map(Executable.class::cast)
        .filter(it -> Modifier.isPublic(it.getModifiers()))
        .forEach(executable -> {
          for (Parameter parameter : executable.getParameters()) {
            if (parameter.getParameterizedType().getTypeName().contains(Duration.class.getName())) {
              String name =
                  executable.getName().equals(type.getName()) ? "new" : executable.getName();
              found.add("%s.%s(%s)".formatted(type.getSimpleName(), name, parameter.getName()));
            }
          }
        });
  }

  private static boolean isPublic(Class<?> type) {
    Class<?> outer = type.getEnclosingClass();
    return Modifier.isPublic(type.getModifiers()) && (outer == null || isPublic(outer));
  }
}
