package dev.cairn.internal.postgres;

import dev.cairn.internal.store.CheckpointWrite;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Checkpoints as parameters: an array for each column. */
final class CheckpointArrays {
  private CheckpointArrays() {}

  /**
   * Adds {@code names}, {@code positions}, {@code finished}, {@code values}, {@code sequences},
   * {@code spent_ms}, {@code began_us_ago}, {@code done} and {@code total}.
   */
  static void put(Map<String, @Nullable Object> values, List<CheckpointWrite> writes) {
    values.put("names", SqlArray.texts(writes, write -> write.checkpoint().name()));
    values.put("positions", SqlArray.integers(writes, write -> write.checkpoint().position()));
    values.put("finished", SqlArray.booleans(writes, write -> write.checkpoint().finished()));
    values.put("values", SqlArray.texts(writes, write -> write.checkpoint().value()));
    values.put("sequences", SqlArray.longs(writes, CheckpointWrite::sequence));
    values.put("spent_ms", SqlArray.longs(writes, CheckpointWrite::spentMillis));
    values.put("began_us_ago", SqlArray.longs(writes, CheckpointWrite::beganMicrosAgo));
    values.put("done", SqlArray.longs(writes, write -> write.checkpoint().progress().done()));
    values.put("total", SqlArray.longs(writes, write -> write.checkpoint().progress().total()));
  }
}
