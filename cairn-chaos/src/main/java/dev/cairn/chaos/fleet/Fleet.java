package dev.cairn.chaos.fleet;

import dev.cairn.chaos.history.Death;
import dev.cairn.chaos.history.Note;
import dev.cairn.chaos.history.Note.Kind;
import dev.cairn.chaos.history.Rung;
import dev.cairn.chaos.proxy.Proxy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** All worker processes. A process that ends is started again. Thread-safe. */
public final class Fleet implements AutoCloseable {
  private static final Duration START_MAX = Duration.ofSeconds(90);
  private static final long INTERVAL_MILLIS = 200;

  private final Supplier<Target> target;
  private final String schema;
  private final Path folder;
  private final FleetPlan plan;
  private final List<Member> members = new ArrayList<>();
  private final List<Death> deaths = new CopyOnWriteArrayList<>();
  private final List<String> complaints = new CopyOnWriteArrayList<>();
  private final AtomicLong exits = new AtomicLong();
  private volatile boolean over;
  private volatile @Nullable PgBouncer pooler;

  private Fleet(Supplier<Target> target, String schema, Path folder, FleetPlan plan) {
    this.target = target;
    this.schema = schema;
    this.folder = folder;
    this.plan = plan;
  }

  /**
   * Starts the processes and waits until their clients work.
   *
   * @param target supplies the database, for each connection
   * @param folder for journals and logs
   */
  public static Fleet start(Supplier<Target> target, String schema, Path folder, FleetPlan plan)
      throws IOException, InterruptedException {
    var fleet = new Fleet(target, schema, folder, plan);
    // A stopped worker process does not notice that its parent has ended.
    Runtime.getRuntime().addShutdownHook(new Thread(fleet::end));
    for (int number = 1; number <= plan.workers(); number++) {
      boolean spared = number <= plan.spared();
      Proxy proxy = Proxy.start(spared ? () -> target.get().address() : fleet::address);
      var member = new Member("w" + number, fleet, proxy, spared);
      fleet.members.add(member);
      member.start();
    }
    fleet.awaitStarted();
    Thread.ofPlatform().name("supervisor").daemon(true).start(fleet::supervise);
    return fleet;
  }

  /** The workers. */
  public List<Member> members() {
    return List.copyOf(members);
  }

  /** The workers that an attack may kill or replace. */
  public List<Member> replaceable() {
    return members.stream().filter(member -> !member.isSpared()).toList();
  }

  /** The heartbeat timeout of the clients. */
  public Duration heartbeatTimeout() {
    return plan.heartbeatTimeout();
  }

  /** Records that a client was killed, or stands still for longer than its timeout. */
  public void died(String client) {
    died(client, System.currentTimeMillis());
  }

  /** Records the same for an earlier time. */
  public void died(String client, long millis) {
    deaths.add(new Death(client, millis));
  }

  /** How many processes were ended by their own jobs. */
  public long exits() {
    return exits.get();
  }

  /**
   * How many runs of jobs of this rung, which an attack has inserted, have begun since this time,
   * and have failed or have no end.
   */
  public long brokenRuns(Rung rung, long sinceMillis) throws IOException {
    List<Note> notes =
        notes().stream()
            .filter(note -> note.millis() >= sinceMillis && !note.run().isEmpty())
            .toList();
    Set<String> begun =
        notes.stream()
            .filter(note -> note.kind() == Kind.BEGAN && rung.owns(note.text()))
            .map(Note::run)
            .collect(Collectors.toSet());
    long whole =
        notes.stream()
            .filter(note ->
                note.kind() == Kind.ENDED
                    && begun.contains(note.run())
                    && !note.text().startsWith(Note.THREW))
            .count();
    return begun.size() - whole;
  }

  /** The notes of all workers so far. */
  List<Note> notes() throws IOException {
    var notes = new ArrayList<Note>();
    try (var files = Files.newDirectoryStream(folder, "*.journal")) {
      for (Path file : files) {
        notes.addAll(Journal.read(file));
      }
    }
    return notes;
  }

  /** Ends the server's sessions of dark connections that their clients have closed. */
  public void buryTheDead() {
    members.forEach(member -> member.proxy().bury());
  }

  /** How many errors with this SQLSTATE the workers' connections have got so far. */
  public long errors(String state) {
    return members.stream().mapToLong(member -> member.proxy().errors(state)).sum();
  }

  /** Records that a process misbehaved. */
  public void complain(String complaint) {
    complaints.add(complaint);
  }

  /** The pooler of the workers; null if they are connected to the server directly. */
  public @Nullable PgBouncer pooler() {
    return pooler;
  }

  /** Restarts all workers that are not spared, which from then on use PgBouncer. */
  public PgBouncer startPooler() throws IOException, InterruptedException {
    endPooler();
    stopReplaceable();
    try {
      PgBouncer started = PgBouncer.start(target, folder);
      pooler = started;
      return started;
    } finally {
      startReplaceable();
    }
  }

  /**
   * Restarts these workers without PgBouncer, if they use it. Behind PgBouncer, no client listens.
   */
  public void endPooler() throws IOException, InterruptedException {
    PgBouncer last = pooler;
    if (last == null) {
      return;
    }
    stopReplaceable();
    pooler = null;
    try {
      last.close();
    } finally {
      startReplaceable();
    }
  }

  private void stopReplaceable() throws IOException, InterruptedException {
    for (Member member : replaceable()) {
      member.stop();
    }
  }

  private void startReplaceable() throws IOException, InterruptedException {
    for (Member member : replaceable()) {
      member.start();
    }
    awaitStarted();
  }

  /** The workers that listen for notifications: behind PgBouncer in transaction mode, none does. */
  public List<Member> listeners() {
    return members.stream().filter(member -> !isBehindPooler() || member.isSpared()).toList();
  }

  boolean isBehindPooler() {
    return pooler != null;
  }

  private InetSocketAddress address() {
    PgBouncer now = pooler;
    return now == null ? target.get().address() : now.address();
  }

  /** Waits a bounded time until all workers have started. */
  public void awaitStarted() throws IOException, InterruptedException {
    long end = System.nanoTime() + START_MAX.toNanos();
    for (Member member : members) {
      while (!member.isStarted()) {
        if (System.nanoTime() - end > 0) {
          throw new IOException(
              "%s does not start: see its log in %s".formatted(member.client(), folder));
        }
        TimeUnit.MILLISECONDS.sleep(INTERVAL_MILLIS);
      }
    }
  }

  List<Death> deaths() {
    return List.copyOf(deaths);
  }

  List<String> complaints() {
    return List.copyOf(complaints);
  }

  Path folder() {
    return folder;
  }

  String schema() {
    return schema;
  }

  Target target() {
    return target.get();
  }

  FleetPlan plan() {
    return plan;
  }

  private void supervise() {
    try {
      while (!over) {
        for (Member member : members) {
          startAgain(member);
        }
        TimeUnit.MILLISECONDS.sleep(INTERVAL_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      complain("a worker cannot be started again: " + e);
    }
  }

  private void startAgain(Member member) throws IOException, InterruptedException {
    Integer code = member.endedByItself();
    if (code != null && !over) {
      died(member.client(), member.endedAt());
      if (code == Poison.EXIT_CODE) {
        exits.incrementAndGet();
      } else {
        complain("%s ended by itself with exit code %d".formatted(member.client(), code));
      }
      member.start();
    }
  }

  /** Stops all workers gracefully. */
  public void stop() throws IOException, InterruptedException {
    over = true;
    for (Member member : members) {
      member.stop();
    }
  }

  private void end() {
    over = true;
    members.forEach(Member::end);
  }

  /** Kills the remaining processes. */
  @Override
  public void close() throws IOException {
    end();
    for (Member member : members) {
      member.proxy().close();
    }
    PgBouncer last = pooler;
    if (last != null) {
      last.close();
    }
  }
}
