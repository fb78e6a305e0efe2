package dev.cairn.programs;

import dev.cairn.JobRow;
import dev.cairn.programs.Meaning.End;
import java.util.ArrayList;
import java.util.List;

/**
 * What the row of a job says of its attempts, against what they were seen to do: only failures use
 * up attempts, and each is recorded once (R18). That of an attempt which its client has given up is
 * not, and nobody sees whether it was before or after it had failed.
 */
record JobRecord(int attempt, int errors) {
  static JobRecord of(JobRow job) {
    return new JobRecord(job.attempt(), job.errors().size());
  }

  List<String> complaints(Trial trial, World world, End end) {
    var complaints = new ArrayList<String>();
    int seen = world.timesFailed() + world.refusals().size();
    // A job that is struck may be refused by code that is not the newest, which nobody counts.
    int room = world.timesGivenUp() + (trial.program().isChanged() ? world.timesStruck() : 0);
    // A failure behind a completion is nobody's, and the end that a refusal leads to is recorded.
    boolean completes = trial.program().has(node -> node instanceof Node.Complete);
    int fewer = completes ? runs(trial) : 0;
    int more = end == End.CANCELLED || end == End.REFUSED ? 1 : 0;
    if (errors < seen - room - fewer || errors > seen + room + more) {
      complaints.add("%d errors are recorded, and %d attempts have failed".formatted(errors, seen));
    }
    if (attempt > attemptsMost(trial, world) + room + more) {
      complaints.add(
          "attempt %d is recorded, and only %d have failed"
              .formatted(attempt, world.timesFailed()));
    }
    return complaints;
  }

  /** Whether more attempts are recorded than its failures explain. */
  boolean isUnexplained(Trial trial, World world) {
    return attempt > attemptsMost(trial, world);
  }

  private static int attemptsMost(Trial trial, World world) {
    return world.timesFailed() + runs(trial);
  }

  /** How often it may come to an end. */
  private static int runs(Trial trial) {
    return trial.plan().afterwards() == Plan.Afterwards.NOTHING ? 1 : 2;
  }
}
