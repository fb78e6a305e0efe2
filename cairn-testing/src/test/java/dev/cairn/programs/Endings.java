package dev.cairn.programs;

import dev.cairn.InterruptionReason;
import dev.cairn.JobCancelException;
import dev.cairn.JobInterruption;
import dev.cairn.JobSnoozeException;
import dev.cairn.StoreUnavailableException;
import dev.cairn.TimeLimitException;
import dev.cairn.resumable.CheckpointMismatchException;
import java.nio.channels.ClosedByInterruptException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.List;
import java.util.stream.Stream;

/** Tells what has ended an attempt: the program itself, or something from outside. */
final class Endings {
  private static final int CAUSES_MAX = 20;

  /** A changed source, a broken file, and one that is away. */
  private static final List<String> REFUSALS = List.of("[CAIRN-320]", "[CAIRN-321]", "[CAIRN-330]");

  private Endings() {}

  /** Notes in the world if the attempt was struck, or ended as no attempt should. */
  static void note(Attempt attempt, Throwable end) {
    World world = attempt.world();
    world.ended(attempt.number(), howEnded(attempt, isStarved(end)));
    if (world.mayHaveGivenUp(attempt.client())) {
      world.mayHaveBeenGivenUp();
    }
    if (isStarved(end)) {
      world.starved();
    }
    if (isFailure(end) && attempt.failsBy(end) && !attempt.isTaken()) {
      world.failed();
    }
    if (causes(end).stream().anyMatch(TimeLimitException.class::isInstance)) {
      world.ranOutOfTime();
    }
    if (isOfTheProgram(world, end)) {
      return;
    }
    if (!isExcused(attempt, end)) {
      world.complain("an attempt ended with " + end + ", and nothing has struck it");
    } else if (!attempt.isCountedAsStruck()) {
      // What strikes is counted when it falls, but for a pool that has no turn.
      world.struck();
    }
  }

  /** Its code has come to its end. */
  static void noteReturn(Attempt attempt) {
    attempt.world().ended(attempt.number(), howEnded(attempt, false));
  }

  private static World.End howEnded(Attempt attempt, boolean starved) {
    if (attempt.isTaken()) {
      return World.End.KILLED;
    }
    boolean inDoubt =
        starved
            || attempt.hasLostACommit()
            || attempt.hasLostAnOwnCommit()
            || attempt.world().mayHaveGivenUp(attempt.client());
    return inDoubt ? World.End.IN_DOUBT : World.End.IN_ORDER;
  }

  /** The pool of a machine with too few processors for so many jobs has no turn for one of them. */
  private static boolean isStarved(Throwable end) {
    return causes(end).stream()
        .anyMatch(each ->
            each instanceof SQLTransientConnectionException
                && String.valueOf(each.getMessage()).contains("request timed out after"));
  }

  /** Whether it has stopped because it was asked to. */
  static boolean isInterruption(Throwable end) {
    return causes(end).stream().anyMatch(JobInterruption.class::isInstance);
  }

  /** Whether it uses up an attempt. */
  static boolean isFailure(Throwable end) {
    return causes(end).stream()
        .noneMatch(each ->
            each instanceof JobCancelException
                || each instanceof JobSnoozeException
                || each instanceof CheckpointMismatchException
                || each instanceof JobInterruption);
  }

  private static boolean isExcused(Attempt attempt, Throwable end) {
    for (Throwable each : causes(end)) {
      if (each instanceof JobInterruption interruption) {
        return switch (interruption.reason()) {
          case REQUESTED, PAUSED -> attempt.world().takesRequest();
          case SHUTDOWN -> attempt.hasItsClientStopped();
          case LEASE_LOST ->
              attempt.isTaken() || attempt.hasItsClientStopped() || attempt.hasLostAnOwnCommit();
          case DATABASE_LOST -> attempt.hasLostACommit();
          default -> false;
        };
      }
      if (each instanceof SQLException e && hasState(e, "40")) {
        return attempt.hasCollided();
      }
      if (each instanceof StoreUnavailableException
          || (each instanceof SQLException e && hasState(e, "08"))) {
        return attempt.hasLostACommit()
            || attempt.hasItsClientStopped()
            || attempt.knowsThatItIsTaken()
            || isStarved(end);
      }
      if (each instanceof InterruptedException || each instanceof ClosedByInterruptException) {
        return attempt.isTaken() || attempt.hasItsClientStopped() || attempt.world().takesRequest();
      }
    }
    return false;
  }

  /** Whether the program itself asked for it. */
  static boolean isOfTheProgram(World world, Throwable end) {
    for (Throwable each : causes(end)) {
      if (each instanceof ScriptedFailure
          || each instanceof JobCancelException
          || each instanceof JobSnoozeException
          || (each instanceof JobInterruption interruption
              && interruption.reason() == InterruptionReason.SUSPENDED)) {
        return true;
      }
    }
    if (world.trial().program().isChanged()
        && causes(end).stream().anyMatch(CheckpointMismatchException.class::isInstance)) {
      return true;
    }
    if (world.trial().program().has(Node.Unstorable.class::isInstance)
        && causes(end).stream().anyMatch(IllegalArgumentException.class::isInstance)) {
      return true;
    }
    if (world
            .trial()
            .program()
            .has(node -> node instanceof Node.ForEach each && each.items().mayBeRefused())
        && causes(end).stream().anyMatch(Endings::isRefusal)) {
      return true;
    }
    return world.trial().program().hasTimeout()
        && causes(end).stream()
            .anyMatch(each ->
                each instanceof TimeLimitException
                    || (each instanceof InterruptedException && world.timesLimitPassed() > 0));
  }

  /** Whether a source has changed so that the job cannot go on, or is away for now. */
  private static boolean isRefusal(Throwable each) {
    return each instanceof IllegalStateException
        && each.getMessage().contains(" cannot read its source: ")
        && (REFUSALS.stream().anyMatch(each.getMessage()::endsWith)
            || each.getMessage().contains(ProgramCode.UNKNOWN_PAGE));
  }

  static boolean hasState(SQLException e, String kind) {
    return e.getSQLState() != null && e.getSQLState().startsWith(kind);
  }

  static List<Throwable> causes(Throwable end) {
    return Stream.iterate(end, each -> each != null, Throwable::getCause)
        .limit(CAUSES_MAX)
        .toList();
  }
}
