package dev.cairn.chaos.campaign;

import dev.cairn.chaos.attack.Attack;
import dev.cairn.chaos.history.Strike;
import dev.cairn.chaos.verdict.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The result of a campaign.
 *
 * @param options the options of the campaign
 * @param load the load during the attacks
 * @param strikes the attacks that were carried out, wholly or in part
 * @param places how often attacks met each place, setting or size that they take in turn
 * @param failures the attacks that failed before their end, each with the reason
 * @param verdict the verdict
 */
public record CampaignResult(
    CampaignOptions options,
    Pace load,
    List<Strike> strikes,
    Map<String, Long> places,
    List<String> failures,
    Verdict verdict) {
  /**
   * The load during the attacks.
   *
   * @param wished the number of jobs that should have been inserted in a second
   * @param jobs the number of jobs whose insertion was confirmed
   * @param time the time of the attacks
   */
  public record Pace(double wished, long jobs, Duration time) {
    /** The actual load, in jobs a second. */
    public double perSecond() {
      return time.isZero() ? 0 : jobs / (time.toMillis() / 1_000.0);
    }
  }

  private static final int BROKEN = 1;
  private static final int NOT_SHOWN = 3;

  /** The attacks without a complete strike. The campaign shows nothing about them. */
  public List<String> missed() {
    Set<String> struck =
        strikes.stream().filter(Strike::whole).map(Strike::attack).collect(Collectors.toSet());
    return options.attacks().stream()
        .map(Attack::name)
        .filter(name -> !struck.contains(name))
        .toList();
  }

  /** Whether attacks struck, but no job was running at any of these times. */
  public boolean metNobody() {
    return strikes.stream().anyMatch(Strike::whole) && verdict.met() == 0;
  }

  /**
   * 0 if all promises were kept under each attack, 1 if one was broken, 3 if an attack never struck
   * or none met a job, so that kept promises prove nothing.
   */
  public int exitCode() {
    if (!verdict.isClean()) {
      return BROKEN;
    }
    return missed().isEmpty() && !metNobody() ? 0 : NOT_SHOWN;
  }
}
