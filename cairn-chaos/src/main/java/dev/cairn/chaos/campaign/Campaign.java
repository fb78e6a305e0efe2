package dev.cairn.chaos.campaign;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.CairnException;
import dev.cairn.chaos.attack.Arena;
import dev.cairn.chaos.attack.Attack;
import dev.cairn.chaos.fleet.AutoFailover;
import dev.cairn.chaos.fleet.Deeds;
import dev.cairn.chaos.fleet.Fleet;
import dev.cairn.chaos.fleet.Member;
import dev.cairn.chaos.fleet.OwnServer;
import dev.cairn.chaos.fleet.Records;
import dev.cairn.chaos.fleet.Tables;
import dev.cairn.chaos.fleet.Target;
import dev.cairn.chaos.proxy.Proxy;
import dev.cairn.chaos.verdict.Judge;
import dev.cairn.chaos.verdict.Verdict;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One run: starts a fleet, loads it, attacks it, lets it finish, and has it judged. */
public final class Campaign {
  private static final Duration DRAIN_MAX = Duration.ofSeconds(90);
  private static final Duration LOAD_MAX = Duration.ofSeconds(20);

  /**
   * A client notices within 20 s that it receives no notifications, and then listens on another
   * connection.
   */
  private static final Duration HEAR_MAX = Duration.ofSeconds(45);

  /** How long to wait between two looks at connections. */
  private static final Duration LOOK_MAX = Duration.ofSeconds(5);

  private static final int ROUNDS = 15;
  private static final long LOOK_MILLIS = 200;

  private final CampaignOptions options;
  private final Onlooker onlooker;
  private final PrintWriter out;
  private final Random random;
  private final List<String> failures = new CopyOnWriteArrayList<>();

  private Campaign(CampaignOptions options, Onlooker onlooker, PrintWriter out) {
    this.options = options;
    this.onlooker = onlooker;
    this.out = out;
    this.random = new Random(options.seed());
  }

  /** Runs a campaign, and prints its progress. */
  public static CampaignResult run(CampaignOptions options, Onlooker onlooker, PrintWriter out)
      throws Exception {
    return new Campaign(options, onlooker, out).run();
  }

  private CampaignResult run() throws Exception {
    CampaignResult result;
    try {
      result = runOnDatabase();
    } catch (Exception e) {
      // Only if it is empty, because nothing has begun.
      try {
        delete(options.folder());
      } catch (IOException another) {
        e.addSuppressed(another);
      }
      throw e;
    }
    if (result.exitCode() == 0) {
      deleteFiles();
    }
    return result;
  }

  /**
   * Deletes the logs and journals, which are useful only after a finding. Folders that cannot be
   * deleted stay.
   */
  private void deleteFiles() throws IOException {
    try (var files = Files.newDirectoryStream(options.folder())) {
      for (Path file : files) {
        delete(file);
      }
    }
    delete(options.folder());
  }

  private static void delete(Path file) throws IOException {
    try {
      Files.delete(file);
    } catch (FileSystemException e) {
      // A folder that is not empty, or on which a disk is still mounted.
      if (!Files.isDirectory(file)) {
        throw e;
      }
    }
  }

  private CampaignResult runOnDatabase() throws Exception {
    String url = options.url();
    if (url != null) {
      Target target = Target.of(url);
      check(target);
      return runThroughDoor(() -> target, null, null);
    }
    check(null);
    if (needs(Attack.Need.AUTO_FAILOVER)) {
      try (AutoFailover servers = AutoFailover.start(options.folder())) {
        return runThroughDoor(servers::target, null, servers);
      }
    }
    boolean small = needs(Attack.Need.SMALL_DISK);
    try (OwnServer server =
        small ? OwnServer.startOnSmallDisk(options.folder()) : OwnServer.start(options.folder())) {
      return runThroughDoor(server::target, server, null);
    }
  }

  private boolean needs(Attack.Need need) {
    return options.attacks().stream().anyMatch(attack -> attack.needs(need));
  }

  /**
   * Runs the campaign. A proxy connects the inserting client and the judge to the current primary.
   */
  private CampaignResult runThroughDoor(
      Supplier<Target> target, @Nullable OwnServer server, @Nullable AutoFailover servers)
      throws Exception {
    try (Proxy door = Proxy.start(() -> target.get().address())) {
      Target own = target.get();
      return run(target, own.encrypted() ? own : own.through(door.port()), server, servers);
    }
  }

  private CampaignResult run(
      Supplier<Target> target,
      Target ours,
      @Nullable OwnServer server,
      @Nullable AutoFailover servers)
      throws Exception {
    String schema = "cairn_chaos_" + Long.toString(System.currentTimeMillis(), Character.MAX_RADIX);
    say("seed %d, schema %s, logs and journals in %s", options.seed(), schema, options.folder());
    Tables tables =
        Tables.create(ours.direct(schema), schema, server == null ? null : server.role());
    // A server of our own is deleted with all its schemas, so only a user's schema can be kept.
    boolean theirs = server == null && servers == null;
    UserSchema kept = theirs ? UserSchema.watch(tables, line -> say("%s", line)) : null;
    CampaignResult result = null;
    try {
      result = run(tables, target, ours, server, servers);
      return result;
    } finally {
      if (kept != null) {
        kept.end(result != null && result.verdict().isClean());
      }
    }
  }

  private CampaignResult run(
      Tables tables,
      Supplier<Target> target,
      Target ours,
      @Nullable OwnServer server,
      @Nullable AutoFailover servers)
      throws Exception {
    var records = new Records(tables, options.fleet().heartbeatTimeout());
    Supplier<Target> workers = server == null ? target : server::workers;
    try (Fleet fleet = Fleet.start(workers, tables.schema(), options.folder(), options.fleet());
        HikariDataSource pool = Deeds.pool(ours, tables.schema())) {
      Cairn client = Cairn.builder(pool).schema(tables.schema()).insertUnknownKinds().build();
      var load = new Load(client, options.seed());
      var arena =
          new Arena(fleet, tables, () -> ours, server, servers, load, line -> say("%s", line));
      double rate = rate(load, tables);
      load.setRate(rate);
      long begin = System.nanoTime();
      int before = load.count();
      attack(arena, fleet, load, () -> onlooker.look(fleet, tables));
      var pace =
          new CampaignResult.Pace(
              rate, load.count() - before, Duration.ofNanos(System.nanoTime() - begin));
      load.stop();
      drainAndHear(fleet, load, tables);
      fleet.stop();
      Verdict verdict =
          Judge.judge(
              records.history(fleet, load.inserted(), arena.lostByDatabase(), arena.strikes()),
              records.complaints(fleet));
      return new CampaignResult(
          options, pace, arena.strikes(), arena.places(), List.copyOf(failures), verdict);
    }
  }

  /** Failures here are reported by the judge, as jobs that have not ended or as complaints. */
  private void drainAndHear(Fleet fleet, Load load, Tables tables)
      throws SQLException, IOException, InterruptedException {
    if (drain(fleet, load, tables)) {
      hear(fleet, load, tables);
    }
  }

  private void check(@Nullable Target target) {
    for (Attack attack : options.attacks()) {
      attack
          .objection(target)
          .ifPresent(objection -> {
            throw new IllegalArgumentException(objection);
          });
    }
  }

  /** The rate of the options, or half of the fleet's measured peak, in jobs a second. */
  private double rate(Load load, Tables tables) throws SQLException, InterruptedException {
    if (options.rate() > 0) {
      return options.rate();
    }
    // The first round only loads the classes of the workers. The following rounds are measured.
    round(load, tables);
    long begin = System.nanoTime();
    int before = load.count();
    for (int round = 0; round < ROUNDS; round++) {
      load.insertRound();
    }
    awaitDone(load, tables, DRAIN_MAX);
    double seconds = (System.nanoTime() - begin) / 1e9;
    double peak = (load.count() - before) / seconds;
    say("the peak is %.1f jobs a second; the load is half of it", peak);
    return peak / 2;
  }

  private static void round(Load load, Tables tables) throws SQLException, InterruptedException {
    load.insertRound();
    awaitDone(load, tables, DRAIN_MAX);
  }

  private void attack(Arena arena, Fleet fleet, Load load, Pause pause) throws Exception {
    long end = System.nanoTime() + options.duration().toNanos();
    int turns = options.rotations() * options.attacks().size();
    int turn = 0;
    while ((System.nanoTime() - end < 0 && !isEnough(load)) || turn < turns) {
      awaitLoad(load, 3);
      TimeUnit.MILLISECONDS.sleep(random.nextLong(500, 2_500));
      if (!options.attacks().isEmpty()) {
        strike(arena, attacks(turn++));
        clearUp(arena);
        fleet.buryTheDead();
      }
      pause.take();
    }
  }

  private void clearUp(Arena arena) throws InterruptedException {
    try {
      arena.clearUp();
    } catch (SQLException | CairnException e) {
      say("the remains of attacks cannot be removed: %s", e);
      failures.add("clearing up: " + e);
    }
  }

  private List<Attack> attacks(int turn) {
    List<Attack> now = new ArrayList<>();
    Attack first = options.attacks().get(turn % options.attacks().size());
    now.add(first);
    if (options.pairs()) {
      List<Attack> others =
          options.attacks().stream().filter(other -> canBeAPair(first, other)).toList();
      if (!others.isEmpty()) {
        now.add(others.get(random.nextInt(others.size())));
      }
    }
    return now;
  }

  /**
   * Two attacks on the server are never a pair: one may replace the server that the other restarts.
   */
  private static boolean canBeAPair(Attack first, Attack other) {
    return !first.name().equals(other.name()) && !(needsServer(first) && needsServer(other));
  }

  private static boolean needsServer(Attack attack) {
    return attack.needs(Attack.Need.OWN_SERVER);
  }

  /** Waits a bounded time until this many further jobs are inserted. */
  private static void awaitLoad(Load load, int more) throws InterruptedException {
    long end = System.nanoTime() + LOAD_MAX.toNanos();
    int enough = load.count() + more;
    while (load.count() < enough && System.nanoTime() - end < 0) {
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
  }

  private boolean isEnough(Load load) {
    return options.jobsMax() > 0 && load.count() >= options.jobsMax();
  }

  private void strike(Arena arena, List<Attack> attacks) throws InterruptedException {
    var threads = new ArrayList<Thread>();
    for (Attack attack : attacks.stream().distinct().toList()) {
      var chance = new Random(random.nextLong());
      threads.add(
          Thread.ofPlatform().name(attack.name()).start(() -> strike(arena, attack, chance)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private void strike(Arena arena, Attack attack, Random chance) {
    say("attack: %s", attack.name());
    try {
      attack.body().strike(arena, chance);
    } catch (Exception e) {
      say("the attack %s failed before its end: %s", attack.name(), e);
      failures.add("%s: %s".formatted(attack.name(), e));
    }
  }

  private boolean drain(Fleet fleet, Load load, Tables tables) throws InterruptedException {
    say("the attacks are over: waiting for %d jobs to end", load.count());
    long end = System.nanoTime() + DRAIN_MAX.toNanos();
    while (System.nanoTime() - end < 0) {
      // A session of a black hole may hold a lock until it ends.
      fleet.buryTheDead();
      try {
        if (awaitDone(load, tables, LOOK_MAX)) {
          return true;
        }
      } catch (SQLException e) {
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      }
    }
    return false;
  }

  /** Lets each client work a job that it finds only by a notification. */
  private void hear(Fleet fleet, Load load, Tables tables)
      throws SQLException, IOException, InterruptedException {
    // An attack may have failed before it did this. Behind the pooler, no client listens.
    fleet.endPooler();
    List<String> clients = fleet.listeners().stream().map(Member::client).toList();
    say("all jobs have ended: inserting one more job for each of %s", clients);
    if (load.tell(clients, HEAR_MAX)) {
      awaitDone(load, tables, HEAR_MAX);
    } else {
      fleet.complain("no job could be inserted for %s after the attacks".formatted(HEAR_MAX));
    }
  }

  private static boolean awaitDone(Load load, Tables tables, Duration most)
      throws SQLException, InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    while (System.nanoTime() - end < 0) {
      load.signal();
      if (tables.open() == 0) {
        return true;
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
    return false;
  }

  private void say(String format, Object... arguments) {
    synchronized (out) {
      out.printf(format + "%n", arguments);
      out.flush();
    }
  }

  /** The time between two attacks. */
  private interface Pause {
    void take() throws Exception;
  }
}
