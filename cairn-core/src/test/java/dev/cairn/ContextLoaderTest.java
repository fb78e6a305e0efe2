package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.InterceptedCalls.Call;
import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventListener;
import dev.cairn.event.FetchEvent;
import dev.cairn.event.LeaderEvent;
import dev.cairn.event.StepEvent;
import dev.cairn.resumable.Steps;
import dev.cairn.schedule.Every;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.spi.ErrorHandler;
import java.net.URL;
import java.net.URLClassLoader;
import java.sql.Connection;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Foreign code finds its classes by the context class loader of its thread, in a jar within a jar
 * for example: all threads of a client have that of the thread which built it.
 */
class ContextLoaderTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ClassLoader builders = new URLClassLoader("builder's", new URL[0], null);
  private final ClassLoader others = new URLClassLoader("somebody else's", new URL[0], null);

  /** The loaders that each place has seen. */
  private final Map<String, Set<String>> seen = new ConcurrentHashMap<>();

  @JobKind("loading")
  record Loading(String what) {}

  @BeforeEach
  void resign() {
    database.execute("DELETE FROM %s.river_leader".formatted(database.schema()));
  }

  @Tag("thorough")
  @Test
  void allForeignCodeRunsWithThatOfTheThreadThatBuiltTheClient() throws Exception {
    Cairn client = with(builders, () -> clients.build(this::noting));
    startFromElsewhere(client);
    assertEverywhereTheBuilders(client);

    stopFromElsewhere(client);
    database.execute("DELETE FROM %s.river_leader".formatted(database.schema()));
    seen.clear();
    startFromElsewhere(client);

    assertEverywhereTheBuilders(client);
  }

  private void startFromElsewhere(Cairn client) throws Exception {
    with(
        others,
        () -> {
          client.start();
          client.queues().add("added" + System.nanoTime(), 1);
          return client;
        });
  }

  private void stopFromElsewhere(Cairn client) throws Exception {
    with(
        others,
        () -> {
          client.stop();
          return client;
        });
  }

  private void assertEverywhereTheBuilders(Cairn client) throws Exception {
    for (String what : Set.of("steps", "fail", "stuck")) {
      with(others, () -> client.insert(new Loading(what)));
    }
    await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() ->
            assertThat(seen.keySet())
                .contains(
                    "worker",
                    "fork",
                    "branch",
                    "middleware",
                    "error handler",
                    "retry policy",
                    "stuck handler",
                    "event of a fetch",
                    "event of the leader",
                    "factory",
                    "schedule",
                    "event of a step",
                    "event of a job",
                    "event of a checkpoint",
                    "connection of cairn-beat",
                    "connection of cairn-checkpoint",
                    "connection of cairn-complete",
                    "connection of cairn-events",
                    "connection of cairn-fetch-added",
                    "connection of cairn-fetch-default",
                    "connection of cairn-leader",
                    "connection of cairn-watcher",
                    "connection of cairn-notify",
                    "connection of cairn-periodic",
                    "connection of cairn-pool-probe",
                    "connection of cairn-queues",
                    "connection of cairn-rescue"));
    assertThat(seen.values()).allMatch(names -> names.equals(Set.of("builder's")));
  }

  private CairnBuilder noting(CairnBuilder ignored) {
    DataSource source =
        InterceptedCalls.of(DataSource.class, database.dataSource(), this::noteCall);
    return Cairn.builder(source)
        .schema(database.schema())
        .pollInterval(Duration.ofMillis(50))
        .flushInterval(Duration.ofMillis(20))
        .interruptDelay(Duration.ofMillis(20))
        .heartbeatTimeout(Duration.ofSeconds(2))
        .workers(Workers.builder().register(Loading.class, this::work).build())
        .queue("default", 5)
        .middleware((context, next) -> {
          note("middleware");
          next.proceed();
        })
        .errorHandler(new NotingHandler())
        .retryPolicy((job, failures) -> {
          note("retry policy");
          return Duration.ofMillis(50); // a busy machine may let any job run into its timeout
        })
        .stuckThreshold(Duration.ofMillis(20))
        .jobTimeout(Duration.ofMillis(500))
        .listener(new NotingListener())
        .periodicJob(
            PeriodicJob.of(
                "noting",
                after -> {
                  note("schedule");
                  return Every.of(Duration.ofSeconds(1)).next(after);
                },
                due -> {
                  note("factory");
                  return null;
                }));
  }

  private void work(Job<Loading> job, WorkContext context) throws Exception {
    note("worker");
    switch (job.args().what()) {
      case "steps" -> {
        context.fork(() -> note("fork")).join();
        Steps.of(context).parallel("p", branches -> branches.add("b", steps -> note("branch")));
        Steps.of(context).cursor("c", Long.class, 0L, cursor -> cursor.checkpoint(1L));
      }
      case "stuck" -> {
        while (!seen.containsKey("stuck handler")) {
          Thread.onSpinWait();
        }
      }
      default -> throw new IllegalStateException("on purpose");
    }
  }

  private final class NotingHandler implements ErrorHandler {
    @Override
    public Decision onFailure(Job<?> job, Throwable failure) {
      note("error handler");
      return Decision.proceed();
    }

    @Override
    public SlotDecision onStuck(Job<?> job, Duration runningFor) {
      note("stuck handler");
      return SlotDecision.KEEP_SLOT;
    }
  }

  private final class NotingListener implements EventListener {
    @Override
    public Set<EventKind> kinds() {
      return EnumSet.allOf(EventKind.class);
    }

    @Override
    public void on(Event event) {
      note(
          switch (event) {
            case StepEvent.CheckpointSaved saved -> "event of a checkpoint";
            case StepEvent step -> "event of a step";
            case FetchEvent fetch -> "event of a fetch";
            case LeaderEvent leader -> "event of the leader";
            default -> "event of a job";
          });
      Thread.currentThread().setContextClassLoader(others);
    }
  }

  /** Of the client's own threads: on others the data source runs with what they have. */
  private @Nullable Object noteCall(String method, Call call) throws Throwable {
    String name = Thread.currentThread().getName();
    if (name.startsWith("cairn-") && !name.startsWith("cairn-job-")) {
      note("connection of " + name.replaceFirst("added[0-9]+", "added"));
    }
    Object result = call.proceed();
    return result instanceof Connection connection
        ? InterceptedCalls.of(Connection.class, connection, this::noteCall)
        : result;
  }

  private void note(String place) {
    seen.computeIfAbsent(place, any -> ConcurrentHashMap.newKeySet())
        .add(name(Thread.currentThread().getContextClassLoader()));
  }

  private static String name(@Nullable ClassLoader loader) {
    return loader == null ? "none" : Objects.requireNonNullElse(loader.getName(), "nameless");
  }

  private static <T> T with(ClassLoader loader, Callable<T> body) throws Exception {
    var task = new FutureTask<>(body);
    Thread thread = Thread.ofPlatform().unstarted(task);
    thread.setContextClassLoader(loader);
    thread.start();
    return task.get();
  }
}
