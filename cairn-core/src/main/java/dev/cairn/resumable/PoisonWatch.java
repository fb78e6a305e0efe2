package dev.cairn.resumable;

import dev.cairn.JobInterruption;
import dev.cairn.TimeLimitException;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.json.StoredJson;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.MiddlewareContext;
import dev.cairn.spi.Quarantine;
import java.lang.reflect.Type;
import java.sql.Connection;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/*
 * An item that kills its process is known only if it was recorded before it ran, and a record for
 * each item would cost a round trip. So nothing is recorded until the process has died once. From
 * then on, each attempt begins by recording each item for a while. The fatal item is at most one
 * flush interval behind the durable position; if not, the position is closer to it in the next
 * attempt.
 */

/** Handles the items of one step that fail or kill their process (R20). */
final class PoisonWatch {
  private static final Log log = Log.of(PoisonWatch.class);
  private static final Duration CAREFUL = Duration.ofSeconds(30);
  private static final int ERROR_MAX = 16_000;

  private final MiddlewareContext context;
  private final StepLedger ledger;
  private final FailureRules failures;
  private final SourceFaults faults;
  private final StepScope scope;
  private final StepEntry entry;
  private final StepValues values;
  private final ItemPolicy policy;
  private final SkipCount skips;
  private final String suspectName;
  private final int rescues;
  private final long carefulUntil = System.nanoTime() + CAREFUL.toNanos();
  private final @Nullable String suspect;
  private final int crashesOfSuspect;

  /** The items that are aside, by position, as they are stored. */
  private final Map<Object, String> aside = new HashMap<>();

  /**
   * @param cursorType the type of the source's positions
   */
  PoisonWatch(
      StepRunner runner,
      StepScope scope,
      StepEntry entry,
      ItemPolicy policy,
      SkipCount skips,
      Type cursorType) {
    this.context = runner.context();
    this.ledger = runner.ledger();
    this.failures = runner.failures();
    this.faults = runner.faults();
    this.scope = scope;
    this.values = runner.values();
    this.entry = entry;
    this.policy = policy;
    this.skips = skips;
    this.suspectName = entry.path() + "/" + SavedSteps.OWN + "suspect";
    this.rescues = rescues(context.job().metadata());
    String saved = isCareful() ? ledger.savedValue(suspectName) : null;
    JsonNode record = saved == null ? null : JsonMapper.shared().readTree(saved);
    this.suspect = record == null ? null : record.path("item").asString();
    this.crashesOfSuspect =
        record == null
            ? 0
            : record.path("crashes").asInt() + (rescues > record.path("rescues").asInt() ? 1 : 0);
    if (ledger.aside().has(entry.path())) {
      for (String position : context.quarantine().positions(entry.path())) {
        aside.put(values.cursor(entry, position, cursorType), position);
      }
      ledger.passesItemsOver(entry);
    }
    if (skips.isAny()) {
      ledger.passesItemsOver(entry);
    }
  }

  private static int rescues(String metadata) {
    return metadata.contains("\"" + MetadataKeys.RESCUE_COUNT + "\"")
        ? StoredJson.read(metadata).path(MetadataKeys.RESCUE_COUNT).asInt(0)
        : 0;
  }

  /** Whether each item is recorded before it is processed. */
  boolean isCareful() {
    return policy.action() == ItemPolicy.Action.QUARANTINE
        && rescues > 0
        && System.nanoTime() - carefulUntil < 0;
  }

  /** Checks for interruptions, including those by the failure of another branch. */
  void yieldIfInterrupted() {
    scope.yieldIfInterrupted();
  }

  boolean mayPassOver() {
    return policy.action() != ItemPolicy.Action.RETRY_JOB;
  }

  /** Whether the item may be processed; if not, it has been put aside. */
  boolean admits(Object position, @Nullable Object before) {
    if (!isCareful()) {
      return true;
    }
    String item = values.encodeCursor(entry, position);
    int crashes = item.equals(suspect) ? crashesOfSuspect : 0;
    if (crashes >= policy.crashes()) {
      putAside(
          position,
          before,
          "the process died %d times while it worked this item".formatted(crashes),
          crashes);
      passOver();
      return false;
    }
    String record =
        JsonMapper.shared()
            .createObjectNode()
            .put("item", item)
            .put("crashes", crashes)
            .put("rescues", rescues)
            .toString();
    context.checkpoints().save(new Checkpoint(suspectName, null, true, record));
    context.checkpoints().flush();
    return true;
  }

  /** The number of items that were met before this try, if the progress is not their number. */
  long met() {
    return skips.metBefore();
  }

  /** Notes how many items were met, in a source whose progress is not their number. */
  void met(long items) {
    if (policy.share() > 0) {
      skips.noteMet(items);
    }
  }

  /** Prepares to try items alone that have failed together, including their nested steps. */
  void tryAlone() {
    ledger.retry(entry);
    scope.forgetFailure();
  }

  /** Notes that an item is finished. If it was put aside before, it no longer is. */
  void done(Object position) {
    String stored = aside.isEmpty() ? null : aside.remove(position);
    if (stored != null) {
      context.quarantine().release(entry.path(), stored);
    }
  }

  /** The same as {@link #done}, in the transaction that finishes the item. */
  void doneTx(Connection connection, Object position) {
    String stored = aside.isEmpty() ? null : aside.get(position);
    if (stored != null) {
      boolean ignored = context.quarantine().releaseTx(connection, entry.path(), stored);
    }
  }

  /**
   * Skips a failed item, or throws its failure.
   *
   * @param metBefore the number of items before it, over all attempts
   */
  void failed(Object position, @Nullable Object before, long metBefore, Exception failure)
      throws Exception {
    if (!mayPassOver()) {
      throw failure;
    }
    requireOfItem(failure);
    if (policy.action() == ItemPolicy.Action.QUARANTINE) {
      try {
        putAside(position, before, text(failure), 0);
      } catch (RuntimeException e) {
        new ForeignFailure(e).suppress(failure);
        throw e;
      }
    } else if (skips.skip(
        policy, metBefore + 1, entry.path(), values.encodeCursor(entry, position))) {
      log.warn(
          "{}: step '{}' skips the item at {} [CAIRN-325]",
          values.job(),
          entry.path(),
          position,
          failure);
    } else {
      throw failure;
    }
    passOver();
  }

  /**
   * Throws a failure that is not caused by the item, for example because the attempt has to stop.
   */
  void requireOfItem(Exception failure) throws Exception {
    if (!ItemFailure.isOfItem(failure)
        || faults.isOfInnermostSource(failure)
        || failures.decide(failure)) {
      throw failure;
    }
    if (context.interruption().isPresent()) {
      throw interrupted(failure);
    }
    try {
      scope.yieldIfInterrupted();
    } catch (TimeLimitException e) {
      // The item was interrupted because the time limit of the step or of an enclosing step has
      // passed.
      throw failure;
    }
  }

  /**
   * The exception that ends the attempt if it has to stop when an item has failed. The interruption
   * may have caused the failure; the next attempt will show. A failure would use up an attempt.
   */
  private Exception interrupted(Exception failure) {
    try {
      context.yieldIfInterrupted();
    } catch (JobInterruption e) {
      e.addSuppressed(failure);
      throw e;
    }
    return failure;
  }

  /** Lets the following steps run, although a nested step may have failed. */
  void passOver() {
    scope.forgetFailure();
    ledger.passesItemsOver(entry);
  }

  private void putAside(Object position, @Nullable Object before, String error, int crashes) {
    String stored = aside.get(position);
    if (stored == null) {
      requireRoom(position);
    }
    log.warn(
        "{}: step '{}' puts the item at {} aside: {} [CAIRN-325]",
        values.job(),
        entry.path(),
        position,
        error.lines().findFirst().orElse(""));
    String item = stored == null ? values.encodeCursor(entry, position) : stored;
    new StepEvents(context).quarantined(entry, item, error);
    context
        .quarantine()
        .put(
            entry.path(),
            new Quarantine.Item(
                item, before == null ? null : values.encodeCursor(entry, before), error, crashes));
    aside.put(position, item);
    ledger.aside().put(entry.path());
  }

  private void requireRoom(Object position) {
    int all = aside.size();
    if (all >= policy.most()) {
      throw new TooManyAsideException(
          ("step '%s' of %s has put %d items aside, as many as its ItemPolicy allows, and the item "
                  + "at %s is one more: remove the cause, or allow more with ItemPolicy.quarantine(n) [CAIRN-333]")
              .formatted(entry.path(), values.job(), all, position));
    }
  }

  static String text(Exception failure) {
    String all = new ForeignFailure(failure).trace();
    return all.length() <= ERROR_MAX ? all : all.substring(0, ERROR_MAX);
  }
}
