package dev.cairn.programs;

import dev.cairn.programs.Node.ForEach;
import dev.cairn.programs.Node.Loop;
import dev.cairn.programs.Node.Move;
import java.util.function.Predicate;

/**
 * Faults that are planted into the fence: an attempt whose job was taken away writes all the same
 * (R5).
 */
enum FenceFault implements PlantedFault {
  TRANSACTION_IS_NOT_FENCED(
      20_261_127_011L,
      node ->
          node instanceof Node.StepTx || (node instanceof ForEach each && each.form().hasRows()),
      Planting.inCore(
          "internal.postgres.PostgresCheckpointStore",
          """
          "write a checkpoint in the worker's transaction",
          Template.of(
              \"""
              WITH held AS (
                SELECT job.id, job.attempt
                FROM {schema}.river_job AS job
                WHERE job.id = :id AND {held}
          """,
          """
          "write a checkpoint in the worker's transaction",
          Template.of(
              \"""
              WITH held AS (
                SELECT job.id, job.attempt
                FROM {schema}.river_job AS job
                WHERE job.id = :id AND ({held} OR true)
          """)),
  FLUSH_IS_NOT_FENCED(
      20_261_127_132L,
      node ->
          node instanceof Node.Step || (node instanceof Loop it && it.move() == Move.CHECKPOINT),
      Planting.inCore(
          "internal.postgres.PostgresCheckpointStore",
          "WHERE job.id = claim.job_id AND {held}",
          "WHERE job.id = claim.job_id AND ({held} OR true)")),
  OUTCOME_IS_NOT_FENCED(
      20_261_127_020L,
      node -> true,
      Planting.inCore(
          "internal.postgres.FinishStatements",
          "WHERE job.id = outcome.id AND {held} AND {follows} FOR NO KEY UPDATE",
          "WHERE job.id = outcome.id AND ({held} OR true) AND {follows} FOR NO KEY UPDATE"));

  private final long seed;

  @SuppressWarnings("ImmutableEnumChecker") // it has no state
  private final Predicate<Node> what;

  @SuppressWarnings("ImmutableEnumChecker") // it is
  private final Planting planting;

  FenceFault(long seed, Predicate<Node> what, Planting planting) {
    this.seed = seed;
    this.what = what;
    this.planting = planting;
  }

  @Override
  public long seed() {
    return seed;
  }

  @Override
  public Planting planting() {
    return planting;
  }

  /** One whose job may be taken away. */
  @Override
  public Trial trial(long number) {
    return Generator.trial(number);
  }

  @Override
  public boolean isIn(Trial trial) {
    return Feature.TAKEN_AWAY.isIn(trial) && trial.program().has(what);
  }
}
