package dev.cairn.resumable;

import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.MiddlewareContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * How many items of one step were skipped, over all its attempts, tries and parts (R32).
 * Thread-safe.
 */
final class SkipCount {
  private final MiddlewareContext context;
  private final StepLedger ledger;
  private final String name;
  private final long metBefore;
  private long skipped;

  /**
   * @param step the path of the step that goes through all parts, if there are any
   */
  SkipCount(MiddlewareContext context, StepLedger ledger, String step) {
    this.context = context;
    this.ledger = ledger;
    this.name = step + "/" + SavedSteps.OWN + "skipped";
    String counts = ledger.savedValue(name);
    JsonNode counted = counts == null ? null : JsonMapper.shared().readTree(counts);
    this.skipped = counted == null ? 0 : counted.path(0).asLong();
    this.metBefore = counted == null ? 0 : counted.path(1).asLong();
  }

  /** The number of items that were met before the last skipped one, before this try. */
  long metBefore() {
    return metBefore;
  }

  synchronized boolean isAny() {
    return skipped > 0;
  }

  /**
   * Skips one more item.
   *
   * @param met the number of items that were met, including it, over all attempts
   * @return false if the policy allows no more
   */
  synchronized boolean skip(ItemPolicy policy, long met) {
    if (!policy.maySkip(skipped + 1, met)) {
      return false;
    }
    skipped++;
    var counts = new Checkpoint(name, null, true, "[" + skipped + "," + met + "]");
    context.checkpoints().save(counts);
    ledger.noteProgress(counts);
    return true;
  }
}
