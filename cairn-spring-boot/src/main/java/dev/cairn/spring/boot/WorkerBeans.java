package dev.cairn.spring.boot;

import dev.cairn.InsertOptions;
import dev.cairn.JobInsert;
import dev.cairn.ResumePolicy;
import dev.cairn.Worker;
import dev.cairn.Workers;
import dev.cairn.spi.Middleware;
import dev.cairn.spring.CairnPeriodic;
import dev.cairn.spring.CairnWorker;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * The workers of an application, read from the definitions of its beans without making any: beans
 * that implement {@link Worker}, and methods with {@link CairnWorker}. Also finds the methods with
 * {@link CairnPeriodic}.
 */
final class WorkerBeans {
  private final ConfigurableListableBeanFactory beans;
  private final ResumePolicy usual;
  private final Map<String, WorkerBean<?>> byKind = new LinkedHashMap<>();
  private final Set<String> queues = new TreeSet<>();
  private final Set<String> found = new HashSet<>();
  private final List<PeriodicMethod> periodic = new ArrayList<>();

  private WorkerBeans(ConfigurableListableBeanFactory beans, ResumePolicy usual) {
    this.beans = beans;
    this.usual = usual;
  }

  /**
   * The workers among these beans.
   *
   * @param usual the policy of workers that say nothing
   */
  static WorkerBeans in(ConfigurableListableBeanFactory beans, ResumePolicy usual) {
    var found = new WorkerBeans(beans, usual);
    for (String name : beans.getBeanNamesForType(Worker.class, true, false)) {
      if (!ScopedProxyUtils.isScopedTarget(name)) {
        found.addBean(name);
      }
    }
    for (String name : beans.getBeanDefinitionNames()) {
      if (!ScopedProxyUtils.isScopedTarget(name)) {
        found.addMethods(name);
      }
    }
    return found;
  }

  /** All of them, for a client. */
  Workers workers() {
    var workers = Workers.builder();
    byKind.values().forEach(each -> register(workers, each));
    return workers.build();
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
      WorkerBean<?> worker = byKind.get(Workers.kindOf(job.args().getClass()));
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
    for (String name : beans.getSingletonNames()) {
      Object bean = found.contains(name) ? null : beans.getSingleton(name);
      if (bean == null || ScopedProxyUtils.isScopedTarget(name)) {
        continue;
      }
      Class<?> type = ClassUtils.getUserClass(AopUtils.getTargetClass(bean));
      if (bean instanceof Worker || hasMethods(type)) {
        throw new CairnConfigurationException(
            ("Bean '%s' of type %s works or makes jobs, but its definition does not say so: its "
                    + "jobs would wait for ever [CAIRN-701]")
                .formatted(name, type.getName()),
            "Declare its @Bean method to return " + type.getSimpleName());
      }
    }
  }

  private static boolean hasMethods(Class<?> type) {
    return isCandidate(type)
        && (!methods(type, CairnWorker.class).isEmpty()
            || !methods(type, CairnPeriodic.class).isEmpty());
  }

  /** Makes all beans that work or make jobs, so that their mistakes show at the start. */
  void make() {
    byKind.values().forEach(WorkerBean::make);
    periodic.forEach(PeriodicMethod::make);
  }

  private void addBean(String name) {
    found.add(name);
    Class<?> argsType = declaredType(name).as(Worker.class).getGeneric(0).resolve();
    if (argsType == null || argsType == Object.class) {
      argsType =
          ResolvableType.forClass(targetClass(name)).as(Worker.class).getGeneric(0).resolve();
    }
    if (argsType == null || argsType == Object.class) {
      throw new CairnConfigurationException(
          "Bean '%s' is a worker, but does not tell the type of its arguments [CAIRN-103]"
              .formatted(name),
          "Declare its @Bean method to return Worker<TheArguments>, or write a class that implements"
              + " it");
    }
    add(worker(name, argsType));
  }

  @SuppressWarnings("unchecked") // its type says so
  private <A> WorkerBean<A> worker(String name, Class<A> argsType) {
    String source = "bean '%s'".formatted(name);
    return WorkerBean.of(
        source, kind(source, argsType), argsType, () -> beans.getBean(name, Worker.class));
  }

  /** What the definition says of the type; the type of a lambda says nothing. */
  private ResolvableType declaredType(String name) {
    if (!beans.containsBeanDefinition(name)) {
      return ResolvableType.NONE;
    }
    BeanDefinition definition = beans.getMergedBeanDefinition(name);
    return definition instanceof RootBeanDefinition root && root.getTargetType() == null
        ? resolved(root, name)
        : definition.getResolvableType();
  }

  /** Asking for the type of a bean makes its definition find the type that its method returns. */
  private ResolvableType resolved(RootBeanDefinition definition, String name) {
    Class<?> ignored = beans.getType(name, false);
    return definition.getResolvableType();
  }

  private Class<?> targetClass(String name) {
    Class<?> type = AutoProxyUtils.determineTargetClass(beans, name);
    return type == null ? Object.class : ClassUtils.getUserClass(type);
  }

  private void addMethods(String name) {
    Class<?> type = targetClass(name);
    if (!isCandidate(type)) {
      return;
    }
    var argsTypes = new HashMap<Method, Class<?>>();
    methods(type, CairnWorker.class)
        .forEach((method, worker) -> argsTypes.put(method, addWorker(name, method, worker)));
    Map<Method, CairnPeriodic> runs = methods(type, CairnPeriodic.class);
    runs.forEach((method, run) ->
        periodic.add(new PeriodicMethod(beans, name, method, run, argsTypes.get(method))));
    if (!argsTypes.isEmpty() || !runs.isEmpty()) {
      found.add(name);
    }
  }

  private static boolean isCandidate(Class<?> type) {
    return AnnotationUtils.isCandidateClass(type, List.of(CairnWorker.class, CairnPeriodic.class));
  }

  private static <T extends Annotation> Map<Method, T> methods(Class<?> type, Class<T> annotation) {
    var found = new LinkedHashMap<Method, T>();
    ReflectionUtils.MethodFilter isAnnotated =
        method -> AnnotatedElementUtils.hasAnnotation(method, annotation);
    for (Method method : MethodIntrospector.selectMethods(type, isAnnotated)) {
      T value = AnnotatedElementUtils.findMergedAnnotation(method, annotation);
      if (value != null) {
        found.put(method, value);
      }
    }
    return found;
  }

  private Class<?> addWorker(String name, Method method, CairnWorker annotation) {
    var worker = new WorkerMethod(beans, name, method, annotation, usual);
    if (!worker.queue().isEmpty()) {
      queues.add(worker.queue());
    }
    WorkerBean<?> bean = worker.bean();
    add(bean);
    return bean.argsType();
  }

  private void add(WorkerBean<?> worker) {
    WorkerBean<?> earlier = byKind.putIfAbsent(worker.kind(), worker);
    if (earlier != null) {
      throw new CairnConfigurationException(
          "Kind '%s' has two workers: %s and %s [CAIRN-101]"
              .formatted(worker.kind(), earlier.source(), worker.source()),
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
