package dev.cairn.chaos.attack;

import dev.cairn.CairnException;
import dev.cairn.chaos.fleet.AutoFailover;
import dev.cairn.chaos.fleet.Fleet;
import dev.cairn.chaos.fleet.Member;
import dev.cairn.chaos.fleet.OwnServer;
import dev.cairn.chaos.fleet.Sql;
import dev.cairn.chaos.fleet.Standby;
import dev.cairn.chaos.fleet.Tables;
import dev.cairn.chaos.fleet.Target;
import dev.cairn.chaos.history.Rung;
import dev.cairn.chaos.history.Strike;
import dev.cairn.chaos.history.Strike.Harm;
import dev.cairn.migrate.IndexProfile;
import dev.cairn.migrate.Migrator;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Everything that an attack can strike, and a record of the strikes. Thread-safe. */
public final class Arena {
  private static final int CLEARING_MAX = 120;
  private static final Duration CLEARING_PAUSE = Duration.ofMillis(500);

  private final Fleet fleet;
  private final Tables tables;
  private final Supplier<Target> target;
  private final @Nullable OwnServer server;
  private final @Nullable AutoFailover autoFailover;
  private final Caller caller;
  private final Consumer<String> printer;
  private final Set<String> lost = ConcurrentHashMap.newKeySet();
  private final Strikes strikes = new Strikes();
  private final Map<String, Long> places = new ConcurrentSkipListMap<>();
  private final Map<String, Integer> turns = new ConcurrentHashMap<>();

  /**
   * Creates an arena.
   *
   * @param server the server under attack; null if it is not one of our own
   * @param autoFailover the servers under attack; null if pg_auto_failover does not manage them
   * @param printer prints lines for people
   */
  public Arena(
      Fleet fleet,
      Tables tables,
      Supplier<Target> target,
      @Nullable OwnServer server,
      @Nullable AutoFailover autoFailover,
      Caller caller,
      Consumer<String> printer) {
    this.fleet = fleet;
    this.tables = tables;
    this.target = target;
    this.server = server;
    this.autoFailover = autoFailover;
    this.caller = caller;
    this.printer = printer;
  }

  /** All strikes so far. */
  public List<Strike> strikes() {
    return strikes.all();
  }

  /** How often attacks met each of the places, settings or sizes that they take in turn. */
  public Map<String, Long> places() {
    return new TreeMap<>(places);
  }

  /** The keys of jobs that PostgreSQL itself has lost. */
  public Set<String> lostByDatabase() {
    return Set.copyOf(lost);
  }

  /** Prints and counts how often an attack met a place. */
  void met(String attack, String place, long times) {
    say("%s met %s: %d".formatted(attack, place, times));
    places.merge("%s: %s".formatted(attack, place), times, Long::sum);
  }

  /** How many turns of this attack there were before this one. */
  int turn(String attack) {
    return turns.merge(attack, 1, Integer::sum) - 1;
  }

  Fleet fleet() {
    return fleet;
  }

  Member anyone(Random random) {
    List<Member> members = fleet.members();
    return members.get(random.nextInt(members.size()));
  }

  Member anyReplaceable(Random random) {
    List<Member> members = fleet.replaceable();
    return members.get(random.nextInt(members.size()));
  }

  /** A worker that listens for notifications; any worker if none does. */
  Member anyListener(Random random) {
    List<Member> members = fleet.listeners();
    return members.isEmpty() ? anyone(random) : members.get(random.nextInt(members.size()));
  }

  Duration timeout() {
    return fleet.heartbeatTimeout();
  }

  OwnServer server() {
    if (server == null) {
      throw new IllegalStateException("this attack needs a server of our own");
    }
    return server;
  }

  AutoFailover autoFailover() {
    if (autoFailover == null) {
      throw new IllegalStateException("this attack needs servers that pg_auto_failover manages");
    }
    return autoFailover;
  }

  void insert(Rung rung, int count) {
    caller.insert(rung, count);
  }

  void say(String line) {
    printer.accept(line);
  }

  /** Determines what a failover has lost. */
  Standby.Loss loss(Standby standby, long before) throws Exception {
    return standby.loss(tables, before);
  }

  /**
   * Records that PostgreSQL has lost these jobs. It may have lost confirmed signals as well, so
   * they are all sent again.
   */
  void lost(Set<String> keys) {
    lost.addAll(keys);
    caller.repeatSignals();
  }

  /** Runs statements of the attacker, with {@code {schema}} for the schema. */
  void execute(String... statements) throws SQLException {
    String[] all = new String[statements.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = tables.in(statements[i]);
    }
    new Sql(target.get().direct(tables.schema())).execute(all);
  }

  /**
   * Removes what an attack has planted. What stays behind would make jobs fail until the end. So
   * this tries again for a minute, because another attack may strike at the same time.
   */
  void clear(String... statements) throws SQLException, InterruptedException {
    insist(() -> execute(statements));
  }

  /**
   * Removes what attacks may have left behind on a server that was replaced meanwhile, and restores
   * the newest version of the tables and all of their indexes. A failover may have lost the end of
   * a migration.
   */
  public void clearUp() throws SQLException, InterruptedException {
    clear(DatabaseAttacks.LEFTOVERS.toArray(String[]::new));
    insist(() -> {
      migrator().up();
      migrator().profile(IndexProfile.RIVER);
    });
  }

  private static void insist(Change change) throws SQLException, InterruptedException {
    for (int tries = 1; ; tries++) {
      try {
        change.make();
        return;
      } catch (SQLException | CairnException e) {
        if (tries == CLEARING_MAX) {
          throw e;
        }
        pause(CLEARING_PAUSE);
      }
    }
  }

  private interface Change {
    void make() throws SQLException;
  }

  /** Changes the tables of Cairn. */
  Migrator migrator() {
    return tables.migrator();
  }

  /** Whether the server is our own, with the settings that the guide recommends. */
  boolean ownsServer() {
    return server != null;
  }

  /** The first column of the first row, of a statement of the attacker. */
  long number(String statement) throws SQLException {
    return new Sql(target.get().direct(tables.schema())).number(tables.in(statement));
  }

  /** The tables of the workers, without those of the judge. */
  List<String> workersTables() throws SQLException {
    return tables.list(
        """
        SELECT relname FROM pg_class
        WHERE relnamespace = '{schema}'::regnamespace AND relkind = 'r'
          AND relname NOT IN ('chaos_transition', 'chaos_deleted')
        ORDER BY relname
        """,
        row -> row.getString(1));
  }

  String in(String statement) {
    return tables.in(statement);
  }

  Connection connect() throws SQLException {
    return target.get().direct(tables.schema()).getConnection();
  }

  /** Records a strike on a client, or on all clients. */
  void record(Strike strike) {
    strikes.add(strike);
  }

  /** Strikes a client, or all clients, and records the strike. */
  void strike(String attack, String client, Set<Harm> harms, Strikes.Deed deed) throws Exception {
    if (strikes.strike(attack, client, harms, deed) == 0) {
      say("the attack %s hit nothing".formatted(attack));
    }
  }

  /** Prepares a strike, or ends one, and records the harm, which does not count as a strike. */
  void prepare(String attack, String client, Set<Harm> harms, Strikes.Preparation preparation)
      throws Exception {
    strikes.prepare(attack, client, harms, preparation);
  }

  static void pause(Duration time) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(time.toMillis());
  }

  static Duration between(Random random, long fromMillis, long toMillis) {
    return Duration.ofMillis(random.nextLong(fromMillis, toMillis));
  }
}
