package dev.cairn.chaos.campaign;

import dev.cairn.chaos.history.Strike;
import dev.cairn.chaos.verdict.Verdict;
import java.util.List;

/**
 * What came of a campaign.
 *
 * @param options how it was run
 * @param rate the load, in jobs a second
 * @param strikes the attacks that were carried out
 * @param verdict the verdict
 */
public record CampaignResult(
    CampaignOptions options, double rate, List<Strike> strikes, Verdict verdict) {}
