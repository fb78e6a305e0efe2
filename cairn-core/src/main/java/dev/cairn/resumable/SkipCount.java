package dev.cairn.resumable;

import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.MiddlewareContext;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * How many items of one step were skipped, over all its attempts, tries and parts (R32).
 * Thread-safe.
 */
final class SkipCount {
  /**
   * The number of loops whose last skipped item is kept: more loops than run between two flushes.
   */
  private static final int LOOPS_MAX = 100;

  /**
   * How many items are met until their number is saved. A share is computed without the last ones
   * after a death.
   */
  private static final int MET_STEP = 100;

  private final MiddlewareContext context;
  private final StepLedger ledger;
  private final String name;
  private final long metBefore;
  private long met;
  private long skipped;

  /**
   * The last item that each loop has skipped. If the process dies after this count is saved and
   * before the position is, the item is read again, and must not be counted again.
   */
  private final Map<String, String> last = new LinkedHashMap<>();

  /**
   * @param step the path of the step around all parts, if there are parts
   */
  SkipCount(MiddlewareContext context, StepLedger ledger, String step) {
    this.context = context;
    this.ledger = ledger;
    this.name = step + "/" + SavedSteps.OWN + "skipped";
    String counts = ledger.savedValue(name);
    JsonNode counted = counts == null ? null : JsonMapper.shared().readTree(counts);
    this.skipped = counted == null ? 0 : counted.path(0).asLong();
    this.metBefore = counted == null ? 0 : counted.path(1).asLong();
    this.met = metBefore;
    if (counted != null) {
      counted
          .path(2)
          .properties()
          .forEach(loop -> last.put(loop.getKey(), loop.getValue().asString()));
    }
  }

  /** The number of items that were met before this try, as far as it was saved. */
  long metBefore() {
    return metBefore;
  }

  synchronized boolean isAny() {
    return skipped > 0;
  }

  /**
   * Skips one more item, or the last one again.
   *
   * @param items the number of items that were met, including it, over all attempts
   * @param loop the path of the loop that has met it
   * @param position its position, as it is stored
   * @return false if the policy allows no more
   */
  synchronized boolean skip(ItemPolicy policy, long items, String loop, String position) {
    String item = fingerprint(position);
    if (item.equals(last.get(loop))) {
      return true;
    }
    if (!policy.maySkip(skipped + 1, items)) {
      return false;
    }
    skipped++;
    note(loop, item);
    save(items);
    return true;
  }

  /** Saves how many items were met, now and then. */
  synchronized void noteMet(long items) {
    if (items / MET_STEP > met / MET_STEP) {
      save(items);
    }
  }

  private void save(long items) {
    met = items;
    var counts = new Checkpoint(name, null, true, json());
    context.checkpoints().save(counts);
    ledger.noteProgress(counts);
  }

  /** A position may be long, so only its checksum is kept. */
  private static String fingerprint(String position) {
    var checksum = new CRC32C();
    checksum.update(position.getBytes(StandardCharsets.UTF_8));
    return Long.toHexString(checksum.getValue());
  }

  private void note(String loop, String item) {
    last.remove(loop);
    last.put(loop, item);
    if (last.size() > LOOPS_MAX) {
      last.remove(last.keySet().iterator().next());
    }
  }

  private String json() {
    var counts = JsonMapper.shared().createArrayNode().add(skipped).add(met);
    last.forEach(counts.addObject()::put);
    return counts.toString();
  }
}
