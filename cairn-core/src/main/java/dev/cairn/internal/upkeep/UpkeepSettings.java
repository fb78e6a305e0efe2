package dev.cairn.internal.upkeep;

import dev.cairn.Retention;
import dev.cairn.schedule.Schedule;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * The maintenance settings of a client, set and checked by {@link dev.cairn.CairnBuilder}.
 *
 * @param leads whether the client stands for election
 * @param rescueInterval how often to look for dead clients
 * @param stuckAfter how long a job of a client without heartbeat may run
 * @param sparedKinds the kinds whose jobs may run for any length of time, under any client
 * @param reindex when to rebuild the indexes of the jobs
 * @param leaderTasks the tasks of extensions that the client runs while it leads
 */
public record UpkeepSettings(
    boolean leads,
    Duration rescueInterval,
    Duration stuckAfter,
    Set<String> sparedKinds,
    Retention retention,
    Schedule reindex,
    List<NamedTask> leaderTasks) {
  public UpkeepSettings {
    sparedKinds = Set.copyOf(sparedKinds);
    leaderTasks = List.copyOf(leaderTasks);
  }
}
