package dev.cairn.dashboard.internal.act;

import dev.cairn.dashboard.internal.answer.Json;
import dev.cairn.dashboard.internal.read.JobDetails.Queue;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a user has seen of the pause of a queue. The time alone does not tell one pause from
 * another: a queue that is paused again keeps the time of its first pause, and gets the name and
 * the reason of the second.
 */
public final class SeenPause {
  /** Members of a request. */
  public static final String AT = "pausedAt";

  public static final String BY = "pausedBy";
  public static final String REASON = "pauseReason";

  /** Those that were given. */
  private final Map<String, @Nullable String> given = new HashMap<>();

  /**
   * Since when it was paused; null if it was not. A time that no calendar has is compared as it was
   * shown.
   */
  public void at(@Nullable Instant time) {
    given.put(AT, text(time));
  }

  /** Who had paused it, or why. */
  public void note(String member, @Nullable String value) {
    given.put(member, value);
  }

  /** Whether all that the user has seen is so now. */
  boolean isStill(Queue now) {
    return is(AT, text(now.pausedAt())) && is(BY, now.pausedBy()) && is(REASON, now.pauseReason());
  }

  private boolean is(String member, @Nullable String now) {
    return !given.containsKey(member) || Objects.equals(given.get(member), now);
  }

  private static @Nullable String text(@Nullable Instant time) {
    return time == null ? null : Json.text(time);
  }
}
