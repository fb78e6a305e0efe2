package dev.cairn.internal.work;

import dev.cairn.internal.store.QuarantineStore;
import dev.cairn.internal.store.StorableJson;
import dev.cairn.spi.Quarantine;
import java.util.List;
import java.util.Optional;

/** The items that one attempt puts aside. Thread-safe. */
record AttemptQuarantine(Attempt attempt, QuarantineStore store) implements Quarantine {
  @Override
  public void put(String step, Item item) {
    attempt.requireActive("put");
    String error = StorableJson.clean(item.error());
    var storable = new Item(item.position(), item.before(), error, item.crashes());
    attempt.attemptCheckpoints().quarantine(step, fenced -> store.put(fenced, step, storable));
  }

  @Override
  public List<Item> toRedrive(String step) {
    attempt.requireActive("toRedrive");
    if (attempt.claimed().claims() == 1) {
      return List.of();
    }
    return attempt.guarded(() -> store.toRedrive(attempt.claimed().claim().jobId(), step));
  }

  @Override
  public void release(String step, String position) {
    attempt.requireActive("release");
    Optional<String> released =
        attempt.guarded(() -> store.release(attempt.claimed().claim(), step, position));
    released.ifPresentOrElse(
        item -> attempt.attemptCheckpoints().released(step, item), attempt::loseJob);
  }
}
