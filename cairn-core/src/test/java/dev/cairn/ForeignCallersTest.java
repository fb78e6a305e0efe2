package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventListener;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.JobUpdate;
import dev.cairn.spi.JacksonCodec;
import dev.cairn.spi.JsonCodec;
import dev.cairn.spi.Middleware;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Foreign code on the threads of its user, and what user and client do to each other there. */
class ForeignCallersTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  @JobKind("foreign_caller")
  record Task(String name) {}

  @AfterEach
  void clearInterrupt() {
    boolean ignored = Thread.interrupted();
  }

  /**
   * What is thrown goes to who inserts, nothing is inserted, and the next call is as good as new.
   */
  @ParameterizedTest
  @EnumSource(
      value = Poison.Kind.class,
      mode = Mode.EXCLUDE,
      names = {"HANG", "INTERRUPT_LEFT_SET"})
  void anInsertionThatForeignCodeFailsLeavesNothingBehind(Poison.Kind kind) {
    var poison = new Poison(kind);
    var once = new AtomicBoolean(true);
    Cairn client =
        clients.build(builder ->
            builder.middleware(
                Middleware.beforeInsert(job -> {
                  if (once.getAndSet(false)) {
                    poison.take();
                  }
                  return job;
                })));

    assertThatCode(() -> client.insert(new Task("first")))
        .satisfies(thrown -> assertThat(thrown).hasMessageContaining("poison"));
    long id = client.insert(new Task("second")).id();

    assertThat(client.jobs().list(JobQuery.all()).jobs())
        .extracting(JobRow::id)
        .containsExactly(id);
  }

  /** The description goes on as if the plugin had not been added, or is thrown away. */
  @ParameterizedTest
  @EnumSource(
      value = Poison.Kind.class,
      mode = Mode.EXCLUDE,
      names = {"HANG", "INTERRUPT_LEFT_SET"})
  void whatIsThrownWhileAClientIsBuiltGoesToWhoBuildsIt(Poison.Kind kind) {
    var poison = new Poison(kind);
    CairnBuilder builder = Cairn.builder(database.dataSource()).schema(database.schema());

    assertThatCode(() -> builder.plugin(client -> poison.take()))
        .satisfies(thrown -> assertThat(thrown).hasMessageContaining("poison"));
    builder.listener(
        new EventListener() {
          @Override
          public Set<EventKind> kinds() {
            poison.take();
            return Set.of();
          }

          @Override
          public void on(Event event) {}
        });
    assertThatCode(builder::build)
        .satisfies(thrown -> assertThat(thrown).hasMessageContaining("poison"));
  }

  @ParameterizedTest
  @EnumSource(
      value = Poison.Kind.class,
      mode = Mode.EXCLUDE,
      names = {"HANG", "INTERRUPT_LEFT_SET"})
  void aCodecThatFailsCostsNoMoreThanTheCall(Poison.Kind kind) {
    var poison = new Poison(kind);
    Cairn client = clients.build(builder -> builder.codec(new PickyCodec(poison)));
    long id = client.insert(new Task("fine")).id();

    assertThatCode(() -> client.insert(new Task("poisoned")))
        .satisfies(thrown -> assertThat(thrown).hasMessageContaining("poison"));
    assertThatCode(() -> client.jobs().update(id, JobUpdate.nothing().withOutput("poisoned")))
        .satisfies(thrown -> assertThat(thrown).hasMessageContaining("poison"));
    assertThatCode(() -> client.signal("signal", "poisoned"))
        .satisfies(thrown -> assertThat(thrown).hasMessageContaining("poison"));

    assertThat(client.jobs().find(id))
        .hasValueSatisfying(job -> assertThat(job.metadata()).isEqualTo("{}"));
  }

  private record PickyCodec(Poison poison) implements JsonCodec {
    private static final JacksonCodec TARGET = JacksonCodec.create();

    @Override
    public String encode(@Nullable Object value) {
      return watched(value, TARGET.encode(value));
    }

    @Override
    public String encodeExactly(@Nullable Object value) {
      return watched(value, TARGET.encodeExactly(value));
    }

    private String watched(@Nullable Object value, String json) {
      if (String.valueOf(value).contains("poisoned")) {
        poison.take();
      }
      return json;
    }

    @Override
    public <T> T decode(String json, Class<T> type) {
      return TARGET.decode(json, type);
    }

    @Override
    public @Nullable Object decodeExactly(String json, Type type) {
      return TARGET.decodeExactly(json, type);
    }
  }

  /** A pool of threads that is shut down interrupts whoever stops a client there. */
  @Test
  void anInterruptedThreadStopsAClientInGoodOrder() {
    Cairn client = clients.start(Task.class, (job, context) -> {});
    long id = client.insert(new Task("x")).id();
    clients.await(id, JobState.COMPLETED);

    Thread.currentThread().interrupt();
    client.stop(Duration.ofSeconds(1));

    assertThat(Thread.interrupted()).as("the interrupt is there yet").isTrue();
    assertThat(
            database.number(
                "SELECT count(*) FROM %s.cairn_client WHERE id = ? AND timeout > '0'"
                    .formatted(database.schema()),
                client.id()))
        .as("signs of life")
        .isZero();
    assertThat(TestLogs.warnings("Client " + client.id())).isEmpty();
  }

  @Test
  void whatFollowsTheEndOfAClientDoesNotHoldItUp() {
    var poison = new Poison(Poison.Kind.HANG);
    Cairn client = clients.start(Task.class, (job, context) -> {});
    var following = client.stopped().thenRun(poison::take);
    var other = client.stopped();
    try {
      client.stop(Duration.ofSeconds(1));

      assertThat(client.stopped()).isCompleted();
      await().until(other::isDone);
      await().until(poison::wasTaken);
      assertThat(following).isNotDone();
    } finally {
      poison.cure();
    }
    await().until(following::isDone);
  }

  /**
   * The interrupt of a timeout is the worker's, also if a listener was just being told something.
   */
  @Test
  void anInterruptThatComesWhileAListenerIsToldReachesTheWorker() {
    var told = new CountDownLatch(1);
    var interrupted = new CountDownLatch(1);
    Cairn client =
        clients.start(
            Task.class,
            (job, context) -> {
              try {
                Thread.sleep(Duration.ofSeconds(30));
              } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
              }
            },
            builder ->
                builder
                    .jobTimeout(Duration.ofMillis(50))
                    .listener(
                        new EventListener() {
                          @Override
                          public Set<EventKind> kinds() {
                            return Set.of(EventKind.JOB_STARTED);
                          }

                          @Override
                          public void on(Event event) {
                            // Swallows what is not meant for it.
                            try {
                              Thread.sleep(Duration.ofSeconds(30));
                            } catch (InterruptedException e) {
                              told.countDown();
                            }
                          }
                        }));
    long id = client.insert(new Task("x"), InsertOptions.defaults().withMaxAttempts(1)).id();

    clients.await(id, JobState.DISCARDED);
    assertThat(told.getCount()).isZero();
    assertThat(interrupted.getCount()).isZero();
  }
}
