package dev.cairn.spring.boot;

import dev.cairn.Cairn;
import dev.cairn.ClientStatus;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.metrics.StartupStep;

/**
 * Starts the client last, and begins to stop it as soon as the context closes: it claims no more
 * jobs and asks the running ones to stop, while the web server still answers its requests, and
 * before executors refuse tasks. {@link Drained} waits for the jobs.
 */
@Order(Ordered.HIGHEST_PRECEDENCE) // before executors, which listen too
final class ClientLifecycle implements SmartLifecycle, ApplicationListener<ContextClosedEvent> {
  private static final Logger log = LoggerFactory.getLogger(ClientLifecycle.class);

  /** The phase of executors, above that of the web server: the client starts last. */
  static final int PHASE = DEFAULT_PHASE;

  private final Cairn client;
  private final boolean works;
  private final WorkerBeans workers;
  private final AbstractApplicationContext context;
  private final ClientStop stop;
  private volatile boolean running;

  /**
   * @param works whether it works jobs; if not, it only inserts, and is not started
   */
  ClientLifecycle(
      Cairn client,
      boolean works,
      WorkerBeans workers,
      AbstractApplicationContext context,
      ClientStop stop) {
    this.client = client;
    this.works = works;
    this.workers = workers;
    this.context = context;
    this.stop = stop;
  }

  @Override
  public void start() {
    stop.reset();
    if (workers.areTaken()) {
      workers.requireAllFound();
    }
    if (!works && hasPeriodicJobs(client)) {
      log.warn(
          "This application has periodic jobs, but works no queue. So it never becomes the leader, "
              + "and inserts none of them. Move them to an application that works jobs"
              + " [CAIRN-708]");
    }
    if (works) {
      StartupStep step =
          context.getApplicationStartup().start("cairn.start").tag("client", client.id());
      try {
        workers.make();
        client.start();
        keepAlive();
      } finally {
        step.end();
      }
    }
    running = true;
  }

  /**
   * An application without a web server would end when its main method returns: the threads of the
   * client, as the virtual ones of its jobs, do not keep a JVM alive.
   */
  private void keepAlive() {
    if (Binder.get(context.getEnvironment())
        .bind("spring.main.keep-alive", Boolean.class)
        .orElse(true)) {
      CompletableFuture<?> stopped = client.stopped();
      Thread.ofPlatform().name("cairn-keep-alive").daemon(false).start(stopped::join);
    }
  }

  @Override
  public void stop() {
    running = false;
    client.close(); // can be started again
  }

  @Override
  public void stop(Runnable callback) {
    running = false;
    try {
      beginToStop();
    } finally {
      callback.run();
    }
  }

  /** Also tells of contexts below this one. */
  @Override
  public void onApplicationEvent(ContextClosedEvent event) {
    if (event.getApplicationContext().equals(context)) {
      beginToStop();
    }
  }

  private void beginToStop() {
    if ((isStarted(client) || isStopping(client)) && stop.begin()) {
      Thread.ofPlatform().name("cairn-stop").start(client::close);
    }
  }

  /** A job of the client has stopped it, for example, and its stop waits for the job. */
  private static boolean isStopping(Cairn client) {
    ClientStatus status = client.status();
    return status != null && status.phase() == ClientStatus.Phase.STOPPING;
  }

  /** A mock of a test has no status, and is neither started nor stopped. */
  private static boolean isStarted(Cairn client) {
    ClientStatus status = client.status();
    return status != null && status.phase() == ClientStatus.Phase.STARTED;
  }

  /** Of methods, of beans, or of a customizer. */
  private static boolean hasPeriodicJobs(Cairn client) {
    return client.status() != null && !client.periodicJobs().list().isEmpty();
  }

  /** Whether there is anything to start. */
  static boolean hasQueues(Cairn client) {
    ClientStatus status = client.status();
    return status != null && !status.queues().isEmpty();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }

  /** Waits until the client has stopped: after the last request, and before any pool is closed. */
  static final class Drained implements SmartLifecycle {
    /** Below that of the web server itself. */
    static final int PHASE = DEFAULT_PHASE - 4096;

    private final Cairn client;
    private final ClientStop stop;
    private volatile boolean running;

    Drained(Cairn client, ClientStop stop) {
      this.client = client;
      this.stop = stop;
    }

    @Override
    public void start() {
      running = true;
    }

    @Override
    public void stop() {
      running = false;
    }

    @Override
    public void stop(Runnable callback) {
      running = false;
      if (stop.hasBegun()) {
        CompletableFuture<?> ignored = client.stopped().thenRun(callback);
      } else {
        callback.run();
      }
    }

    @Override
    public boolean isRunning() {
      return running;
    }

    @Override
    public int getPhase() {
      return PHASE;
    }
  }
}
