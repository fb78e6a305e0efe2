package dev.cairn.internal.upkeep;

import dev.cairn.CairnException;
import dev.cairn.StoreUnavailableException;
import dev.cairn.internal.foreign.ForeignCode;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.UpkeepStore;
import dev.cairn.schedule.Schedule;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Rebuilds the indexes of the jobs by a schedule, without blocking other statements. If many rows
 * are inserted and deleted, indexes grow and do not shrink by themselves.
 */
final class Reindexer implements LeaderService {
  private static final Log log = Log.of(Reindexer.class);
  private static final Duration INTERVAL_MAX = Duration.ofMinutes(5);
  private static final Duration INDEX_MAX = Duration.ofMinutes(1);
  private static final int PAUSE_TURNS_MAX = 12;

  private final UpkeepStore store;
  private final Schedule schedule;
  private final BooleanSupplier leads;
  private @Nullable Instant next;

  /** Whether there may be unfinished indexes, including those of an earlier leader. */
  private boolean mayHaveUnfinished = true;

  /** Each try disturbs the vacuum of the table, so the pause doubles, up to an hour. */
  private int turnsUntilDrop;

  private int pauseInTurns = 1;

  Reindexer(UpkeepStore store, Schedule schedule, BooleanSupplier leads) {
    this.store = store;
    this.schedule = schedule;
    this.leads = leads;
  }

  @Override
  public String name() {
    return "reindex";
  }

  @Override
  public Duration turn() {
    Instant now = store.now();
    boolean isDue = next != null && !next.isAfter(now);
    Instant asked =
        ForeignCode.ask(
                schedule,
                "when asked for the next time to rebuild the indexes",
                Optional.<Instant>empty(),
                () -> Objects.requireNonNull(schedule.next(now)))
            .orElse(null);
    // Set before the indexes are rebuilt: if that fails, it must not be repeated in each turn. A
    // time in the future is kept: a schedule that counts from now would postpone it in each turn.
    next = isDue ? asked : earlier(next, asked);
    if (mayHaveUnfinished && --turnsUntilDrop < 0) {
      dropUnfinished();
    }
    if (isDue) {
      reindex();
    }
    Duration wait = next == null ? INTERVAL_MAX : Duration.between(now, next);
    return wait.compareTo(INTERVAL_MAX) < 0 ? wait.plusMillis(1) : INTERVAL_MAX;
  }

  /** The schedule may return an earlier time if the database's clock has gone back. */
  private static @Nullable Instant earlier(@Nullable Instant next, @Nullable Instant asked) {
    return next == null || (asked != null && asked.isBefore(next)) ? asked : next;
  }

  private void reindex() {
    for (String index : store.indexes()) {
      if (!leads.getAsBoolean()) {
        return;
      }
      try {
        store.reindex(index, INDEX_MAX);
      } catch (CairnException e) {
        log.warn(
            "Could not rebuild index {}; will retry at the scheduled time [CAIRN-612]", index, e);
        mayHaveUnfinished = true;
        dropUnfinished();
      }
    }
  }

  /**
   * If a long transaction has made a rebuild fail, it also makes the drop fail, so a later turn
   * tries again. If the role must not drop indexes, another try would not help.
   */
  private void dropUnfinished() {
    boolean again = true;
    try {
      again = !store.dropUnfinishedIndexes(INDEX_MAX);
    } catch (ContendedException | StoreUnavailableException e) {
      log.debug("Could not drop unfinished indexes; will retry later", e);
    } catch (CairnException e) {
      again = false;
      log.warn(
          "Could not drop the unfinished indexes of a rebuild that was cut off, which slow down"
              + " every change of a job; drop them as the owner of the table [CAIRN-612]",
          e);
    }
    mayHaveUnfinished = again;
    turnsUntilDrop = pauseInTurns - 1;
    pauseInTurns = again ? Math.min(2 * pauseInTurns, PAUSE_TURNS_MAX) : 1;
  }
}
