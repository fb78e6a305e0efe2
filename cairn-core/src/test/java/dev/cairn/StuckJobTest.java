package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.spi.ErrorHandler;
import dev.cairn.spi.ErrorHandler.SlotDecision;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Jobs whose code goes on after its timeout, whatever it is told. */
class StuckJobTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final List<String> stuck = new CopyOnWriteArrayList<>();
  private final List<String> worked = new CopyOnWriteArrayList<>();
  private final CountDownLatch end = new CountDownLatch(1);

  @JobKind("deaf")
  record Deaf(String name) {}

  @AfterEach
  void endAll() {
    end.countDown();
  }

  /** Only what is deaf has a timeout. */
  private final class Listening implements Worker<Deaf> {
    @Override
    public void work(Job<Deaf> job, WorkContext context) {
      if (isDeaf(job)) {
        listenToNobody();
      }
      worked.add(job.args().name());
    }

    @Override
    public Optional<Duration> timeout(Job<Deaf> job) {
      return Optional.of(isDeaf(job) ? Duration.ofMillis(100) : Duration.ZERO);
    }

    private boolean isDeaf(Job<Deaf> job) {
      return job.args().name().equals("deaf");
    }
  }

  private void listenToNobody() {
    boolean interrupted = false;
    while (end.getCount() > 0) {
      try {
        end.await();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private Cairn start(BiFunction<Job<?>, Duration, SlotDecision> whenStuck) {
    Cairn client =
        clients.build(settings ->
            settings
                .workers(Workers.builder().register(Deaf.class, new Listening()).build())
                .queue("default", 1)
                .stuckThreshold(Duration.ofMillis(100))
                .errorHandler(
                    new ErrorHandler() {
                      @Override
                      public Decision onFailure(Job<?> job, Throwable failure) {
                        return Decision.proceed();
                      }

                      @Override
                      public SlotDecision onStuck(Job<?> job, Duration runningFor) {
                        return whenStuck.apply(job, runningFor);
                      }
                    }));
    client.start();
    return client;
  }

  @Test
  void theHandlerIsToldOnceAndMayOpenASlot() {
    Cairn client =
        start((job, runningFor) -> {
          stuck.add(job.kind() + " " + (runningFor.toMillis() >= 200));
          return SlotDecision.OPEN_SLOT;
        });
    long deaf = client.insert(new Deaf("deaf")).id();
    long next = client.insert(new Deaf("next")).id();

    clients.await(next, JobState.COMPLETED);
    assertThat(stuck).containsExactly("deaf true");
    assertThat(client.jobs().find(deaf).orElseThrow().state()).isEqualTo(JobState.RUNNING);

    end.countDown();
    clients.awaitJob(deaf, job -> assertThat(job.state()).isNotEqualTo(JobState.RUNNING));
    assertThat(stuck).hasSize(1);
  }

  @Test
  void unlessTheHandlerOpensItTheSlotStaysTaken() {
    Cairn client =
        start((job, runningFor) -> {
          stuck.add(job.kind());
          throw new IllegalStateException("as good as KEEP_SLOT");
        });
    client.insert(new Deaf("deaf"));
    long next = client.insert(new Deaf("next")).id();

    await().until(() -> !stuck.isEmpty());
    assertThat(worked).isEmpty();
    end.countDown();
    clients.await(next, JobState.COMPLETED);
    assertThat(worked).startsWith("deaf");
  }
}
