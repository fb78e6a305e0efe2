package dev.cairn.cli.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The worker processes: one has the job, another one waits, and one may be under attack. Used by
 * one thread.
 */
final class WorkerProcesses implements AutoCloseable {
  private static final int ALIVE = 2;

  private final DemoServer server;
  private final Path folder;
  private final Demo.Settings settings;
  private final List<WorkerProcess> alive = new ArrayList<>();
  private final List<BlackHole> networks = new ArrayList<>();

  /** A process that stands still does not see that its parent has ended. */
  private final Thread atExit = new Thread(this::killStruck, "cairn-demo-last-kill");

  private volatile @Nullable WorkerProcess struck;
  private int started;

  WorkerProcesses(DemoServer server, Path folder, Demo.Settings settings) {
    this.server = server;
    this.folder = folder;
    this.settings = settings;
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  void start() throws IOException {
    while (alive.size() < ALIVE) {
      String clientId = "worker-" + ++started;
      alive.add(WorkerProcess.start(clientId, server.database(), network(), folder, settings));
    }
  }

  private Optional<BlackHole> network() throws IOException {
    if (!settings.attack().needsNetwork()) {
      return Optional.empty();
    }
    BlackHole network = BlackHole.before(server::port);
    networks.add(network);
    return Optional.of(network);
  }

  /** One that is not under attack. */
  Optional<WorkerProcess> find(String clientId) {
    return alive.stream().filter(worker -> worker.clientId().equals(clientId)).findFirst();
  }

  /** The server has moved: all connections break, and new ones lead to it. */
  void reconnect() {
    networks.forEach(BlackHole::restore);
  }

  void strike(WorkerProcess worker) throws IOException, InterruptedException {
    alive.remove(worker);
    if (settings.attack().isSurvived()) {
      struck = worker;
    }
    settings.attack().strike(worker);
  }

  /** Ends the attack on the process that survives it, if there is one. */
  Optional<WorkerProcess> relent() throws IOException, InterruptedException {
    WorkerProcess survivor = struck;
    if (survivor != null) {
      settings.attack().relent(survivor);
      struck = null;
      alive.add(survivor);
    }
    return Optional.ofNullable(survivor);
  }

  private void killStruck() {
    WorkerProcess standsStill = struck;
    if (standsStill != null) {
      standsStill.kill();
    }
  }

  void checkAlive() throws IOException {
    for (WorkerProcess worker : alive) {
      worker.checkAlive();
    }
  }

  @Override
  public void close() throws IOException {
    try {
      killStruck();
      struck = null;
      alive.forEach(WorkerProcess::stop);
      alive.clear();
      for (BlackHole network : networks) {
        network.close();
      }
    } finally {
      removeHook();
    }
  }

  private void removeHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The machine is on its way out, and has started the hook.
      return;
    }
  }
}
