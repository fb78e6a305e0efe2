package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.spi.ErrorHandler;
import dev.cairn.spi.ErrorHandler.SlotDecision;
import dev.cairn.spi.JacksonCodec;
import dev.cairn.spi.JsonCodec;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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

  enum Place {
    DECODE,
    RESUME_POLICY,
    TIMEOUT
  }

  /** What is called before the worker takes its time for the job that is deaf or slow. */
  private record Early(Place place, Consumer<String> before, List<String> worked)
      implements Worker<Deaf> {
    @Override
    public void work(Job<Deaf> job, WorkContext context) {
      worked.add(job.args().name());
    }

    @Override
    public Optional<Duration> timeout(Job<Deaf> job) {
      if (place == Place.TIMEOUT) {
        before.accept(job.args().name());
      }
      return Optional.of(Duration.ZERO);
    }

    @Override
    public Optional<ResumePolicy> resumePolicy(Job<Deaf> job) {
      if (place == Place.RESUME_POLICY) {
        before.accept(job.args().name());
      }
      return Optional.empty();
    }
  }

  private Cairn startEarly(Place place, Duration stuckThreshold, Consumer<String> before) {
    Cairn client =
        clients.build(settings ->
            settings
                .workers(
                    Workers.builder()
                        .register(Deaf.class, new Early(place, before, worked))
                        .build())
                .codec(
                    new EarlyCodec(json -> {
                      if (place == Place.DECODE) {
                        before.accept(json);
                      }
                    }))
                .queue("default", 1)
                .heartbeatTimeout(Duration.ofSeconds(4))
                .jobTimeout(Duration.ofMillis(100))
                .stuckThreshold(stuckThreshold)
                .errorHandler(openingSlots()));
    client.start();
    return client;
  }

  /** Decodes on the job's thread; an insertion reads arguments back, too. */
  private record EarlyCodec(Consumer<String> whenDecoding) implements JsonCodec {
    private static final JsonCodec TARGET = JacksonCodec.create();

    @Override
    public String encode(@Nullable Object value) {
      return TARGET.encode(value);
    }

    @Override
    public <T> T decode(String json, Class<T> type) {
      if (Thread.currentThread().isVirtual()) {
        whenDecoding.accept(json);
      }
      return TARGET.decode(json, type);
    }

    @Override
    public @Nullable Object decodeExactly(String json, Type type) {
      return TARGET.decodeExactly(json, type);
    }
  }

  private ErrorHandler openingSlots() {
    return new ErrorHandler() {
      @Override
      public Decision onFailure(Job<?> job, Throwable failure) {
        return Decision.cancel();
      }

      @Override
      public SlotDecision onStuck(Job<?> job, Duration runningFor) {
        stuck.add(job.kind());
        return SlotDecision.OPEN_SLOT;
      }
    };
  }

  /** Seen before: it had no limit, nobody was told, and it could not be cancelled. */
  @ParameterizedTest
  @EnumSource(Place.class)
  void codeThatHangsBeforeTheWorkerIsStuckToo(Place place) {
    Cairn client =
        startEarly(
            place,
            Duration.ofMillis(100),
            name -> {
              if (name.contains("deaf")) {
                listenToNobody();
              }
            });
    long deaf = client.insert(new Deaf("deaf")).id();
    long next = client.insert(new Deaf("next")).id();

    clients.await(next, JobState.COMPLETED);
    assertThat(stuck).containsExactly("deaf");
    assertThat(client.jobs().find(deaf).orElseThrow().state()).isEqualTo(JobState.RUNNING);

    end.countDown();
    JobRow job = clients.await(deaf, JobState.CANCELLED);
    assertThat(job.errors().getLast().error()).contains("ran into its timeout", "CAIRN-501");
    assertThat(worked).containsExactly("next");
  }

  @ParameterizedTest
  @EnumSource(Place.class)
  void codeThatWaitsBeforeTheWorkerIsInterruptedByTheTimeout(Place place) {
    Cairn client =
        startEarly(
            place,
            Duration.ofSeconds(5),
            name -> {
              if (name.contains("slow")) {
                sleepFor(Duration.ofMinutes(1));
              }
            });
    long slow = client.insert(new Deaf("slow")).id();

    JobRow job = clients.await(slow, JobState.CANCELLED);

    assertThat(job.errors().getLast().error()).contains("ran into its timeout", "CAIRN-501");
    assertThat(stuck).isEmpty();
    assertThat(worked).isEmpty();
  }

  private static void sleepFor(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    }
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
