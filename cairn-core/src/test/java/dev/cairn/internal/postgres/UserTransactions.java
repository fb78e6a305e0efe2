package dev.cairn.internal.postgres;

import dev.cairn.internal.postgres.LockScene.Act;
import dev.cairn.internal.store.CheckpointWrite;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimStatus.Standing;
import dev.cairn.internal.store.FencedClaim;
import dev.cairn.internal.store.Stores;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;

/**
 * What users do in transactions of their own, each of which then holds for a while what it has
 * locked. Several jobs are locked in order of id, as Cairn does it. Thread-safe.
 */
final class UserTransactions {
  private final DataSource dataSource;
  private final Duration hold;
  private final LockScene scene;
  private final Map<String, Act> acts = new LinkedHashMap<>();

  /**
   * A step is worked by one thread, and its run has a claim of its own, so that no two transactions
   * write one checkpoint under one claim. They would be a deadlock: both share the job's row, the
   * second one waits for the checkpoint of the first, and the first for the row, to complete it.
   */
  private final Set<Claim> inStep = ConcurrentHashMap.newKeySet();

  /**
   * @param hold how long each holds what it has locked
   */
  UserTransactions(LockScene scene, DataSource dataSource, Duration hold) {
    this.dataSource = dataSource;
    this.hold = hold;
    this.scene = scene;
    Stores stores = scene.stores();
    acts.put("user: lock jobs", random -> inTransaction(random, this::lockSome));
    acts.put(
        "user: insert unique",
        random ->
            inTransaction(random, (own, by) -> stores.jobs().insert(own, LockScene.uniques(by))));
    acts.put(
        "user: signal",
        random ->
            inTransaction(
                random, (own, by) -> stores.waits().signal(own, LockScene.signal(by), null)));
    acts.put(
        "user: delete many",
        random ->
            inTransaction(
                random, (own, by) -> stores.jobList().in(own).deleteMany(LockScene.query(by))));
    acts.put(
        "user: cancel many",
        random ->
            inTransaction(
                random,
                (own, by) -> stores.jobList().in(own).cancelMany(LockScene.query(by), null)));
    acts.put(
        "user: retry",
        random -> inTransaction(random, (own, by) -> stores.jobList().in(own).retry(scene.id(by))));
    acts.put(
        "user: checkpoint",
        random -> {
          Claim claim = scene.one(random);
          if (inStep.add(claim)) {
            try {
              inTransaction(random, (own, by) -> step(own, FencedClaim.of(claim), by));
            } finally {
              inStep.remove(claim);
            }
          }
        });
    acts.put(
        "user: do an item again",
        random ->
            inTransaction(random, (own, by) -> release(own, FencedClaim.of(scene.one(by)), false)));
    acts.put(
        "user: do an item again for Go",
        random -> inTransaction(random, (own, by) -> releaseForGo(own, scene.one(by))));
    acts.put(
        "user: periodic insertion",
        random ->
            inTransaction(
                random,
                (own, by) ->
                    stores.periodic().advance(own, "daily", Instant.EPOCH, Instant.EPOCH)));
  }

  /** What there is to do, by its name. */
  Map<String, Act> acts() {
    return acts;
  }

  @FunctionalInterface
  private interface Own {
    void work(Connection connection, Random random) throws SQLException;
  }

  private void inTransaction(Random random, Own own) throws Exception {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      try {
        own.work(connection, random);
        hold(connection);
        if (random.nextBoolean()) {
          connection.commit();
        }
      } finally {
        connection.rollback();
        connection.setAutoCommit(true);
      }
    }
  }

  /** As another statement of the user does that takes its time. */
  private void hold(Connection connection) throws SQLException {
    try (var statement = connection.prepareStatement("SELECT pg_sleep(?)")) {
      statement.setDouble(1, hold.toMillis() / 1000.0);
      statement.execute();
    }
  }

  private void lockSome(Connection own, Random random) throws SQLException {
    try (var statement =
        own.prepareStatement(
            """
            SELECT id FROM river_job WHERE id IN (?, ?, ?) ORDER BY id FOR UPDATE
            """)) {
      statement.setLong(1, scene.id(random));
      statement.setLong(2, scene.id(random));
      statement.setLong(3, scene.id(random));
      statement.executeQuery();
    }
  }

  private void step(Connection own, FencedClaim claim, Random random) throws SQLException {
    var write = new CheckpointWrite(LockScene.write("in a transaction").checkpoint(), 1, true);
    Standing standing =
        scene
            .stores()
            .checkpoints()
            .writeTx(own, claim, write, null, random.nextBoolean())
            .standing();
    if (standing != Standing.HELD) {
      own.rollback();
    } else if (random.nextBoolean()) {
      scene.stores().jobs().completeTx(own, claim, null);
    }
  }

  private boolean release(Connection own, FencedClaim claim, boolean alone) throws SQLException {
    boolean held =
        scene.stores().quarantine().releaseTx(own, claim, "step", "1", alone).standing()
            == Standing.HELD;
    if (!held) {
      own.rollback();
    }
    return held;
  }

  /** As a batch does that meets an item again that was put aside. */
  private void releaseForGo(Connection own, Claim claim) throws SQLException {
    FencedClaim fenced = FencedClaim.of(claim);
    var write = new CheckpointWrite(LockScene.write("in a transaction").checkpoint(), 1, true);
    if (release(own, fenced, true)
        && scene.stores().checkpoints().writeTx(own, fenced, write, null, true).standing()
            != Standing.HELD) {
      own.rollback();
    }
  }
}
