package dev.cairn;

/**
 * Ends an attempt at a point of interruption. An {@link Error}, so that {@code catch (Exception e)}
 * in a worker does not swallow it. If it is swallowed, the next point of interruption throws it
 * again. Do not catch it.
 */
public final class JobInterruption extends Error {
  private static final long serialVersionUID = 1L;

  private final InterruptionReason reason;

  public JobInterruption(InterruptionReason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** Why the attempt has to stop. */
  public InterruptionReason reason() {
    return reason;
  }
}
