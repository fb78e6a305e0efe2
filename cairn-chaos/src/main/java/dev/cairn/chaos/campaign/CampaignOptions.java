package dev.cairn.chaos.campaign;

import dev.cairn.chaos.attack.Attack;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a campaign is run.
 *
 * @param attacks the attacks; none for a run that nothing disturbs
 * @param pairs whether two of them strike at the same time
 * @param seed decides all that is left to chance
 * @param workers the number of worker processes
 * @param rate jobs inserted in a second; 0 for half of what the fleet has just been measured to do
 * @param duration how long attacks go on
 * @param jobsMax after how many jobs the campaign ends, if it is not over before; 0 for no limit
 * @param heartbeatTimeout of the clients
 * @param url the database of a user; null for one of our own
 * @param folder for journals and logs
 */
public record CampaignOptions(
    List<Attack> attacks,
    boolean pairs,
    long seed,
    int workers,
    int rate,
    Duration duration,
    int jobsMax,
    Duration heartbeatTimeout,
    @Nullable String url,
    Path folder) {}
