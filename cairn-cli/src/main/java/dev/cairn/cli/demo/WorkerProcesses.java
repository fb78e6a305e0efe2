package dev.cairn.cli.demo;

import dev.cairn.embedded.FreshDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The worker processes that are alive: one has the job, the other waits. Used by one thread. */
final class WorkerProcesses implements AutoCloseable {
  private static final int ALIVE = 2;

  private final FreshDatabase database;
  private final Path folder;
  private final Duration heartbeatTimeout;
  private final List<WorkerProcess> alive = new ArrayList<>();
  private int started;

  WorkerProcesses(FreshDatabase database, Path folder, Duration heartbeatTimeout) {
    this.database = database;
    this.folder = folder;
    this.heartbeatTimeout = heartbeatTimeout;
  }

  void start() throws IOException {
    while (alive.size() < ALIVE) {
      String clientId = "worker-" + ++started;
      alive.add(WorkerProcess.start(clientId, database, folder, heartbeatTimeout));
    }
  }

  Optional<WorkerProcess> find(String clientId) {
    return alive.stream().filter(worker -> worker.clientId().equals(clientId)).findFirst();
  }

  void kill(WorkerProcess worker) {
    alive.remove(worker);
    worker.kill();
  }

  void checkAlive() throws IOException {
    for (WorkerProcess worker : alive) {
      worker.checkAlive();
    }
  }

  @Override
  public void close() {
    alive.forEach(WorkerProcess::stop);
    alive.clear();
  }
}
