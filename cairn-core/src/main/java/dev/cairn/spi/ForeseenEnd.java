package dev.cairn.spi;

import dev.cairn.InterruptionReason;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How an attempt ends, as middleware can know it: see {@link MiddlewareContext#foreseeEnd}. May get
 * further components.
 *
 * @param end how it ends
 * @param why why it was stopped, including a timeout that fails the attempt; null if it ended by
 *     itself, whatever it had been asked
 */
public record ForeseenEnd(AttemptEnd end, @Nullable InterruptionReason why) {
  /** Why it was stopped; empty if it ended by itself. */
  public Optional<InterruptionReason> reason() {
    return Optional.ofNullable(why);
  }
}
