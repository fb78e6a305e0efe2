package dev.cairn.chaos.campaign;

import dev.cairn.chaos.history.Strike;
import dev.cairn.chaos.verdict.Verdict;
import java.util.List;

/**
 * The result of a campaign.
 *
 * @param options the options of the campaign
 * @param rate the load, in jobs a second
 * @param strikes the attacks that were carried out
 * @param verdict the verdict of the judge
 */
public record CampaignResult(
    CampaignOptions options, double rate, List<Strike> strikes, Verdict verdict) {}
