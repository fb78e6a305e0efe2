package dev.cairn.cli.work;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import dev.cairn.ClientStatus;
import dev.cairn.cli.DatabaseOptions;
import dev.cairn.cli.ExitCodes;
import dev.cairn.cli.Output;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./cairn work}: a client whose workers are found on a class path. */
@Command(
    name = "work",
    description = {
      "Work jobs with the workers on a class path.",
      "ServiceLoader finds them in META-INF/services/dev.cairn.spi.WorkerProvider.",
      "Logs through the SLF4J provider of the class path, such as Logback, or else from INFO on to"
          + " standard error."
    },
    sortOptions = false,
    footer = {
      "",
      "Runs until SIGTERM or Ctrl-C. Then it claims no more jobs, asks resumable jobs to stop at "
          + "their next checkpoint, waits for the others, and ends with exit code 143 or 130."
    })
public final class WorkCommand implements Callable<Integer> {
  private static final int CONNECTIONS = 10;
  private static final int CONNECT_MS = 5_000;
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration STOP_LOOK = Duration.ofMillis(5);

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // set by picocli
  private DatabaseOptions database;

  @Option(
      names = "--class-path",
      paramLabel = "PATH",
      required = true,
      description =
          "Folders with classes, jars, and FOLDER/* for all jars of a folder, as for java -cp.")
  @SuppressWarnings("NullAway.Init") // set by picocli
  private String classPath;

  @Option(
      names = "--queue",
      paramLabel = "QUEUE[=N]",
      description = {
        "A queue to work, with N jobs at once. May be repeated.",
        "Default: the queue 'default'."
      })
  private String @Nullable [] queues;

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      defaultValue = "10",
      description =
          "How many jobs of a queue without a number run at once (default: ${DEFAULT-VALUE}).")
  private int concurrency;

  @Option(
      names = "--connections",
      paramLabel = "N",
      defaultValue = "" + CONNECTIONS,
      description = {
        "The size of the connection pool (default: ${DEFAULT-VALUE}).",
        "The client needs five connections more than the workers use at once."
      })
  private int connections;

  @Option(
      names = "--only-known-kinds",
      description =
          "Do not claim jobs of kinds without a worker here. By default, they are claimed and"
              + " fail.")
  private boolean onlyKnownKinds;

  @Option(
      names = "--client-id",
      paramLabel = "ID",
      description = "The name of this client (default: a new one at each start).")
  private @Nullable String clientId;

  @Option(
      names = "--grace",
      paramLabel = "SECONDS",
      defaultValue = "25",
      description = {
        "How long running jobs may take to end after SIGTERM (default: ${DEFAULT-VALUE}).",
        "Jobs that take longer are interrupted. They are available again at once."
      })
  private int grace;

  /** Created by picocli. */
  public WorkCommand() {}

  @Override
  public Integer call() throws InterruptedException {
    requirePositive("--connections", connections);
    if (grace < 0) {
      throw wrong("--grace must not be negative");
    }
    List<WorkedQueue> worked = worked();
    ClassPath path = path();
    Thread thread = Thread.currentThread();
    ClassLoader own = thread.getContextClassLoader();
    // It stays open: what ends with the process, such as a log, may need further classes.
    ClassLoader loader = path.loader();
    try {
      // Users' code runs with the loader of the thread that builds the client.
      thread.setContextClassLoader(loader);
      ProvidedWorkers.foreign(
          "the SLF4J provider of the class path cannot be loaded",
          () -> ClassPathLogging.begin(loader, Output.errorsOf(spec)::message));
      return work(ProvidedWorkers.of(path, loader), worked);
    } finally {
      thread.setContextClassLoader(own);
    }
  }

  private int work(ProvidedWorkers provided, List<WorkedQueue> worked) throws InterruptedException {
    try (var pool = pool(database.migratedDataSource())) {
      Cairn client = client(pool, provided, worked);
      client.start();
      stopAtTheEnd(client);
      say(client, provided, worked);
      return awaitEnd(client);
    }
  }

  /**
   * Waits until the client has stopped, or works no more jobs because another client took its id.
   */
  private int awaitEnd(Cairn client) throws InterruptedException {
    while (!client.awaitStopped(LOOK)) {
      if (client.status().superseded()) {
        Output.of(spec)
            .message(
                "%s works no more jobs, because another client has started under its id [CAIRN-108]"
                    .formatted(client.id()));
        // Its jobs end before their pool is closed.
        client.stopNow();
        return ExitCodes.FAILED;
      }
    }
    return ExitCodes.DONE;
  }

  private void stopAtTheEnd(Cairn client) {
    Output out = Output.of(spec);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  CompletableFuture<Void> stopped = beginToStop(client);
                  out.message("%s stops".formatted(client.id()));
                  stopped.join();
                  out.message("%s has stopped".formatted(client.id()));
                },
                "cairn-work-stop"));
  }

  /** Returns when the client claims no more jobs. */
  private CompletableFuture<Void> beginToStop(Cairn client) {
    var stopped =
        CompletableFuture.runAsync(
            () -> client.stop(Duration.ofSeconds(grace)),
            stop -> Thread.ofPlatform().name("cairn-work-stopping").start(stop));
    while (client.status().phase() == ClientStatus.Phase.STARTED && !stopped.isDone()) {
      LockSupport.parkNanos(STOP_LOOK.toNanos());
    }
    return stopped;
  }

  private void say(Cairn client, ProvidedWorkers provided, List<WorkedQueue> worked) {
    String queues =
        worked.stream()
            .map(queue -> "%s (%d)".formatted(queue.name(), queue.most()))
            .collect(Collectors.joining(", "));
    String kinds = provided.workers().kinds().stream().sorted().collect(Collectors.joining(", "));
    Output.of(spec)
        .message("%s works the kinds %s of the queues %s".formatted(client.id(), kinds, queues));
  }

  private Cairn client(DataSource pool, ProvidedWorkers provided, List<WorkedQueue> worked) {
    CairnBuilder client = Cairn.builder(pool).workers(provided.workers());
    try {
      if (database.schema() != null) {
        client.schema(database.schema());
      }
      if (clientId != null) {
        client.clientId(clientId);
      }
      worked.forEach(queue -> client.queue(queue.name(), queue.most()));
    } catch (IllegalArgumentException e) {
      throw wrong(e.getMessage());
    }
    if (onlyKnownKinds) {
      client.onlyKnownKinds();
    }
    provided.plugins().forEach(client::plugin);
    return client.build();
  }

  private List<WorkedQueue> worked() {
    List<String> named = queues == null ? List.of("default") : List.of(queues);
    try {
      return named.stream().map(each -> WorkedQueue.of(each, concurrency)).toList();
    } catch (IllegalArgumentException e) {
      throw wrong("--queue: " + e.getMessage());
    }
  }

  private ClassPath path() {
    try {
      return ClassPath.of(classPath);
    } catch (IllegalArgumentException e) {
      throw wrong("--class-path: " + e.getMessage());
    }
  }

  private void requirePositive(String option, int value) {
    if (value < 1) {
      throw wrong(option + " must be at least 1");
    }
  }

  private ParameterException wrong(@Nullable String message) {
    return new ParameterException(spec.commandLine(), String.valueOf(message));
  }

  private HikariDataSource pool(DataSource dataSource) {
    var config = new HikariConfig();
    config.setDataSource(dataSource);
    config.setMaximumPoolSize(connections);
    config.setConnectionTimeout(CONNECT_MS);
    return new HikariDataSource(config);
  }
}
