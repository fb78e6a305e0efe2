package dev.cairn.chaos.campaign;

import dev.cairn.chaos.attack.Attack;
import dev.cairn.chaos.fleet.FleetPlan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The options of a campaign.
 *
 * @param attacks the attacks; none for an undisturbed run
 * @param pairs whether two attacks strike at the same time
 * @param seed the seed of all random choices
 * @param fleet the worker processes
 * @param rate the number of jobs inserted in a second; 0 for half of the measured peak
 * @param duration the time of the attacks
 * @param rotations the number of turns that each attack must have had before the attacks end, even
 *     if their time is over
 * @param jobsMax the number of jobs after which the attacks end early; 0 for no limit
 * @param url the database of a user; null for one of our own
 * @param folder for journals and logs
 */
public record CampaignOptions(
    List<Attack> attacks,
    boolean pairs,
    long seed,
    FleetPlan fleet,
    int rate,
    Duration duration,
    int rotations,
    int jobsMax,
    @Nullable String url,
    Path folder) {}
