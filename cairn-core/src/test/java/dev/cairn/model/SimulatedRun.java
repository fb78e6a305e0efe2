package dev.cairn.model;

import dev.cairn.internal.store.CheckpointStore.ClaimWrites;
import dev.cairn.internal.store.CheckpointWrite;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.FencedClaim;
import dev.cairn.spi.Checkpoint;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The memory of one attempt in a replayed trace, as {@code runs} in the model. */
final class SimulatedRun {
  /** As the phases in the model; a run that is gone is not kept. */
  enum Phase {
    WORKS,
    ENDS,
    OVER,
    DEAD
  }

  static final int STEPS = 2;
  static final int LAST = 3;

  final int number;
  final Claim claim;
  final int attempt;

  /** The last finished item of each step, as far as this run knows. */
  final int[] position;

  /** What is not known to be durable, by step. */
  final TreeMap<Integer, CheckpointWrite> pending = new TreeMap<>();

  List<CheckpointWrite> inFlight = List.of();
  Phase phase = Phase.WORKS;
  int unsure;
  long sequence;
  @Nullable OpenTransaction transaction;

  SimulatedRun(int number, Claim claim, int attempt, int[] position) {
    this.number = number;
    this.claim = claim;
    this.attempt = attempt;
    this.position = position;
  }

  /** A transaction of the worker that is open; with step 0 the one that completes the job. */
  record OpenTransaction(Connection connection, int step) {}

  boolean isIdle() {
    return phase == Phase.WORKS && transaction == null && unsure == 0;
  }

  boolean hasFinished(int step) {
    return position[step - 1] == LAST;
  }

  boolean hasFinishedAll() {
    return Arrays.stream(position).allMatch(item -> item == LAST);
  }

  /** The step whose code may run now; 0 if none may. */
  int stepAtHand() {
    for (int step = 1; step <= STEPS; step++) {
      if (!hasFinished(step)) {
        return isIdle() && mayBegin(step) ? step : 0;
      }
    }
    return 0;
  }

  boolean mayBegin(int step) {
    CheckpointWrite before = pending.get(step - 1);
    return before == null || !before.checkpoint().finished();
  }

  boolean mayComplete() {
    return isIdle() && hasFinishedAll() && mayBegin(STEPS);
  }

  CheckpointWrite next(int step, int item, boolean contended) {
    sequence++;
    return new CheckpointWrite(
        new Checkpoint(name(step), step, item == LAST, String.valueOf(item)), sequence, contended);
  }

  /** What is sent: rows that the open transaction holds are to be passed over. */
  List<CheckpointWrite> toSend(List<CheckpointWrite> writes) {
    var sent = new ArrayList<CheckpointWrite>();
    for (CheckpointWrite write : writes) {
      boolean held =
          transaction != null && write.checkpoint().name().equals(name(transaction.step()));
      sent.add(
          new CheckpointWrite(write.checkpoint(), write.sequence(), write.contended() || held));
    }
    return sent;
  }

  /** The same as one write of this run's claim. */
  ClaimWrites underItsClaim(List<CheckpointWrite> writes) {
    return new ClaimWrites(FencedClaim.of(claim), writes);
  }

  static String name(int step) {
    return "step " + step;
  }
}
