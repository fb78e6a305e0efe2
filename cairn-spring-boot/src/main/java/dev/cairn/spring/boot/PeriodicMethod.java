package dev.cairn.spring.boot;

import dev.cairn.JobInsert;
import dev.cairn.schedule.Cron;
import dev.cairn.schedule.Every;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.schedule.Schedule;
import dev.cairn.spring.CairnPeriodic;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.BeanUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/** A {@link CairnPeriodic} method as a periodic job. Its mistakes are found when it is made. */
final class PeriodicMethod {
  /** Switches a periodic job off, as in Spring's own schedules. */
  private static final String OFF = "-";

  private final BeanMethod method;
  private final CairnPeriodic annotation;
  private final PeriodicJob.Factory factory;

  /**
   * @param argsType the arguments of the worker that the method is too; null if it is none
   */
  PeriodicMethod(
      ConfigurableListableBeanFactory beans,
      String bean,
      Method method,
      CairnPeriodic annotation,
      @Nullable Class<?> argsType) {
    this.method = new BeanMethod(beans, bean, method, "@CairnPeriodic");
    this.annotation = annotation;
    this.factory = argsType == null ? returned() : constructed(argsType);
  }

  private PeriodicJob.Factory returned() {
    Class<?>[] parameters = method.method().getParameterTypes();
    boolean isGivenTime = parameters.length == 1 && parameters[0] == Instant.class;
    if (parameters.length > 0 && !isGivenTime) {
      throw method.wrong(
          "has parameters that Cairn cannot fill",
          "Its only parameter can be the Instant at which a run is due");
    }
    Class<?> type = method.method().getReturnType();
    if (type == void.class) {
      throw method.wrong(
          "returns nothing", "Let it return the arguments of the job, or put it on a @CairnWorker");
    }
    return due -> insert(isGivenTime ? called(due) : called());
  }

  private @Nullable Object called(Object... values) {
    try {
      return method.call(values);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(method.describe() + " has failed", e);
    }
  }

  private static @Nullable JobInsert insert(@Nullable Object returned) {
    return switch (returned) {
      case null -> null;
      case JobInsert insert -> insert;
      default -> JobInsert.of(returned);
    };
  }

  private PeriodicJob.Factory constructed(Class<?> argsType) {
    Constructor<?> constructor;
    try {
      constructor = argsType.getDeclaredConstructor();
    } catch (NoSuchMethodException e) {
      throw method.wrong(
          "cannot make the arguments of its job: %s has no constructor without parameters"
              .formatted(argsType.getName()),
          "Add one, or move @CairnPeriodic to a method that returns them");
    }
    return due -> JobInsert.of(BeanUtils.instantiateClass(constructor));
  }

  /** Makes the bean now. */
  void make() {
    method.make();
  }

  /** The periodic job; empty if it is switched off. */
  Optional<PeriodicJob> job() {
    String cron = method.text(annotation.cron());
    String every = method.text(annotation.every());
    if (cron.equals(OFF) || every.equals(OFF)) {
      return Optional.empty();
    }
    if (cron.isEmpty() == every.isEmpty()) {
      throw method.wrong(
          "has %s".formatted(cron.isEmpty() ? "no schedule" : "two schedules"),
          "Set cron or every");
    }
    String id = method.text(annotation.id());
    try {
      var job =
          PeriodicJob.of(
                  id.isEmpty() ? method.id() : id,
                  cron.isEmpty() ? every(every) : Cron.of(cron, zone()),
                  factory)
              .durable(annotation.missed());
      return Optional.of(annotation.runOnStart() ? job.runOnStart() : job);
    } catch (IllegalArgumentException | DateTimeException e) {
      throw method.wrong("is wrong: " + e.getMessage(), "Correct the annotation");
    }
  }

  private Schedule every(String text) {
    return Every.of(method.duration("every", text).orElse(Duration.ZERO));
  }

  private ZoneId zone() {
    String zone = method.text(annotation.zone());
    return zone.isEmpty() ? ZoneOffset.UTC : ZoneId.of(zone);
  }
}
