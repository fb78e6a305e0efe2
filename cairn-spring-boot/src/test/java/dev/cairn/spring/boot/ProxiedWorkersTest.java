package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.spring.CairnWorker;
import dev.cairn.spring.boot.elsewhere.HiddenBase;
import dev.cairn.testing.CairnExtension;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.scheduling.annotation.Async;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Workers that Spring proxies, or makes more than once. */
class ProxiedWorkersTest {
  @RegisterExtension
  static final CairnExtension cairn = new CairnExtension().withTimeout(Duration.ofMinutes(1));

  private final ApplicationContextRunner application = Applications.jdbc(cairn);

  @JobKind("proxied")
  record Proxied(String name) {}

  private static String output(Cairn client) {
    JobRow job = cairn.awaitState(client.insert(new Proxied("a")).id(), JobState.COMPLETED);
    return job.output().orElseThrow();
  }

  private static void record(WorkContext context, Object text) {
    context.recordOutput(
        "%s, %s".formatted(text, TransactionSynchronizationManager.isActualTransactionActive()));
  }

  /** Package-private, as the examples are. */
  static class ByMethod {
    private final String name = "by method";

    @CairnWorker
    @Transactional
    void work(Proxied args, WorkContext context) {
      ProxiedWorkersTest.record(context, name);
    }
  }

  static class ByClass implements Worker<Proxied> {
    private final String name = "by class";

    @Override
    @Transactional
    public void work(Job<Proxied> job, WorkContext context) {
      ProxiedWorkersTest.record(context, name);
    }
  }

  interface Working {
    /** Works. */
    void work(Proxied args, WorkContext context);
  }

  static class ByInterface implements Working {
    private final String name = "by interface";

    @Override
    @CairnWorker
    @Transactional
    public void work(Proxied args, WorkContext context) {
      ProxiedWorkersTest.record(context, name);
    }
  }

  @ParameterizedTest
  @ValueSource(classes = {ByMethod.class, ByClass.class, ByInterface.class})
  void aWorkerProxiedByItsClassWorksInItsTransaction(Class<?> bean) {
    application
        .withBean(bean)
        .run(context ->
            assertThat(output(context.getBean(Cairn.class))).startsWith("\"by ").contains("true"));
  }

  @ParameterizedTest
  @ValueSource(classes = {ByClass.class, ByInterface.class})
  void aWorkerProxiedByItsInterfacesWorksInItsTransaction(Class<?> bean) {
    application
        .withBean(bean)
        .withPropertyValues("spring.aop.proxy-target-class=false")
        .run(context ->
            assertThat(output(context.getBean(Cairn.class))).startsWith("\"by ").contains("true"));
  }

  /** Its proxy has the method of the interface only. */
  static class Besides implements Runnable {
    @Override
    @Transactional
    public void run() {}

    @CairnWorker
    void work(Proxied args) {}
  }

  @Test
  void aMethodThatItsProxyHidesStopsTheApplication() {
    assertThat(
            failure(
                application
                    .withBean(Besides.class)
                    .withPropertyValues("spring.aop.proxy-target-class=false")))
        .contains("Besides.work(Proxied)", "[CAIRN-701]", "proxy-target-class");
  }

  /** Its fields are null in the proxy, where a final method runs. */
  static class FinalMethod {
    @Transactional
    public void other() {}

    @CairnWorker
    public final void work(Proxied args) {}
  }

  static class FinalWork implements Worker<Proxied> {
    @Transactional
    public void other() {}

    @Override
    public final void work(Job<Proxied> job, WorkContext context) {}
  }

  static class FinalRetry implements Worker<Proxied> {
    @Override
    @Transactional
    public void work(Job<Proxied> job, WorkContext context) {}

    @Override
    public final Optional<Instant> nextRetry(Job<Proxied> job, Throwable failure) {
      return Optional.empty();
    }
  }

  /** Inherits a method that its proxy cannot see. */
  static class HiddenMethod extends HiddenBase<Proxied> {
    @Transactional
    public void other() {}
  }

  @ParameterizedTest
  @ValueSource(classes = {FinalMethod.class, FinalWork.class, FinalRetry.class, HiddenMethod.class})
  void aMethodThatWouldRunOnTheProxyStopsTheApplication(Class<?> bean) {
    assertThat(failure(application.withBean("bean", bean)))
        .contains("on the proxy of", "[CAIRN-701]", "@Transactional");
  }

  /** Without a proxy, both may be. */
  static class FinalWithoutProxy {
    @CairnWorker
    final void work(Proxied args, WorkContext context) {
      ProxiedWorkersTest.record(context, "final");
    }
  }

  static class HiddenWithoutProxy extends HiddenBase<Proxied> {}

  @ParameterizedTest
  @ValueSource(classes = {FinalWithoutProxy.class, HiddenWithoutProxy.class})
  void withoutAProxyAMethodMayBeFinalOrHidden(Class<?> bean) {
    application
        .withBean(bean)
        .run(context -> assertThat(output(context.getBean(Cairn.class))).isNotEmpty());
  }

  /** Counts how often it was made. */
  static class Counting implements Worker<Proxied> {
    private static final AtomicInteger MADE = new AtomicInteger();

    private final int number = MADE.incrementAndGet();

    @Override
    public void work(Job<Proxied> job, WorkContext context) {
      ProxiedWorkersTest.record(context, number);
    }
  }

  static class CountingMethod {
    private static final AtomicInteger MADE = new AtomicInteger();

    private final int number = MADE.incrementAndGet();

    @CairnWorker
    void work(Proxied args, WorkContext context) {
      ProxiedWorkersTest.record(context, number);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Prototype {
    @Bean
    @Scope("prototype")
    Counting counting() {
      return new Counting();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class PrototypeOfMethod {
    @Bean
    @Scope("prototype")
    CountingMethod counting() {
      return new CountingMethod();
    }
  }

  @ParameterizedTest
  @ValueSource(classes = {Prototype.class, PrototypeOfMethod.class})
  void eachJobOfAPrototypeHasAWorkerOfItsOwn(Class<?> configuration) {
    application
        .withUserConfiguration(configuration)
        .run(context -> {
          var numbers = new ArrayList<Integer>();
          for (int i = 0; i < 3; i++) {
            String number = output(context.getBean(Cairn.class)).replaceAll("\\D", "");
            numbers.add(Integer.valueOf(number));
          }
          int first = numbers.getFirst();
          assertThat(numbers).as("one for each").containsExactly(first, first + 1, first + 2);
        });
  }

  @Test
  void aSingletonWorksAllJobs() {
    application
        .withBean(Counting.class)
        .run(context -> {
          Cairn client = context.getBean(Cairn.class);
          assertThat(List.of(output(client), output(client)).stream().distinct()).hasSize(1);
        });
  }

  /** Says its arguments only where it is made. */
  static class Generic<A> implements Worker<A> {
    @Override
    public void work(Job<A> job, WorkContext context) {
      ProxiedWorkersTest.record(context, job.args().getClass().getSimpleName());
    }
  }

  /** Its bean methods are proxied, too. */
  @Configuration
  static class GenericBean {
    @Bean
    Generic<Proxied> generic() {
      return new Generic<>();
    }
  }

  @Test
  void theTypeOfABeanMethodSaysTheArguments() {
    application
        .withUserConfiguration(GenericBean.class)
        .run(context ->
            assertThat(output(context.getBean(Cairn.class))).contains("\"Proxied, false\""));
  }

  private static String failure(ApplicationContextRunner application) {
    var text = new StringBuilder();
    application.run(context ->
        text.append(FailureTexts.of(Objects.requireNonNull(context.getStartupFailure()))));
    return text.toString();
  }

  static class AsynchronousMethod {
    @CairnWorker
    @Async
    void work(Proxied args) {}
  }

  static class AsynchronousWorker implements Worker<Proxied> {
    @Override
    @Async
    public void work(Job<Proxied> job, WorkContext context) {}
  }

  @Async
  static class AsynchronousClass implements Worker<Proxied> {
    @Override
    public void work(Job<Proxied> job, WorkContext context) {}
  }

  @ParameterizedTest
  @ValueSource(
      classes = {AsynchronousMethod.class, AsynchronousWorker.class, AsynchronousClass.class})
  void aWorkerWhoseJobsWouldBeCompletedBeforeTheyAreDoneIsRefused(Class<?> worker) {
    application
        .withUserConfiguration(worker)
        .run(context ->
            assertThat(context.getStartupFailure())
                .rootCause()
                .hasMessageContaining("is @Async")
                .hasMessageContaining("[CAIRN-701]"));
  }
}
