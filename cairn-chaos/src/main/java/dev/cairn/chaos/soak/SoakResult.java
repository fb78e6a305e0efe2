package dev.cairn.chaos.soak;

import dev.cairn.chaos.campaign.CampaignResult;
import dev.cairn.chaos.soak.Samples.Judged;
import java.util.List;

/**
 * The result of a soak.
 *
 * @param campaign whether the promises were kept
 * @param samples what was measured between the attacks
 */
record SoakResult(CampaignResult campaign, Samples samples) {
  private static final int BROKEN = 1;
  private static final int NOT_SHOWN = 3;

  /** The measures with this verdict. */
  List<Judged> with(Flatness.Verdict verdict) {
    return samples.judged().stream().filter(each -> each.flatness().verdict() == verdict).toList();
  }

  /** Whether something that exists during the whole soak was measured too seldom for a verdict. */
  boolean isTooShort() {
    return !with(Flatness.Verdict.TOO_FEW).isEmpty() || !samples.silent().isEmpty();
  }

  /**
   * 1 if a promise was broken or something has grown; 3 if an attack never struck, or if there were
   * too few samples; else 0.
   */
  int exitCode() {
    if (!campaign.verdict().isClean() || !with(Flatness.Verdict.GREW).isEmpty()) {
      return BROKEN;
    }
    return isTooShort() ? NOT_SHOWN : campaign.exitCode();
  }
}
