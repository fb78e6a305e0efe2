package dev.cairn.programs;

import dev.cairn.programs.Code.Decision;
import dev.cairn.programs.Code.Kind;
import dev.cairn.programs.Code.Removed;
import dev.cairn.programs.Node.ForEach;
import dev.cairn.programs.Node.Policy;
import dev.cairn.programs.Plan.Afterwards;
import java.util.function.Predicate;

/**
 * Faults that are planted into what becomes of a job when its code has changed, and into what only
 * {@link Additions} make.
 */
enum ChangedCodeFault implements PlantedFault {
  // H9: items that were put aside.
  RENAMED_STEP_LOSES_ITS_ITEMS_ASIDE(
      20_261_127_093L,
      trial ->
          trial.plan().afterwards() == Afterwards.REDRIVE
              && trial.program().codes().stream().anyMatch(ChangedCodeFault::renames)
              && trial.program().has(ChangedCodeFault::putsAside),
      Planting.inCore("resumable.SavedSteps", "itemRenames.add(new Rename(from, to));", "")),
  RESTART_OF_A_VERSION_KEEPS_ITEMS_ASIDE(
      20_261_143_130L,
      trial ->
          trial.program().codes().stream()
                  .anyMatch(code -> code.declared().decision() == Decision.RESTART)
              && trial.program().has(ChangedCodeFault::putsAside),
      Planting.inCore("resumable.SavedSteps", "itemsForgotten.add(Quarantine::forgetAll);", "")
          .andInCore(
              "resumable.PoisonWatch", "if (ledger.aside().has(entry.path())) {", "if (false) {")),

  // What the code no longer has.
  STEP_IN_PROGRESS_IS_NOT_MISSED(
      20_261_127_865L,
      trial -> trial.program().isChanged(),
      Planting.inCore(
          "resumable.StepLedger",
          "throw mismatch(values, gone, \"the code has ended without reaching it\");",
          "log.debug(gone);")),
  RESTART_FOR_REMOVED_STEPS_IS_IGNORED(
      20_261_127_725L,
      trial ->
          trial.program().codes().stream()
              .anyMatch(code -> code.declared().removed() == Removed.RESTART),
      Planting.inCore(
          "resumable.PlannedChange", "saved.clear(); saveVersion(); yield true;", "yield false;")),

  // What a step does that fails.
  FINISH_COUNTS_BEFORE_ITS_COMMIT(
      20_261_127_267L,
      trial -> trial.program().has(ChangedCodeFault::failsBeforeItsOwnCommit),
      Planting.inCore("resumable.FinishByHand", "if (saved == null) { return false; }", ""));

  private final long seed;

  @SuppressWarnings("ImmutableEnumChecker") // it has no state
  private final Predicate<Trial> where;

  @SuppressWarnings("ImmutableEnumChecker") // it is
  private final Planting planting;

  ChangedCodeFault(long seed, Predicate<Trial> where, Planting planting) {
    this.seed = seed;
    this.where = where;
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

  /** With all that is in it. */
  @Override
  public Trial trial(long number) {
    return Generator.trial(number);
  }

  @Override
  public boolean isIn(Trial trial) {
    return where.test(trial);
  }

  private static boolean renames(Code code) {
    return code.names().stream().anyMatch(name -> !name.former().isEmpty())
        || code.declared().moves().stream().anyMatch(move -> move.kind() == Kind.RENAME);
  }

  private static boolean putsAside(Node node) {
    return node instanceof ForEach each
        && each.policy().kind() == Policy.Kind.QUARANTINE
        && !each.failing().isEmpty();
  }

  private static boolean failsBeforeItsOwnCommit(Node node) {
    return node instanceof Node.StepTx tx && tx.byHand() && !tx.beforeCommit().isEmpty();
  }
}
