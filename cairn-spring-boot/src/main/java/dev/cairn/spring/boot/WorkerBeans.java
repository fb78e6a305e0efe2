package dev.cairn.spring.boot;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.Job;
import dev.cairn.JobInsert;
import dev.cairn.ResumePolicy;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.Workers;
import dev.cairn.spi.Middleware;
import dev.cairn.spring.CairnPeriodic;
import dev.cairn.spring.CairnWorker;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.util.ClassUtils;

/**
 * The workers of an application, read from the definitions of its beans without making any: beans
 * that implement {@link Worker}, and methods with {@link CairnWorker}. Also finds the methods with
 * {@link CairnPeriodic}.
 */
final class WorkerBeans {
  private final ConfigurableListableBeanFactory beans;
  private final WorkerDefinitions definitions;
  private final Supplier<ResumePolicy> usual;
  private final Map<String, WorkerBean<?>> byKind = new LinkedHashMap<>();
  private final Set<String> queues = new TreeSet<>();
  private final Set<String> found = new HashSet<>();
  private final List<PeriodicMethod> periodic = new ArrayList<>();
  private final List<String> annotated = new ArrayList<>();

  /** What is wrong with beans that implement {@link Worker}. */
  private final List<CairnConfigurationException> mistakes = new ArrayList<>();

  private final AtomicBoolean taken = new AtomicBoolean();

  /** Those of the parent context, if this context's client has to work them. */
  private final Optional<WorkerBeans> above;

  private WorkerBeans(
      ConfigurableListableBeanFactory beans, Supplier<ResumePolicy> usual, Set<String> hidden) {
    this.beans = beans;
    this.definitions = new WorkerDefinitions(beans);
    this.usual = usual;
    this.found.addAll(hidden);
    definitions.workers().stream()
        .filter(name -> !hidden.contains(name))
        .forEach(name -> noting(() -> addBean(name)));
    definitions.all().stream().filter(name -> !hidden.contains(name)).forEach(this::addMethods);
    this.above = above(hidden);
    above.ifPresent(this::addAll);
  }

  /**
   * The workers among these beans, and among those of parent contexts without a client: a client
   * knows the workers of the contexts above it.
   *
   * @param usual the policy of workers that say nothing, asked for when a job runs
   */
  static WorkerBeans in(ConfigurableListableBeanFactory beans, Supplier<ResumePolicy> usual) {
    return new WorkerBeans(beans, usual, Set.of());
  }

  /** A client above works its own beans, and this context has none then, or another one. */
  private Optional<WorkerBeans> above(Set<String> hidden) {
    if (!(beans.getParentBeanFactory() instanceof ConfigurableListableBeanFactory parent)
        || parent.getBeanNamesForType(Cairn.class, true, false).length > 0) {
      return Optional.empty();
    }
    Set<String> names = new HashSet<>(hidden);
    names.addAll(List.of(beans.getBeanDefinitionNames()));
    names.addAll(List.of(beans.getSingletonNames()));
    return Optional.of(new WorkerBeans(parent, usual, names));
  }

  /**
   * Keeps a mistake until a client is to get all workers. A client of the application's own may get
   * some beans by hand, so two of them may have the same kind, for example.
   */
  private void noting(Runnable look) {
    try {
      look.run();
    } catch (CairnConfigurationException e) {
      mistakes.add(e);
    }
  }

  private void addAll(WorkerBeans others) {
    mistakes.addAll(others.mistakes);
    for (WorkerBean<?> each : others.all()) {
      if (others.annotated.contains(each.source())) {
        add(each);
      } else {
        noting(() -> add(each));
      }
    }
    queues.addAll(others.queues);
    periodic.addAll(others.periodic);
    annotated.addAll(others.annotated);
  }

  /** All of them, for a client. */
  Workers workers() {
    taken.set(true);
    requireRight();
    var workers = Workers.builder();
    byKind.values().forEach(each -> register(workers, each));
    return workers.build();
  }

  /** Whether a client has asked for them. */
  boolean areTaken() {
    return taken.get();
  }

  /** Refuses beans that cannot work as they are, or not together. */
  void requireRight() {
    if (!mistakes.isEmpty()) {
      throw mistakes.getFirst();
    }
  }

  /** Names one of the workers or methods that make jobs, if there is any. */
  Optional<String> first() {
    return Stream.concat(annotated.stream(), byKind.values().stream().map(WorkerBean::source))
        .findFirst();
  }

  /** Whether there are annotated methods. */
  boolean hasMethods() {
    return !annotated.isEmpty();
  }

  private static <A> void register(Workers.Builder workers, WorkerBean<A> worker) {
    workers.register(worker.argsType(), worker.worker());
  }

  /** The workers, one for each kind. */
  List<WorkerBean<?>> all() {
    return List.copyOf(byKind.values());
  }

  /** The queues that workers name. */
  Set<String> queues() {
    return queues;
  }

  /** The methods that make periodic jobs. */
  List<PeriodicMethod> periodic() {
    return List.copyOf(periodic);
  }

  /** Gives new jobs the options that their worker names. */
  Middleware insertOptions() {
    return Middleware.beforeInsert(job -> {
      WorkerBean<?> worker = byKind.get(job.kind());
      return worker == null ? job : withOptions(job, worker.inserted());
    });
  }

  private static JobInsert withOptions(JobInsert job, InsertOptions options) {
    return job.withOptions(job.options().orElse(options));
  }

  /**
   * Refuses beans that turn out to be workers now that they are made, because their definition
   * names only an interface of theirs.
   */
  void requireAllFound() {
    above.ifPresent(WorkerBeans::requireAllFound);
    for (String name : beans.getSingletonNames()) {
      Object bean = found.contains(name) ? null : beans.getSingleton(name);
      if (bean == null || ScopedProxyUtils.isScopedTarget(name)) {
        continue;
      }
      Class<?> type = madeType(bean);
      if (bean instanceof Worker
          || Worker.class.isAssignableFrom(type)
          || WorkerDefinitions.hasMethods(type)) {
        throw new CairnConfigurationException(
            ("Bean '%s' of type %s works or makes jobs, but its definition does not say so: its "
                    + "jobs would wait forever [CAIRN-701]")
                .formatted(name, type.getName()),
            "Declare its @Bean method to return "
                + (bean instanceof FactoryBean ? "FactoryBean<%s>" : "%s")
                    .formatted(type.getSimpleName()));
      }
    }
  }

  /** The class of a bean, or of what it makes if it is a factory. */
  private static Class<?> madeType(Object bean) {
    Class<?> type =
        bean instanceof FactoryBean<?> factory
            ? factory.getObjectType()
            : AopUtils.getTargetClass(bean);
    return type == null ? Object.class : ClassUtils.getUserClass(type);
  }

  /**
   * Makes all beans that work or make jobs, so that their mistakes show at the start. Workers that
   * nobody has asked for are not made.
   */
  void make() {
    if (areTaken()) {
      byKind.values().forEach(WorkerBean::make);
    }
    periodic.forEach(PeriodicMethod::make);
  }

  private void addBean(String name) {
    found.add(name);
    Class<?> argsType = definitions.argsType(name);
    if (argsType == null) {
      throw new CairnConfigurationException(
          "Bean '%s' is a worker, but does not tell the type of its arguments [CAIRN-103]"
              .formatted(name),
          "Declare its @Bean method to return Worker<TheArguments>, or write a class that"
              + " implements it");
    }
    Class<?> type = definitions.targetClass(name);
    WorkerDefinitions.requireNotAsync("Worker bean '%s'".formatted(name), type, work(type));
    add(worker(name, argsType));
  }

  private static @Nullable Method work(Class<?> type) {
    return ClassUtils.getMethodIfAvailable(type, "work", Job.class, WorkContext.class);
  }

  private <A> WorkerBean<A> worker(String name, Class<A> argsType) {
    String source = "bean '%s'".formatted(name);
    return WorkerBean.of(
        name,
        source,
        kind(source, argsType),
        argsType,
        () -> made(name),
        () -> beans.isPrototype(name));
  }

  @SuppressWarnings("unchecked") // its type says so
  private <A> Worker<A> made(String name) {
    Worker<A> worker = beans.getBean(name, Worker.class);
    Class<?> type = AopUtils.getTargetClass(worker);
    WorkerDefinitions.requireNotAsync("Worker bean '%s'".formatted(name), type, work(type));
    for (Method each : Worker.class.getMethods()) {
      Method method =
          ClassUtils.getMethodIfAvailable(type, each.getName(), each.getParameterTypes());
      if (method != null && Proxies.passBy(worker, method)) {
        throw new CairnConfigurationException(
            ("Method %s of bean '%s' would be called on the proxy of the bean, which has none of "
                    + "its fields [CAIRN-701]")
                .formatted(each.getName(), name),
            "Make the method not final, or remove from %s what makes Spring proxy it, such as @Transactional"
                .formatted(type.getName()));
      }
    }
    return worker;
  }

  private void addMethods(String name) {
    Class<?> type = definitions.classToLookAt(name);
    var argsTypes = new HashMap<Method, Class<?>>();
    WorkerDefinitions.methods(type, CairnWorker.class)
        .forEach((method, worker) -> argsTypes.put(method, addWorker(name, type, method, worker)));
    Map<Method, CairnPeriodic> runs = WorkerDefinitions.methods(type, CairnPeriodic.class);
    runs.forEach((method, run) -> {
      periodic.add(new PeriodicMethod(beans, name, method, run, argsTypes.get(method)));
      annotated.add("@CairnPeriodic method %s.%s".formatted(type.getName(), method.getName()));
    });
    if (!argsTypes.isEmpty() || !runs.isEmpty()) {
      found.add(name);
    }
  }

  private Class<?> addWorker(String name, Class<?> type, Method method, CairnWorker annotation) {
    var called = new BeanMethod(beans, name, method, "@CairnWorker");
    var worker = new WorkerMethod(called, type, annotation, usual);
    if (!worker.queue().isEmpty()) {
      queues.add(worker.queue());
    }
    WorkerBean<?> bean = worker.bean();
    annotated.add(bean.source());
    add(bean);
    return bean.argsType();
  }

  private void add(WorkerBean<?> worker) {
    WorkerBean<?> earlier = byKind.putIfAbsent(worker.kind(), worker);
    if (earlier != null) {
      throw new CairnConfigurationException(
          "Kind '%s' has two workers: %s and %s [CAIRN-101]"
              .formatted(worker.kind(), earlier.sourceBeside(worker), worker.sourceBeside(earlier)),
          "Remove one of them, or give its arguments a @JobKind of their own");
    }
  }

  static String kind(String source, Class<?> argsType) {
    try {
      return Workers.kindOf(argsType);
    } catch (IllegalArgumentException e) {
      throw new CairnConfigurationException(
          "The arguments of %s have no kind: %s".formatted(source, e.getMessage()),
          "Annotate %s with @JobKind".formatted(argsType.getName()));
    }
  }
}
