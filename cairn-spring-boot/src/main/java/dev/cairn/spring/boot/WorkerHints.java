package dev.cairn.spring.boot;

import dev.cairn.Job;
import dev.cairn.JobInsert;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.resumable.Steps;
import dev.cairn.spring.CairnPeriodic;
import dev.cairn.spring.CairnWorker;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.beans.factory.aot.BeanFactoryInitializationAotContribution;
import org.springframework.beans.factory.aot.BeanFactoryInitializationAotProcessor;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurationPackages;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.ResolvableType;
import org.springframework.core.type.filter.AnnotationTypeFilter;
import org.springframework.util.ClassUtils;

/**
 * What a native image has to know of an application's jobs: the methods that work and make them,
 * and the types of their arguments. Read from the definitions of the beans, and from the packages
 * of the application, which may insert jobs that it does not work.
 */
final class WorkerHints implements BeanFactoryInitializationAotProcessor {
  private static final Set<Class<?>> NO_ARGUMENTS =
      Set.of(WorkContext.class, Steps.class, Job.class, JobInsert.class, void.class);

  @Override
  public BeanFactoryInitializationAotContribution processAheadOfTime(
      ConfigurableListableBeanFactory beans) {
    var found = new Found(beans);
    return (context, code) -> found.registerIn(context.getRuntimeHints());
  }

  /** What was found, before Spring replaces the definitions by code. */
  private static final class Found {
    private final WorkerDefinitions definitions;

    /** The annotated methods, each with the class of its bean. */
    private final Map<Method, Class<?>> methods = new LinkedHashMap<>();

    private final BoundTypes values;

    Found(ConfigurableListableBeanFactory beans) {
      values = new BoundTypes(beans.getBeanClassLoader());
      definitions = new WorkerDefinitions(beans);
      definitions.workers().forEach(name -> addValue(definitions.argsType(name)));
      definitions.all().forEach(name -> addMethods(definitions.classToLookAt(name)));
      if (AutoConfigurationPackages.has(beans)) {
        AutoConfigurationPackages.get(beans).forEach(each -> addKinds(each, beans));
      }
    }

    private void addValue(@Nullable Class<?> type) {
      if (type != null && !NO_ARGUMENTS.contains(type)) {
        values.add(type);
      }
    }

    private void addMethods(Class<?> type) {
      WorkerDefinitions.methods(type, CairnWorker.class)
          .keySet()
          .forEach(method -> addWorker(method, type));
      WorkerDefinitions.methods(type, CairnPeriodic.class)
          .keySet()
          .forEach(method -> {
            methods.put(method, type);
            addValue(ResolvableType.forMethodReturnType(method, type).resolve());
          });
    }

    private void addWorker(Method method, Class<?> type) {
      methods.put(method, type);
      for (Parameter parameter : method.getParameters()) {
        ResolvableType declared = WorkerMethod.declaredType(parameter, type);
        addValue(declared.resolve());
        addValue(declared.as(Job.class).getGeneric(0).resolve());
      }
    }

    /** The arguments of all jobs in a package, and in those below it. */
    private void addKinds(String appPackage, ConfigurableListableBeanFactory beans) {
      var scanner = new ClassPathScanningCandidateComponentProvider(false);
      scanner.addIncludeFilter(new AnnotationTypeFilter(JobKind.class, false));
      for (BeanDefinition each : scanner.findCandidateComponents(appPackage)) {
        addValue(
            ClassUtils.resolveClassName(
                String.valueOf(each.getBeanClassName()), beans.getBeanClassLoader()));
      }
    }

    void registerIn(RuntimeHints hints) {
      for (Class<?> each : Set.of(CairnWorker.class, CairnPeriodic.class)) {
        hints.reflection().registerType(each, MemberCategory.INVOKE_DECLARED_METHODS);
      }
      hints.resources().registerPattern("dev/cairn/migrate/*/*.sql");
      methods.forEach((method, type) -> registerCalls(hints, method, type));
      values.registerIn(hints.reflection());
    }

    /** The method, and those of interfaces through which a proxy of the bean is called. */
    private static void registerCalls(RuntimeHints hints, Method method, Class<?> type) {
      hints.reflection().registerType(type);
      hints.reflection().registerMethod(method, ExecutableMode.INVOKE);
      for (Class<?> each : ClassUtils.getAllInterfacesForClass(type)) {
        Method declared =
            ClassUtils.getMethodIfAvailable(each, method.getName(), method.getParameterTypes());
        if (declared != null) {
          hints.reflection().registerMethod(declared, ExecutableMode.INVOKE);
        }
      }
    }
  }
}
