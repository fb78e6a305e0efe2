package dev.cairn.internal.work;

import dev.cairn.internal.json.StorableJson;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.QuarantineStore;
import dev.cairn.internal.store.QuarantineStore.Released;
import dev.cairn.spi.Quarantine;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The items that one attempt puts aside. Thread-safe. */
record AttemptQuarantine(Attempt attempt, QuarantineStore store) implements Quarantine {
  @Override
  public void put(String step, Item item) {
    attempt.requireActive("put");
    String error = StorableJson.clean(item.error());
    var storable = new Item(item.position(), item.before(), error, item.crashes());
    attempt.checkpoints().quarantine(step, fenced -> store.put(fenced, step, storable));
  }

  @Override
  public List<Item> toRedrive(String step) {
    attempt.requireActive("toRedrive");
    return isFirst() ? List.of() : attempt.guarded(() -> store.toRedrive(jobId(), step));
  }

  @Override
  public Map<String, Boolean> steps() {
    attempt.requireActive("steps");
    return isFirst() ? Map.of() : attempt.guarded(() -> store.steps(jobId()));
  }

  @Override
  public List<String> positions(String step) {
    attempt.requireActive("positions");
    // Asked even in the first claim, because this attempt may have put items aside.
    return attempt.guarded(() -> store.positions(jobId(), step));
  }

  @Override
  public boolean isAside(String step, String position) {
    attempt.requireActive("isAside");
    return attempt.guarded(() -> store.isAside(jobId(), step, position));
  }

  /** Whether this is the first claim of the job, so that there are no items of earlier attempts. */
  private boolean isFirst() {
    return attempt.claimed().claims() == 1;
  }

  private long jobId() {
    return claim().jobId();
  }

  private Claim claim() {
    return attempt.claimed().claim();
  }

  @Override
  public void release(String step, String position) {
    attempt.requireActive("release");
    Optional<String> released = attempt.guarded(() -> store.release(claim(), step, position));
    released.ifPresentOrElse(item -> attempt.checkpoints().released(step, item), attempt::loseJob);
  }

  @Override
  public boolean releaseTx(Connection connection, String step, String position) {
    attempt.requireActive("releaseTx");
    // An interruption waits until the transaction is committed, so that its work is kept.
    attempt.yieldIfLeaseLost();
    attempt.checkTime();
    AttemptCheckpoints checkpoints = attempt.checkpoints();
    boolean alone = attempt.policy().jobRowForGo();
    Released released =
        attempt.guarded(
            () -> store.releaseTx(connection, checkpoints.fenced(), step, position, alone));
    attempt.requireHeld(released.standing(), "an item that was put aside");
    if (released.item() == null) {
      return false;
    }
    // Noted before the commit, because every later write must follow the item.
    checkpoints.released(step, released.item());
    return true;
  }

  @Override
  public void rename(String from, String to) {
    attempt.requireActive("rename");
    if (!attempt.guarded(() -> store.rename(claim(), from, to))) {
      attempt.loseJob();
    }
  }

  @Override
  public void forget(String step) {
    attempt.requireActive("forget");
    if (!attempt.guarded(() -> store.forget(claim(), step))) {
      attempt.loseJob();
    }
  }

  @Override
  public void forgetAll() {
    attempt.requireActive("forgetAll");
    if (!attempt.guarded(() -> store.forget(claim(), null))) {
      attempt.loseJob();
    }
  }
}
