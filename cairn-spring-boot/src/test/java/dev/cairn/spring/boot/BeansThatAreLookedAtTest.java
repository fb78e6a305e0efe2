package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.ResumePolicy;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.resumable.Steps;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.spring.CairnPeriodic;
import dev.cairn.spring.CairnWorker;
import dev.cairn.testing.CairnExtension;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.ConfigurationClassPostProcessor;
import org.springframework.context.annotation.DependsOn;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.support.GenericApplicationContext;

/** How workers are found: by definitions, and without making what is none. */
class BeansThatAreLookedAtTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static final AtomicInteger MADE = new AtomicInteger();

  private final ApplicationContextRunner application = Applications.jdbc(cairn);

  @JobKind("looked_at")
  record LookedAt(String name) {}

  @JobKind("looked_at_other")
  record Other(int number) {}

  @BeforeEach
  void nothingMade() {
    MADE.set(0);
  }

  private static void completes(Cairn client, Object args) {
    assertThat(cairn.awaitState(client.insert(args).id(), JobState.COMPLETED).state())
        .isEqualTo(JobState.COMPLETED);
  }

  /** Costs something to make. */
  static class Costly {
    Costly() {
      MADE.incrementAndGet();
    }
  }

  /** Does not say what it makes. */
  static class CostlyFactory implements FactoryBean<Object> {
    CostlyFactory() {
      MADE.incrementAndGet();
    }

    @Override
    public Object getObject() {
      MADE.incrementAndGet();
      return new Costly();
    }

    @Override
    public Class<?> getObjectType() {
      return Costly.class;
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class LazyBeans {
    @Bean
    @Lazy
    Costly costly() {
      return new Costly();
    }

    @Bean
    @Lazy
    CostlyFactory factory() {
      return new CostlyFactory();
    }

    @Bean
    @Lazy
    FactoryBean<?> anyFactory() {
      return new CostlyFactory();
    }

    @Bean
    @Scope("prototype")
    Costly prototype() {
      return new Costly();
    }
  }

  /** Spring itself makes factories that do not say what they make, whenever it looks for a type. */
  @Test
  void lookingForWorkersMakesNothing() {
    var beans = new DefaultListableBeanFactory();
    beans.registerBeanDefinition("lazy", new RootBeanDefinition(LazyBeans.class));
    beans.registerBeanDefinition("worker", new RootBeanDefinition(ByMethod.class));
    new ConfigurationClassPostProcessor().postProcessBeanDefinitionRegistry(beans);

    var workers = WorkerBeans.in(beans, ResumePolicy::defaults);

    assertThat(beans.getBeanDefinitionNames()).contains("costly", "factory", "anyFactory");
    assertThat(workers.all()).singleElement().matches(it -> it.kind().equals("looked_at"));
    assertThat(MADE).hasValue(0);
  }

  static class ByMethod {
    @CairnWorker
    void work(LookedAt args) {}
  }

  static class ByClass implements Worker<LookedAt> {
    @Override
    public void work(Job<LookedAt> job, WorkContext context) {}
  }

  @Configuration(proxyBeanMethods = false)
  static class LazyWorkers {
    @Bean
    @Lazy
    ByMethod byMethod() {
      return new ByMethod();
    }

    @Bean
    @Lazy
    Worker<Other> byType() {
      return (job, context) -> {};
    }
  }

  @Test
  void lazyWorkersWork() {
    application
        .withUserConfiguration(LazyWorkers.class)
        .run(context -> {
          completes(context.getBean(Cairn.class), new LookedAt("a"));
          completes(context.getBean(Cairn.class), new Other(1));
        });
  }

  /** Says what it makes. */
  static class WorkerFactory implements FactoryBean<ByMethod> {
    @Override
    public ByMethod getObject() {
      return new ByMethod();
    }

    @Override
    public Class<?> getObjectType() {
      return ByMethod.class;
    }
  }

  @Test
  void whatAFactoryMakesIsAWorkerIfTheFactorySaysSo() {
    application
        .withBean("factory", WorkerFactory.class)
        .run(context -> completes(context.getBean(Cairn.class), new LookedAt("a")));
  }

  /** Says it only when it is made itself. */
  static class SilentFactory implements FactoryBean<Object> {
    @Override
    public Object getObject() {
      return new ByMethod();
    }

    @Override
    public Class<?> getObjectType() {
      return ByMethod.class;
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Silent {
    @Bean
    @DependsOn("cairnWorkerBeans") // so that it is made only after the workers were looked for
    SilentFactory silent() {
      return new SilentFactory();
    }
  }

  @Test
  void aFactoryThatDoesNotSayThatItMakesAWorkerStopsTheApplication() {
    assertThat(analysis(application.withUserConfiguration(Silent.class)))
        .contains("Bean 'silent'", "[CAIRN-701]", "FactoryBean<ByMethod>");
  }

  @Configuration(proxyBeanMethods = false)
  static class ScopedWorkers {
    @Bean
    @Scope(scopeName = "prototype", proxyMode = ScopedProxyMode.TARGET_CLASS)
    ByMethod byMethod() {
      return new ByMethod();
    }
  }

  @Test
  void aWorkerBehindTheProxyOfAScopeWorks() {
    application
        .withUserConfiguration(ScopedWorkers.class)
        .run(context -> completes(context.getBean(Cairn.class), new LookedAt("a")));
  }

  /** A worker for the arguments of its subclasses. */
  abstract static class Base<A> {
    @CairnWorker
    void work(A args, Steps steps) {}
  }

  static class OfLookedAt extends Base<LookedAt> {}

  /** A worker for jobs of the arguments of its subclasses. */
  abstract static class JobBase<A> {
    @CairnWorker
    void work(Job<A> job) {}
  }

  static class OfOther extends JobBase<Other> {}

  @Test
  void theClassOfABeanSaysWhatItsSuperclassesTypeVariablesAre() {
    application
        .withBean(OfLookedAt.class)
        .withBean(OfOther.class)
        .run(context -> {
          completes(context.getBean(Cairn.class), new LookedAt("a"));
          completes(context.getBean(Cairn.class), new Other(1));
        });
  }

  static class GenericMethod {
    @CairnWorker
    <A> void work(A args) {}
  }

  static class GenericMethodWithBound {
    @CairnWorker
    <A extends LookedAt> void work(A args) {}
  }

  @Test
  void aBoundSaysTheTypeOfTheArguments() {
    application
        .withBean(GenericMethodWithBound.class)
        .run(context -> completes(context.getBean(Cairn.class), new LookedAt("a")));
  }

  static class GenericJob {
    @CairnWorker
    <A> void work(Job<A> job) {}
  }

  @SuppressWarnings("rawtypes")
  static class RawBase extends Base {}

  static class GenericClass<A> extends Base<A> {}

  static class AnyJob {
    @CairnWorker
    void work(Job<?> job) {}
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        GenericMethod.class,
        GenericJob.class,
        RawBase.class,
        GenericClass.class,
        AnyJob.class
      })
  void aMethodThatDoesNotSayTheTypeOfItsArgumentsStopsTheApplication(Class<?> bean) {
    assertThat(analysis(application.withBean(bean)))
        .contains("@CairnWorker method ")
        .contains("does not say the type of its arguments")
        .contains("[CAIRN-701]");
  }

  static class Imported {
    @CairnPeriodic(every = "1h", runOnStart = true)
    LookedAt due() {
      return new LookedAt("b");
    }
  }

  @Configuration(proxyBeanMethods = false)
  @Import(Imported.class)
  static class Importing {}

  /** A nested class that is imported has a name with a dollar. */
  @Test
  void theNameOfAnyBeanMakesAnIdOfItsPeriodicJob() {
    application
        .withUserConfiguration(Importing.class)
        .withBean(ByMethod.class)
        .run(context ->
            assertThat(context.getBean(Cairn.class).periodicJobs().list())
                .extracting(PeriodicJob::id)
                .containsExactly(Imported.class.getName().replace('$', '.') + ".due"));
  }

  static class GenericPeriodic<A> {
    @CairnPeriodic(every = "1h")
    A args() {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void aPeriodicJobOfAnyTypeIsKnownWhenItIsMade() {
    application
        .withBean(GenericPeriodic.class)
        .withBean(ByMethod.class)
        .run(context -> assertThat(context).hasNotFailed());
  }

  /** A type of a library that is not there. */
  static class Optionally {}

  static class RefersToIt {
    Optionally optionally() {
      return new Optionally();
    }
  }

  /** Has the class, but not the type of its method. */
  private static final class WithoutType extends ClassLoader {
    WithoutType() {
      super(RefersToIt.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.equals(Optionally.class.getName())) {
        throw new ClassNotFoundException(name);
      }
      return name.equals(RefersToIt.class.getName()) ? own(name) : super.loadClass(name, resolve);
    }

    private Class<?> own(String name) throws ClassNotFoundException {
      Class<?> known = findLoadedClass(name);
      if (known != null) {
        return known;
      }
      try (var file =
          Objects.requireNonNull(getResourceAsStream(name.replace('.', '/') + ".class"))) {
        byte[] bytes = file.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  /** Spring itself leaves such a lazy bean alone. */
  @Test
  void aLazyBeanThatCannotBeLookedAtIsNoWorker() throws Exception {
    Class<?> unreadable = new WithoutType().loadClass(RefersToIt.class.getName());
    application
        .withBean(ByMethod.class)
        .withInitializer(context -> {
          var definition = new RootBeanDefinition(unreadable);
          definition.setLazyInit(true);
          ((GenericApplicationContext) context).registerBeanDefinition("unreadable", definition);
        })
        .run(context -> {
          assertThat(context).hasNotFailed();
          completes(context.getBean(Cairn.class), new LookedAt("a"));
        });
  }

  private static String analysis(ApplicationContextRunner application) {
    var text = new StringBuilder();
    application.run(context ->
        text.append(FailureTexts.of(Objects.requireNonNull(context.getStartupFailure()))));
    return text.toString();
  }
}
