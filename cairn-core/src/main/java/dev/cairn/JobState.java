package dev.cairn;

import java.util.Locale;

/** The states of a job, as River names them. Gets no further constants. */
public enum JobState {
  /** Ready to be claimed once {@code scheduledAt} has come. */
  AVAILABLE,
  /** Ended by a cancellation. Final. */
  CANCELLED,
  /** Completed by its worker. Final. */
  COMPLETED,
  /** Ended because its attempts were used up or its worker discarded it. Final. */
  DISCARDED,
  /** Waits until it is made available. */
  PENDING,
  /** Failed; waits for {@code scheduledAt} to be retried. */
  RETRYABLE,
  /** Claimed by a client that works it. */
  RUNNING,
  /** Waits for {@code scheduledAt}. */
  SCHEDULED;

  /** The label of this state in the database, for example {@code available}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The state with this label.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static JobState ofLabel(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }

  /** Whether a job in this state never runs again unless it is retried by hand. */
  public boolean isFinal() {
    return this == CANCELLED || this == COMPLETED || this == DISCARDED;
  }
}
