package dev.cairn.spring.boot;

import dev.cairn.InsertOptions;
import dev.cairn.Job;
import dev.cairn.ResumePolicy;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.resumable.Steps;
import dev.cairn.spring.CairnWorker;
import java.lang.reflect.Parameter;
import java.lang.reflect.TypeVariable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.GenericTypeResolver;
import org.springframework.core.ResolvableType;

/** A {@link CairnWorker} method as a worker. Its mistakes are found when it is made. */
final class WorkerMethod {
  private final BeanMethod method;
  private final CairnWorker annotation;
  private final Optional<UnaryOperator<ResumePolicy>> policy;
  private final Supplier<ResumePolicy> usual;
  private final List<Argument> arguments = new ArrayList<>();
  private final Class<?> argsType;
  private final String kind;

  /** What a parameter of the method gets. */
  @FunctionalInterface
  private interface Argument {
    Object of(Job<?> job, WorkContext context);
  }

  /**
   * @param beanType the class of the bean, which may say what the type variables of the class that
   *     declares the method stand for
   * @param usual the policy of workers that say nothing, asked for when a job runs
   */
  WorkerMethod(
      BeanMethod method, Class<?> beanType, CairnWorker annotation, Supplier<ResumePolicy> usual) {
    this.usual = usual;
    this.method = method;
    this.annotation = annotation;
    if (method.method().getReturnType() != void.class) {
      throw method.wrong(
          "returns a value, which would be lost",
          "Let it return void, and record results with WorkContext.recordOutput");
    }
    WorkerDefinitions.requireNotAsync(method.describe(), beanType, method.method());
    this.argsType = readParameters(beanType);
    this.kind = WorkerBeans.kind(method.describe(), argsType);
    requireKind();
    this.policy = policy();
  }

  private Class<?> readParameters(Class<?> beanType) {
    Class<?> args = null;
    for (Parameter parameter : method.method().getParameters()) {
      Class<?> type = parameter.getType();
      if (type == WorkContext.class) {
        arguments.add((job, context) -> context);
      } else if (type == Steps.class) {
        arguments.add((job, context) -> Steps.of(context));
      } else {
        Class<?> found = argsOf(parameter, beanType);
        requireOne(args, found);
        args = found;
        arguments.add(type == Job.class ? (job, context) -> job : (job, context) -> job.args());
      }
    }
    if (args == null) {
      throw method.wrong(
          "has no parameter for the arguments of its job",
          "Add one of a type with @JobKind, or Job<that type>");
    }
    return args;
  }

  private Class<?> argsOf(Parameter parameter, Class<?> beanType) {
    boolean isJob = parameter.getType() == Job.class;
    ResolvableType declared = declaredType(parameter, beanType);
    ResolvableType args = isJob ? declared.getGeneric(0) : declared;
    Class<?> known = args.getType() instanceof TypeVariable ? null : args.resolve();
    if (known == null) {
      throw method.wrong(
          "has a parameter %s that does not say the type of its arguments"
              .formatted(isJob ? "Job" : parameter.getParameterizedType().getTypeName()),
          isJob
              ? "Write Job<TheArguments>"
              : "Write the type itself, or extend the class that declares the method with it");
    }
    return known;
  }

  /** The type of a parameter, which may depend on the class of the bean. */
  static ResolvableType declaredType(Parameter parameter, Class<?> beanType) {
    return ResolvableType.forType(
        GenericTypeResolver.resolveType(parameter.getParameterizedType(), beanType));
  }

  private void requireOne(@Nullable Class<?> earlier, Class<?> found) {
    if (earlier != null && earlier != found) {
      throw method.wrong(
          "has two parameters that would both be the arguments of its job: %s and %s"
              .formatted(earlier.getName(), found.getName()),
          "Only the arguments, a Job of them, WorkContext and Steps can be parameters");
    }
  }

  private void requireKind() {
    String named = method.text(annotation.value());
    if (!named.isEmpty() && !named.equals(kind)) {
      throw method.wrong(
          "names kind '%s', but %s has @JobKind(\"%s\")".formatted(named, argsType.getName(), kind),
          "Remove the kind from @CairnWorker, or change one of the two");
    }
  }

  /** The queue that the annotation names; empty if it names none. */
  String queue() {
    return method.text(annotation.queue());
  }

  WorkerBean<?> bean() {
    return bean(argsType);
  }

  private <A> WorkerBean<A> bean(Class<A> type) {
    Optional<Duration> timeout = method.duration("timeout", annotation.timeout());
    InsertOptions inserted = inserted();
    return new WorkerBean<>(
        method.bean(),
        method.describe(),
        kind,
        type,
        new Calls<>(method, arguments, timeout, this::changedPolicy),
        inserted);
  }

  private InsertOptions inserted() {
    var options = InsertOptions.defaults();
    if (!queue().isEmpty()) {
      options = options.withQueue(queue());
    }
    return applied(
        "maxAttempts",
        options,
        method.number("maxAttempts", annotation.maxAttempts()),
        InsertOptions::withMaxAttempts);
  }

  /** What the annotation changes in the policy of the client, if it does. */
  private Optional<UnaryOperator<ResumePolicy>> policy() {
    Optional<Duration> deadline =
        method.duration("progressDeadline", annotation.progressDeadline());
    Optional<Duration> runtime = method.duration("maxRuntime", annotation.maxRuntime());
    Optional<Integer> interruptions =
        method.number("interruptionsMax", annotation.interruptionsMax());
    Optional<Integer> failures = method.number("totalFailuresMax", annotation.totalFailuresMax());
    Optional<Integer> noProgress = method.number("noProgressAfter", annotation.noProgressAfter());
    boolean isSilent =
        !annotation.renewedByProgress()
            && Stream.of(deadline, runtime, interruptions, failures, noProgress)
                .allMatch(Optional::isEmpty);
    UnaryOperator<ResumePolicy> change =
        usual -> {
          ResumePolicy policy = annotation.renewedByProgress() ? usual.renewedByProgress() : usual;
          policy = applied("progressDeadline", policy, deadline, Policies::withProgressDeadline);
          policy = applied("maxRuntime", policy, runtime, ResumePolicy::withMaxRuntime);
          policy =
              applied(
                  "interruptionsMax", policy, interruptions, ResumePolicy::withInterruptionsMax);
          policy =
              applied("totalFailuresMax", policy, failures, ResumePolicy::withTotalFailuresMax);
          return applied("noProgressAfter", policy, noProgress, ResumePolicy::withNoProgressAfter);
        };
    ResumePolicy ignored = change.apply(ResumePolicy.defaults()); // refuses wrong values
    return isSilent ? Optional.empty() : Optional.of(change);
  }

  /** The policy of the method; empty if it is that of its client. */
  private Optional<ResumePolicy> changedPolicy() {
    return policy.map(change -> change.apply(usual.get()));
  }

  private <O, V> O applied(
      String attribute, O options, Optional<V> value, BiFunction<O, V, O> setting) {
    try {
      return value.map(it -> setting.apply(options, it)).orElse(options);
    } catch (IllegalArgumentException e) {
      throw method.wrong(
          "has a wrong %s: %s".formatted(attribute, e.getMessage()),
          "Correct the attribute " + attribute);
    }
  }

  /** The worker that calls the method. */
  private record Calls<A>(
      BeanMethod method,
      List<Argument> arguments,
      Optional<Duration> timeout,
      Supplier<Optional<ResumePolicy>> policy)
      implements Worker<A>, Makeable {
    @Override
    public void make() {
      method.make();
    }

    @Override
    public void work(Job<A> job, WorkContext context) throws Exception {
      var values = new Object[arguments.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = arguments.get(i).of(job, context);
      }
      Object ignored = method.call(values);
    }

    @Override
    public Optional<Duration> timeout(Job<A> job) {
      return timeout;
    }

    @Override
    public Optional<ResumePolicy> resumePolicy(Job<A> job) {
      return policy.get();
    }
  }
}
