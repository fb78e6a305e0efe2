package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

class WorkersTest {
  @JobKind("mail")
  record Mail(String to) {}

  record WithoutKind(String to) {}

  private static class MailWorker implements Worker<Mail> {
    @Override
    public void work(Job<Mail> job, WorkContext context) {}
  }

  private static final class SpecialMailWorker extends MailWorker {}

  private abstract static class Base<X, B> implements Worker<B> {
    @Override
    public void work(Job<B> job, WorkContext context) {}
  }

  private static final class DerivedWorker extends Base<String, Mail> {}

  private static final class OpenWorker<T> extends Base<String, T> {}

  private static final class WorkerWithoutKind extends Base<String, WithoutKind> {}

  @Test
  void takesTheTypeOfTheArgumentsFromTheClassOfTheWorker() {
    assertRegistered(new MailWorker());
    assertRegistered(new SpecialMailWorker());
    assertRegistered(new DerivedWorker());
    assertRegistered(
        new Worker<Mail>() {
          @Override
          public void work(Job<Mail> job, WorkContext context) {}
        });
  }

  private static void assertRegistered(Worker<Mail> worker) {
    Workers workers = Workers.builder().register(worker).build();

    assertThat(workers.kinds()).containsExactly("mail");
    assertThat(workers.find("mail"))
        .hasValueSatisfying(registration -> {
          assertThat(registration.argsType()).isEqualTo(Mail.class);
          assertThat(registration.worker()).isSameAs(worker);
        });
  }

  @Test
  void aWorkerWhoseClassDoesNotSayItNamesTheWayOut() {
    Worker<Mail> lambda = (job, context) -> {};
    Worker<Mail> reference = WorkersTest::mail;
    assertNamesTheWayOut(lambda);
    assertNamesTheWayOut(reference);
    assertNamesTheWayOut(new OpenWorker<>());
    assertNamesTheWayOut(
        (Worker<?>)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {Worker.class},
                (proxy, method, arguments) -> null));
  }

  private static void mail(Job<Mail> job, WorkContext context) {}

  private static void assertNamesTheWayOut(Worker<?> worker) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Workers.builder().register(worker))
        .withMessageContaining(worker.getClass().getName())
        .withMessageContaining("call register(argsType, worker)");
  }

  @Test
  void refusesWhatTheOtherOverloadRefuses() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Workers.builder().register(new WorkerWithoutKind()))
        .withMessageContaining("WithoutKind");
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            Workers.builder().register(new MailWorker()).register(Mail.class, (job, context) -> {}))
        .withMessageContaining("kind 'mail' has two workers");
  }
}
