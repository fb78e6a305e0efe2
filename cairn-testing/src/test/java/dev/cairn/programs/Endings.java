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
    if (causes(end).stream().anyMatch(TimeLimitException.class::isInstance)) {
      world.ranOutOfTime();
    }
    if (isOfTheProgram(world, end)) {
      if (isFailure(end)) {
        world.failed();
      }
      return;
    }
    if (!isExcused(attempt, end)) {
      world.complain("an attempt ended with " + end + ", and nothing has struck it");
    } else if (!attempt.isCountedAsStruck()) {
      // What strikes is counted when it falls, but this attempt began while a client stopped.
      world.struck();
    }
  }

  /** The pool of a machine with too few processors for so many jobs has no turn for one of them. */
  private static boolean isStarved(Throwable end) {
    return causes(end).stream()
        .anyMatch(each ->
            each instanceof SQLTransientConnectionException
                && String.valueOf(each.getMessage()).contains("request timed out after"));
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
          case SHUTDOWN, LEASE_LOST -> attempt.wasInShift() || attempt.hasItsClientStopped();
          case DATABASE_LOST -> attempt.wasHitAtCommit();
          default -> false;
        };
      }
      if (each instanceof StoreUnavailableException
          || (each instanceof SQLException e && isTransient(e.getSQLState()))) {
        return attempt.wasHitAtCommit() || attempt.wasInShift() || isStarved(end);
      }
      if (each instanceof InterruptedException || each instanceof ClosedByInterruptException) {
        return attempt.wasInShift() || attempt.world().takesRequest();
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
            .anyMatch(
                each -> each instanceof TimeLimitException || each instanceof InterruptedException);
  }

  /** Whether a source has changed so that the job cannot go on, or is away for now. */
  private static boolean isRefusal(Throwable each) {
    return each instanceof IllegalStateException
        && each.getMessage().contains(" cannot read its source: ")
        && (REFUSALS.stream().anyMatch(each.getMessage()::endsWith)
            || each.getMessage().contains(ProgramCode.UNKNOWN_PAGE));
  }

  private static boolean isTransient(String state) {
    return state != null && (state.startsWith("08") || state.startsWith("40"));
  }

  static List<Throwable> causes(Throwable end) {
    return Stream.iterate(end, each -> each != null, Throwable::getCause)
        .limit(CAUSES_MAX)
        .toList();
  }
}
