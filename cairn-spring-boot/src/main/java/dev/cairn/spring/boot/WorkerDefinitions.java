package dev.cairn.spring.boot;

import dev.cairn.Worker;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.spring.CairnPeriodic;
import dev.cairn.spring.CairnWorker;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Which beans work or make jobs, as far as their definitions say. Makes no bean, not even a factory
 * of beans, and resolves no placeholder: it is also asked when the application is processed ahead
 * of time.
 */
record WorkerDefinitions(ConfigurableListableBeanFactory beans) {
  private static final Logger log = LoggerFactory.getLogger(WorkerDefinitions.class);

  /** The annotations with which Spring runs a method on another thread. */
  private static final List<String> ASYNCHRONOUS =
      List.of(
          "org.springframework.scheduling.annotation.Async",
          "jakarta.ejb.Asynchronous",
          "jakarta.enterprise.concurrent.Asynchronous");

  /** The beans that implement {@link Worker}. */
  List<String> workers() {
    return visible(beans.getBeanNamesForType(Worker.class, true, false));
  }

  /** The beans that are periodic jobs. */
  List<String> periodicJobs() {
    return visible(beans.getBeanNamesForType(PeriodicJob.class, true, false));
  }

  /** All beans; any of them may have annotated methods. */
  List<String> all() {
    return visible(beans.getBeanDefinitionNames());
  }

  private static List<String> visible(String[] names) {
    return Stream.of(names).filter(name -> !ScopedProxyUtils.isScopedTarget(name)).toList();
  }

  /** The type of the arguments of a bean that is a worker; null if the definition has none. */
  @Nullable Class<?> argsType(String worker) {
    Class<?> declared = argsType(declaredType(worker));
    return declared == null ? argsType(ResolvableType.forClass(targetClass(worker))) : declared;
  }

  private static @Nullable Class<?> argsType(ResolvableType worker) {
    Class<?> type = worker.as(Worker.class).getGeneric(0).resolve();
    return type == Object.class ? null : type;
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

  /** The class behind the proxies of a bean; Object if its definition does not tell. */
  Class<?> targetClass(String name) {
    Class<?> type = originalClass(name);
    type = type == null ? beans.getType(name, false) : type;
    return type == null ? Object.class : ClassUtils.getUserClass(type);
  }

  private @Nullable Class<?> originalClass(String name) {
    return beans.containsBeanDefinition(name)
        ? (Class<?>)
            beans
                .getMergedBeanDefinition(name)
                .getAttribute(AutoProxyUtils.ORIGINAL_TARGET_CLASS_ATTRIBUTE)
        : null;
  }

  /**
   * Refuses a worker that Spring would run on another thread: its jobs would be completed before
   * they are done, and a failure would not be retried.
   *
   * @param worker names it, for the message
   * @param method the method that works; null if it cannot be found
   */
  static void requireNotAsync(String worker, Class<?> type, @Nullable Method method) {
    if (isAsync(type) || (method != null && isAsync(method))) {
      throw new CairnConfigurationException(
          "%s is @Async: its jobs would be completed before they are done [CAIRN-701]"
              .formatted(worker),
          "Remove @Async: each job runs on a thread of its own, and maxWorkers of its queue says how many");
    }
  }

  private static boolean isAsync(AnnotatedElement element) {
    var annotations =
        MergedAnnotations.from(element, MergedAnnotations.SearchStrategy.TYPE_HIERARCHY);
    return ASYNCHRONOUS.stream().anyMatch(annotations::isPresent);
  }

  /**
   * The class of a bean that need not be a worker. Object if it cannot be found, because it is not
   * there: Spring leaves such a lazy bean alone, too.
   */
  Class<?> classToLookAt(String name) {
    try {
      return targetClass(name);
    } catch (LinkageError | BeansException | IllegalStateException e) {
      log.debug("Could not find the class of bean '{}'", name, e);
      return Object.class;
    }
  }

  /** Whether a class has methods that work or make jobs. */
  static boolean hasMethods(Class<?> type) {
    return !methods(type, CairnWorker.class).isEmpty()
        || !methods(type, CairnPeriodic.class).isEmpty();
  }

  /** The methods of a class that have an annotation, inherited ones too. */
  static <T extends Annotation> Map<Method, T> methods(Class<?> type, Class<T> annotation) {
    var found = new LinkedHashMap<Method, T>();
    if (!AnnotationUtils.isCandidateClass(type, annotation)) {
      return found;
    }
    for (Method method : annotated(type, annotation)) {
      T value = AnnotatedElementUtils.findMergedAnnotation(method, annotation);
      if (value != null) {
        found.put(method, value);
      }
    }
    return found;
  }

  /**
   * None if the class cannot be looked at, because a type of one of its methods is not there.
   * Spring leaves such a lazy bean alone, too.
   */
  private static Set<Method> annotated(Class<?> type, Class<? extends Annotation> annotation) {
    ReflectionUtils.MethodFilter isAnnotated =
        method -> AnnotatedElementUtils.hasAnnotation(method, annotation);
    try {
      return MethodIntrospector.selectMethods(type, isAnnotated);
    } catch (LinkageError | IllegalStateException e) {
      log.debug("Could not look for methods of {} that work or make jobs", type.getName(), e);
      return Set.of();
    }
  }
}
