package dev.cairn.model;

import dev.cairn.AttemptError;
import dev.cairn.InterruptionReason;
import dev.cairn.TestDatabase;
import dev.cairn.internal.postgres.PostgresStores;
import dev.cairn.internal.store.AttemptTimes;
import dev.cairn.internal.store.CheckpointStore.Written;
import dev.cairn.internal.store.CheckpointWrite;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimRange;
import dev.cairn.internal.store.ClaimScope;
import dev.cairn.internal.store.ClaimStatus.Standing;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.ClientStore.Pulse;
import dev.cairn.internal.store.FencedClaim;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.NewJob;
import dev.cairn.internal.store.Outcome;
import dev.cairn.internal.store.Rescuers;
import dev.cairn.internal.store.Stores;
import dev.cairn.internal.store.UpkeepStore.StuckJob;
import dev.cairn.model.SimulatedRun.OpenTransaction;
import dev.cairn.model.SimulatedRun.Phase;
import dev.cairn.spi.Checkpoints.Saved;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Two simulated clients that work one job with the real statements, in an order drawn by chance.
 * Every event and what the tables show after it becomes a line for {@code CairnTrace.tla}.
 *
 * <p>Longer than other files: it is one list of events, each with what it needs.
 */
final class StoreWalk {
  static final int MAX_ATTEMPTS = 3;
  private static final Duration TIMEOUT = Duration.ofMinutes(10);
  private static final AttemptTimes NO_TIMES = new AttemptTimes(Duration.ZERO, Duration.ZERO, 0);
  private static final List<String> CLIENTS = List.of("a", "b");

  private final TestDatabase database;
  private final Stores stores;
  private final Random random;
  private final TreeMap<Integer, SimulatedRun> runs = new TreeMap<>();
  private final Set<String> living = new TreeSet<>(CLIENTS);
  private final Set<String> doubting = new TreeSet<>();
  private final Map<String, Pulse> pulses = new TreeMap<>();
  private final List<String> events = new ArrayList<>();
  private final long jobId;
  private final TableView view;
  private int claims;

  private StoreWalk(TestDatabase database, long seed) {
    this.database = database;
    this.stores = PostgresStores.of(database.dataSource(), database.schema());
    this.random = new Random(seed);
    for (String table : List.of("river_job", "cairn_checkpoint", "cairn_client", "walk")) {
      database.execute("DELETE FROM " + table);
    }
    for (String client : CLIENTS) {
      Pulse pulse = stores.clients().pulse(client, TIMEOUT, null);
      pulse.beat();
      pulses.put(client, pulse);
    }
    var job = new NewJob("walk", "{}", "{}", MAX_ATTEMPTS, 1, "walk", null, false, List.of(), null);
    this.jobId = stores.jobs().insert(List.of(job)).getFirst().id();
    this.view = new TableView(database, jobId);
  }

  /** The table of what the worker does in its transactions. */
  static void createTable(TestDatabase database) {
    database.execute("CREATE TABLE walk (job_id bigint, step int, item int)");
  }

  /** The events of one trace, each as a record of TLA+. */
  static List<String> events(TestDatabase database, long seed, int length) throws SQLException {
    var walk = new StoreWalk(database, seed);
    try {
      while (walk.events.size() < length) {
        walk.act();
      }
      return walk.events;
    } finally {
      walk.close();
    }
  }

  private void close() throws SQLException {
    for (SimulatedRun run : runs.values()) {
      endTransaction(run, false);
    }
    pulses.values().forEach(Pulse::close);
  }

  private void act() throws SQLException {
    int dice = random.nextInt(100);
    if (dice < 20) {
      actOfAClient();
    } else if (!runs.isEmpty()) {
      List<SimulatedRun> all = List.copyOf(runs.values());
      actOfARun(all.get(random.nextInt(all.size())));
    } else if (!living.isEmpty()) {
      claim(any(living));
    }
  }

  private void actOfAClient() {
    String client = CLIENTS.get(random.nextInt(CLIENTS.size()));
    int dice = random.nextInt(20);
    if (dice < 4) {
      fallSilent(client);
    } else if (dice == 4) {
      rescueByClock();
    } else if (doubting.contains(client) && dice < 12) {
      handBack(client);
    } else if (living.contains(client)) {
      switch (dice) {
        case 5, 6, 7 -> {
          pulse(client).beat();
          happened("beat", "c |-> \"%s\"".formatted(client));
        }
        case 8 -> die(client);
        case 9 -> signOff(client);
        case 10 -> claimUnheard(client);
        case 11, 12, 13, 14 -> claim(client);
        default -> rescue(client);
      }
    }
  }

  private void fallSilent(String client) {
    int changed =
        database.execute(
            """
            UPDATE cairn_client SET heartbeat_at = now() - interval '1 hour'
            WHERE id = ? AND heartbeat_at >= now() - timeout
            """,
            client);
    if (changed > 0) {
      happened("silence", "c |-> \"%s\"".formatted(client));
    }
  }

  private void die(String client) {
    if (living.size() < CLIENTS.size()) {
      return;
    }
    living.remove(client);
    doubting.remove(client);
    runs.values().removeIf(run -> isOf(run, client) && run.transaction == null);
    for (SimulatedRun run : runs.values()) {
      if (isOf(run, client)) {
        run.phase = Phase.DEAD;
        run.inFlight = List.of();
      }
    }
    happened("die", "c |-> \"%s\"".formatted(client));
  }

  private void signOff(String client) {
    if (living.size() < CLIENTS.size()
        || doubting.contains(client)
        || runs.values().stream().anyMatch(run -> isOf(run, client) && run.phase != Phase.OVER)) {
      return;
    }
    pulse(client).signOff();
    living.remove(client);
    runs.values().removeIf(run -> isOf(run, client));
    happened("sign off", "c |-> \"%s\"".formatted(client));
  }

  private Pulse pulse(String client) {
    return Objects.requireNonNull(pulses.get(client));
  }

  private void claim(String client) {
    List<ClaimedJob> claimed =
        random.nextBoolean()
            ? stores.jobs().claim(new ClaimScope("walk", client, Set.of()), ClaimRange.ALL, 10)
            : stores.jobs().claimNow(jobId, client).stream().toList();
    for (ClaimedJob job : claimed) {
      Saved saved = Objects.requireNonNull(stores.checkpoints().load(job.claim()).value());
      if (saved.metadataIsNewer()) {
        throw new AssertionError("the keys in the metadata were changed by somebody else");
      }
      var position = new int[SimulatedRun.STEPS];
      saved
          .checkpoints()
          .forEach(
              each -> position[Objects.requireNonNull(each.position()) - 1] = item(each.value()));
      claims++;
      runs.put(claims, new SimulatedRun(claims, job.claim(), job.attempt(), position));
    }
    happened("claim", "c |-> \"%s\", ok |-> %s".formatted(client, tla(!claimed.isEmpty())));
  }

  private void claimUnheard(String client) {
    boolean claimed = stores.jobs().claimNow(jobId, client).isPresent();
    if (claimed) {
      claims++;
      doubting.add(client);
    }
    happened("claim unheard", "c |-> \"%s\", ok |-> %s".formatted(client, tla(claimed)));
  }

  private void handBack(String client) {
    List<Claim> known =
        runs.values().stream()
            .filter(run -> isOf(run, client) && run.phase != Phase.OVER)
            .map(run -> run.claim)
            .toList();
    boolean handedBack = false;
    for (Claim claim : stores.jobs().claimsOf(client)) {
      if (!known.contains(claim)) {
        handedBack = !stores.jobs().handBack(client, List.of(claim)).isEmpty();
      }
    }
    if (handedBack) {
      doubting.remove(client);
    }
    happened("hand back", "c |-> \"%s\", ok |-> %s".formatted(client, tla(handedBack)));
  }

  /** Nobody rescues itself, nor while it counts as dead: the model leaves that to Claims.tla. */
  private boolean mayRescue(String client) {
    return database.number(
            """
            SELECT count(*)
            FROM cairn_client, river_job AS job
            WHERE cairn_client.id = ? AND heartbeat_at >= now() - timeout
              AND job.attempted_by[cardinality(job.attempted_by)] IS DISTINCT FROM cairn_client.id
            """,
            client)
        > 0;
  }

  private void rescue(String client) {
    if (!mayRescue(client)) {
      return;
    }
    boolean rescued =
        !stores
            .clients()
            .rescueFromDeadClients(Rescuers.of(stores, client, Duration.ofDays(1)), 10, false)
            .jobs()
            .isEmpty();
    happened("rescue", "c |-> \"%s\", ok |-> %s".formatted(client, tla(rescued)));
  }

  private void rescueByClock() {
    Map<String, @Nullable Object> row =
        database
            .query("SELECT attempted_at, attempted_by::text AS by, attempt FROM river_job")
            .getFirst();
    boolean rescued = false;
    if (row.get("attempted_at") instanceof java.sql.Timestamp at) {
      String by = String.valueOf(row.get("by")).replaceAll(".*[{,]|}", "");
      int attempt = Integer.parseInt(String.valueOf(row.get("attempt")));
      rescued =
          stores
              .upkeep()
              .rescue(
                  new StuckJob(
                      new Claim(jobId, at.toInstant(), by), "walk", attempt, MAX_ATTEMPTS, 0),
                  Duration.ZERO);
      stores.upkeep().schedule(10);
    }
    happened("rescue by clock", "ok |-> " + tla(rescued));
  }

  private void actOfARun(SimulatedRun run) throws SQLException {
    if (run.transaction != null && random.nextInt(3) > 0) {
      boolean commits = random.nextInt(3) > 0;
      endTransaction(run, commits);
      happened(commits ? "commit" : "roll back", of(run));
      return;
    }
    if (run.unsure != 0 && random.nextBoolean()) {
      readBack(run);
      return;
    }
    switch (random.nextInt(12)) {
      case 0, 1 -> advance(run);
      case 2, 3, 4 -> openTransaction(run);
      case 5 -> openCompletion(run);
      case 6 -> takeFlush(run);
      case 7, 8 -> flush(run);
      case 9 -> resend(run);
      case 10 -> {
        if (run.hasFinishedAll() || random.nextInt(4) == 0) {
          endOrFinish(run);
        }
      }
      default -> {
        if (run.phase == Phase.ENDS) {
          endOrFinish(run);
        } else if (run.phase == Phase.WORKS) {
          renew(run);
        }
      }
    }
  }

  private void advance(SimulatedRun run) {
    int step = run.stepAtHand();
    if (step != 0) {
      int item = ++run.position[step - 1];
      run.pending.put(step, run.next(step, item, false));
      happened("advance", of(run) + ", s |-> " + step);
    }
  }

  private void openTransaction(SimulatedRun run) throws SQLException {
    int step = run.stepAtHand();
    if (step == 0 || run.pending.containsKey(step) || isCompleting()) {
      return;
    }
    int item = run.position[step - 1] + 1;
    Connection connection = begin();
    try (var insert = connection.prepareStatement("INSERT INTO walk VALUES (?, ?, ?)")) {
      insert.setLong(1, jobId);
      insert.setInt(2, step);
      insert.setInt(3, item);
      insert.executeUpdate();
    }
    keep(
        run,
        connection,
        step,
        stores
                .checkpoints()
                .writeTx(
                    connection, FencedClaim.of(run.claim), run.next(step, item, true), null, false)
                .standing()
            == Standing.HELD);
    happened("open tx", of(run) + ", s |-> " + step);
  }

  private void openCompletion(SimulatedRun run) throws SQLException {
    if (!run.mayComplete() || runs.values().stream().anyMatch(each -> each.transaction != null)) {
      return;
    }
    Connection connection = begin();
    keep(
        run,
        connection,
        0,
        stores.jobs().completeTx(connection, FencedClaim.of(run.claim), null) == Standing.HELD);
    happened("open completion", of(run));
  }

  private Connection begin() throws SQLException {
    Connection connection = database.dataSource().getConnection();
    connection.setAutoCommit(false);
    return connection;
  }

  private void keep(SimulatedRun run, Connection connection, int step, boolean held)
      throws SQLException {
    run.transaction = new OpenTransaction(connection, step);
    if (!held) {
      // A commit, not a rollback: the statement itself has to have aborted the transaction.
      endTransaction(run, true);
      runs.remove(run.number);
    }
  }

  private boolean isCompleting() {
    return runs.values().stream()
        .map(run -> run.transaction)
        .anyMatch(transaction -> transaction != null && transaction.step() == 0);
  }

  private void endTransaction(SimulatedRun run, boolean commits) throws SQLException {
    OpenTransaction transaction = run.transaction;
    if (transaction == null) {
      return;
    }
    try (Connection connection = transaction.connection()) {
      if (commits) {
        connection.commit();
      } else {
        connection.rollback();
      }
      connection.setAutoCommit(true);
    }
    run.transaction = null;
    run.unsure = transaction.step();
    if (run.phase == Phase.DEAD || (commits && transaction.step() == 0)) {
      runs.remove(run.number);
    }
  }

  private void readBack(SimulatedRun run) {
    if (run.phase == Phase.WORKS) {
      var saved = stores.checkpoints().read(run.claim, SimulatedRun.name(run.unsure));
      if (saved.value() == null) {
        runs.remove(run.number);
        happened("read back", of(run));
        return;
      }
      run.position[run.unsure - 1] =
          saved.value().map(each -> item(each.checkpoint().value())).orElse(0);
      run.unsure = 0;
      happened("read back", of(run));
    }
  }

  private void takeFlush(SimulatedRun run) {
    if (run.phase == Phase.WORKS && run.inFlight.isEmpty() && !run.pending.isEmpty()) {
      run.inFlight = List.copyOf(run.pending.values());
      happened("take flush", of(run));
    }
  }

  private void flush(SimulatedRun run) {
    if (run.inFlight.isEmpty()) {
      return;
    }
    boolean heard = random.nextInt(4) > 0;
    List<CheckpointWrite> sent = run.toSend(run.inFlight);
    Set<Written> written =
        stores.checkpoints().write(run.claim.clientId(), List.of(run.underItsClaim(sent)));
    run.inFlight = List.of();
    if (isHeld(run)) {
      if (heard) {
        acknowledge(run, sent, written);
      }
    } else if (run.phase == Phase.OVER || (run.phase == Phase.WORKS && run.transaction == null)) {
      runs.remove(run.number);
    }
    if (run.phase == Phase.OVER) {
      runs.remove(run.number);
    }
    happened("flush", of(run) + ", ok |-> " + tla(heard));
  }

  private void acknowledge(SimulatedRun run, List<CheckpointWrite> sent, Set<Written> written) {
    for (CheckpointWrite write : sent) {
      String name = write.checkpoint().name();
      if (written.contains(new Written(run.claim, name))) {
        run.pending.values().removeIf(pending -> pending.sequence() == write.sequence());
      }
    }
  }

  private void resend(SimulatedRun run) {
    if (run.phase != Phase.WORKS || run.inFlight.isEmpty() || run.pending.isEmpty()) {
      return;
    }
    if (runs.values().stream().anyMatch(each -> each.transaction != null)) {
      return;
    }
    List<CheckpointWrite> sent = run.toSend(List.copyOf(run.pending.values()));
    Set<Written> written =
        stores.checkpoints().write(run.claim.clientId(), List.of(run.underItsClaim(sent)));
    acknowledge(run, sent, written);
    happened("resend", of(run) + ", ok |-> " + tla(!written.isEmpty()));
  }

  private void renew(SimulatedRun run) {
    Set<Claim> renewed =
        stores.jobs().renew(run.claim.clientId(), List.of(run.claim), Duration.ZERO);
    happened("renew", of(run) + ", ok |-> " + tla(!renewed.isEmpty()));
  }

  private void endOrFinish(SimulatedRun run) {
    if (run.phase == Phase.WORKS) {
      run.phase = Phase.ENDS;
      run.unsure = 0;
      happened("end", of(run));
    } else if (run.phase == Phase.ENDS) {
      finish(run);
    }
  }

  private void finish(SimulatedRun run) {
    String how =
        run.hasFinishedAll() && random.nextInt(4) > 0
            ? "complete"
            : random.nextInt(3) == 0 ? "fail" : "back";
    var attempt =
        new FinishedAttempt(
            FencedClaim.of(run.claim),
            1,
            outcome(how, run.attempt),
            null,
            true,
            List.copyOf(run.pending.values()),
            NO_TIMES);
    boolean written = !stores.jobs().finish(run.claim.clientId(), List.of(attempt)).isEmpty();
    boolean settled = written || (!isHeld(run) && !isLocked());
    if (settled) {
      run.phase = Phase.OVER;
      run.pending.clear();
      if (run.inFlight.isEmpty()) {
        runs.remove(run.number);
      }
    }
    happened("finish", of(run) + ", how |-> \"%s\", ok |-> %s".formatted(how, tla(settled)));
  }

  /** An outcome that is refused while somebody else's transaction is open is sent again. */
  private boolean isLocked() {
    return runs.values().stream().anyMatch(run -> run.transaction != null);
  }

  private Outcome outcome(String how, int attempt) {
    var error = new AttemptError(Instant.EPOCH, attempt, "failed", "");
    return switch (how) {
      case "complete" -> new Outcome.Completed();
      case "fail" ->
          attempt >= MAX_ATTEMPTS
              ? new Outcome.Discarded(error)
              : new Outcome.Retried(error, Duration.ZERO, 0);
      default ->
          switch (random.nextInt(3)) {
            case 0 -> new Outcome.Interrupted(InterruptionReason.SHUTDOWN);
            case 1 -> new Outcome.Snoozed(Duration.ZERO);
            default -> new Outcome.Retried(error, Duration.ZERO, 1);
          };
    };
  }

  private boolean isHeld(SimulatedRun run) {
    return stores
            .jobs()
            .inspect(run.claim.clientId(), List.of(FencedClaim.of(run.claim)))
            .getFirst()
            .standing()
        == Standing.HELD;
  }

  private void happened(String action, String details) {
    events.add(
        "[act |-> \"%s\", %s, seen |-> %s]"
            .formatted(action, details, view.seen(List.copyOf(runs.keySet()))));
  }

  private static boolean isOf(SimulatedRun run, String client) {
    return run.claim.clientId().equals(client);
  }

  private String any(Set<String> clients) {
    return List.copyOf(clients).get(random.nextInt(clients.size()));
  }

  private static String of(SimulatedRun run) {
    return "n |-> " + run.number;
  }

  private static String tla(boolean value) {
    return value ? "TRUE" : "FALSE";
  }

  private static int item(@Nullable String value) {
    return value == null ? 0 : Integer.parseInt(value);
  }
}
