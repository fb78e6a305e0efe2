package dev.cairn.chaos.fleet;

import dev.cairn.chaos.proxy.Proxy;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One place in the fleet: a proxy, and one worker process after the other, each with a client of
 * its own. Thread-safe: two attacks may use it at the same time.
 */
public final class Member {
  private static final Duration STOP_MAX = Duration.ofSeconds(30);
  private static final long ANSWER_MILLIS = 50;

  private final String name;
  private final Fleet fleet;
  private final Proxy proxy;
  private final boolean spared;
  private int incarnations;
  private @Nullable Process process;
  private boolean wanted;
  private Tuning tuning = Tuning.usual();
  private int code = 1;
  private int samples;
  private int holds;
  private CompletableFuture<Long> ended = new CompletableFuture<>();
  private @Nullable OpenRuns runs;

  /** How the last process was started; null before the first one. */
  private @Nullable Manner startedWith;

  /** The settings in which two processes of this member may differ. */
  private record Manner(Tuning tuning, int code, boolean pooled) {}

  Member(String name, Fleet fleet, Proxy proxy, boolean spared) {
    this.name = name;
    this.fleet = fleet;
    this.proxy = proxy;
    this.spared = spared;
  }

  /** The id of the current client. */
  public synchronized String client() {
    return "%s-%d".formatted(name, incarnations);
  }

  /** Whether no attack kills or replaces this worker. */
  public boolean isSpared() {
    return spared;
  }

  /** The proxy between this worker and the database. */
  public Proxy proxy() {
    return proxy;
  }

  /** The id of the current process. */
  public synchronized long pid() {
    return running().pid();
  }

  /**
   * Starts a process. If another attack has started one meanwhile, that one continues, or is
   * replaced if its settings are not the current ones.
   */
  public synchronized void start() throws IOException, InterruptedException {
    if (process != null && process.isAlive()) {
      if (startedWith != null && startedWith.equals(manner())) {
        return;
      }
      stop();
    }
    startedWith = manner();
    incarnations++;
    wanted = true;
    var builder =
        new ProcessBuilder(command(tuning))
            .redirectInput(Redirect.PIPE)
            .redirectOutput(fleet.folder().resolve(client() + ".log").toFile())
            .redirectErrorStream(true);
    builder.environment().putAll(settings().environment());
    process = builder.start();
    ended = process.onExit().thenApply(over -> System.currentTimeMillis());
    holds = 0;
    runs = new OpenRuns(fleet.folder().resolve(client() + ".journal"));
  }

  /** Stops the process gracefully, and starts the next one with this tuning. */
  public void restart(Tuning next) throws IOException, InterruptedException {
    stop();
    synchronized (this) {
      tuning = next;
    }
    start();
  }

  /** Stops the process gracefully, and starts one whose code is a version newer. */
  public void upgrade() throws IOException, InterruptedException {
    stop();
    synchronized (this) {
      code++;
    }
    start();
  }

  /** Kills the process with {@code kill -9}, and waits until it has ended. */
  public synchronized void kill() {
    wanted = false;
    running().destroyForcibly().onExit().join();
    fleet.died(client());
  }

  /** Kills a process that has stood still since this time. */
  public synchronized void kill(long sinceMillis) {
    wanted = false;
    running().destroyForcibly().onExit().join();
    fleet.died(client(), sinceMillis);
  }

  /** Kills the process at the end of the campaign, which does not count as a death. */
  synchronized void end() {
    wanted = false;
    if (process != null) {
      process.destroyForcibly();
    }
  }

  /** Asks the process to stop, and waits. If the process does not stop in time, it is killed. */
  public void stop() throws IOException, InterruptedException {
    Process stopping;
    synchronized (this) {
      wanted = false;
      stopping = running();
      stopping.getOutputStream().close();
    }
    if (!stopping.waitFor(STOP_MAX.toSeconds(), TimeUnit.SECONDS)) {
      fleet.complain("%s does not stop within %s".formatted(client(), STOP_MAX));
      kill();
    }
  }

  /**
   * Stops the whole process with SIGSTOP. Two attacks may hold it at a time.
   *
   * @return the process, for {@link #thaw}
   */
  public synchronized Process freeze() throws IOException, InterruptedException {
    Process held = running();
    int code = signal("-STOP");
    if (code != 0) {
      throw new IOException("kill -STOP of %s ended with %d".formatted(client(), code));
    }
    holds++;
    return held;
  }

  /** Ends one {@link #freeze}. The process continues when nobody holds it any more. */
  public synchronized void thaw(Process held) throws IOException, InterruptedException {
    // Otherwise it was killed meanwhile, and another attack may hold its successor.
    if (held.equals(process) && --holds == 0) {
      signal("-CONT");
    }
  }

  /**
   * Asks the process what it holds, and waits for its answer.
   *
   * @return amounts by name, as in {@link Holdings}; empty if there is no answer within this time
   */
  public Map<String, Long> holdings(Duration most) throws IOException, InterruptedException {
    String number;
    Path answers;
    synchronized (this) {
      number = Integer.toString(++samples);
      answers = fleet.folder().resolve(client() + ".holdings");
      OutputStream orders = running().getOutputStream();
      orders.write((number + "\n").getBytes(StandardCharsets.US_ASCII));
      orders.flush();
    }
    long end = System.nanoTime() + most.toNanos();
    while (System.nanoTime() - end < 0) {
      Map<String, Long> answer = Holdings.read(answers, number);
      if (!answer.isEmpty()) {
        return answer;
      }
      TimeUnit.MILLISECONDS.sleep(ANSWER_MILLIS);
    }
    return Map.of();
  }

  /** The runs that the process has noted in its journal. */
  public synchronized OpenRuns runs() throws IOException {
    if (runs == null) {
      throw new IllegalStateException(name + " has not been started");
    }
    runs.read();
    return runs;
  }

  /** How many runs of jobs the process has begun, and not ended. */
  public long openRuns() throws IOException {
    return runs().open();
  }

  /** The exit code of the process, if it ended without being asked to. */
  synchronized @Nullable Integer endedByItself() {
    return wanted && process != null && !process.isAlive() ? process.exitValue() : null;
  }

  /** The time at which the process ended. Waits until it has ended. */
  long endedAt() {
    CompletableFuture<Long> end;
    synchronized (this) {
      end = ended;
    }
    return end.join();
  }

  /** The queue that only the current client works, and only after a notification. */
  public String ownQueue() {
    return WorkerSettings.ownQueue(client());
  }

  /** Whether the process says that its client has started. */
  boolean isStarted() throws IOException {
    Path log;
    synchronized (this) {
      log = fleet.folder().resolve(client() + ".log");
    }
    return Files.exists(log) && Files.readAllLines(log).contains("started");
  }

  private int signal(String signal) throws IOException, InterruptedException {
    return new ProcessBuilder("kill", signal, Long.toString(pid())).start().waitFor();
  }

  private Process running() {
    if (process == null) {
      throw new IllegalStateException(name + " has not been started");
    }
    return process;
  }

  private Manner manner() {
    return new Manner(tuning, code, fleet.isBehindPooler() && !spared);
  }

  private WorkerSettings settings() {
    Target target = fleet.target();
    boolean pooled = manner().pooled();
    return new WorkerSettings(
        target.workersUrl(fleet.schema(), name, proxy.port())
            + (pooled ? "&prepareThreshold=0" : ""),
        target.user(),
        target.password(),
        fleet.schema(),
        client(),
        fleet.folder().resolve(client()).toString(),
        fleet.plan().heartbeatTimeout(),
        fleet.plan().retention(),
        tuning.pool(),
        tuning.clockOffset(),
        code,
        pooled,
        spared);
  }

  private static List<String> command(Tuning tuning) {
    var words = new ArrayList<String>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(List.of("-Xmx160m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    words.add("-Djdk.trackAllThreads=true");
    words.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=info");
    words.add("-Dorg.slf4j.simpleLogger.showDateTime=true");
    words.add("-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS");
    words.addAll(List.of("-cp", classPath(tuning), FleetWorker.class.getName()));
    return words;
  }

  /** The older Cairn comes first, because the first class of a name is loaded. */
  private static String classPath(Tuning tuning) {
    String usual = System.getProperty("java.class.path");
    return tuning.older() ? OlderCairn.classes().orElseThrow() + File.pathSeparator + usual : usual;
  }
}
