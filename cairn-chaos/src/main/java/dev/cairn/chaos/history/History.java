package dev.cairn.chaos.history;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Everything that is known about a run of the fleet.
 *
 * @param heartbeatTimeout the heartbeat timeout of all clients
 * @param flushInterval the flush interval of all clients
 * @param inserted the keys of jobs whose insertion was confirmed. A failover that loses commits may
 *     give an id a second time
 * @param lostByDatabase the keys of jobs that PostgreSQL itself lost in a failover, confirmed or
 *     not
 * @param jobs the jobs at the end
 * @param notes the journals of all workers, in the order of time
 * @param rows the rows that workers wrote in transactions
 * @param transitions the changes that the trigger recorded, in order
 * @param strikes the attacks
 * @param deaths the clients that were killed or stood still
 * @param machine how late the machine was
 * @param clockErrorMillis by how much the times of transitions may be wrong against all others,
 *     because the clocks of the database and of this machine differ
 */
public record History(
    Duration heartbeatTimeout,
    Duration flushInterval,
    Map<String, Confirmation> inserted,
    Set<String> lostByDatabase,
    List<JobFact> jobs,
    List<Note> notes,
    List<RowFact> rows,
    List<Transition> transitions,
    List<Strike> strikes,
    List<Death> deaths,
    Lateness machine,
    long clockErrorMillis) {
  /** How long after its end an attack may still have consequences, in milliseconds. */
  public long slackMillis() {
    return heartbeatTimeout.multipliedBy(2).plusSeconds(6).toMillis();
  }
}
