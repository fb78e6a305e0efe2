package dev.cairn.spring.boot;

import dev.cairn.Cairn;
import dev.cairn.ClientStatus;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.metrics.ApplicationStartup;
import org.springframework.core.metrics.StartupStep;

/**
 * Starts the client after everything else, and begins to stop it before everything else: it claims
 * no more jobs and asks the running ones to stop, while the web server still answers its requests.
 * {@link Drained} waits for them.
 */
final class ClientLifecycle implements SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(ClientLifecycle.class);

  /** Above that of the web server's graceful shutdown. */
  static final int PHASE = DEFAULT_PHASE - 512;

  private final Cairn client;
  private final boolean works;
  private final WorkerBeans workers;
  private final Duration grace;
  private final ApplicationStartup startup;
  private final ClientStop stop;
  private volatile boolean running;

  /**
   * @param works whether it works jobs; if not, it only inserts, and is not started
   * @param grace how long running jobs may take to stop
   */
  ClientLifecycle(
      Cairn client,
      boolean works,
      WorkerBeans workers,
      Duration grace,
      ApplicationStartup startup,
      ClientStop stop) {
    this.client = client;
    this.works = works;
    this.workers = workers;
    this.grace = grace;
    this.startup = startup;
    this.stop = stop;
  }

  @Override
  public void start() {
    stop.reset();
    workers.requireAllFound();
    if (!works && !workers.periodic().isEmpty()) {
      log.warn(
          "This application has periodic jobs, but works no queue. It never leads, so it inserts "
              + "none of them: an application that works jobs has to have them [CAIRN-708]");
    }
    if (works) {
      StartupStep step = startup.start("cairn.start").tag("client", client.id());
      try {
        workers.make();
        client.start();
      } finally {
        step.end();
      }
    }
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    client.stop(grace);
  }

  @Override
  public void stop(Runnable callback) {
    running = false;
    try {
      if (client.status().phase() == ClientStatus.Phase.STARTED) {
        stop.begin();
        Thread.ofPlatform().name("cairn-stop").start(() -> client.stop(grace));
      }
    } finally {
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
