package dev.cairn;

import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/** An exception whose own code misbehaves. */
final class PoisonedFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private final Part part;
  private final transient Poison poison;

  enum Part {
    MESSAGE,
    LOCALIZED_MESSAGE,
    CAUSE,
    TEXT,
    STACK_TRACE,
    PRINTED_STACK_TRACE
  }

  PoisonedFailure(Part part, Poison poison) {
    super("own failure");
    this.part = part;
    this.poison = poison;
  }

  private void comeTo(Part here) {
    if (part == here) {
      poison.take();
    }
  }

  @Override
  public @Nullable String getMessage() {
    comeTo(Part.MESSAGE);
    return super.getMessage();
  }

  @Override
  public @Nullable String getLocalizedMessage() {
    comeTo(Part.LOCALIZED_MESSAGE);
    return super.getLocalizedMessage();
  }

  @Override
  @SuppressWarnings("UnsynchronizedOverridesSynchronized") // must not hang with a lock held
  public @Nullable Throwable getCause() {
    comeTo(Part.CAUSE);
    return super.getCause();
  }

  @Override
  public String toString() {
    comeTo(Part.TEXT);
    return super.toString();
  }

  @Override
  public StackTraceElement[] getStackTrace() {
    comeTo(Part.STACK_TRACE);
    return super.getStackTrace();
  }

  @Override
  public void printStackTrace(PrintWriter target) {
    comeTo(Part.PRINTED_STACK_TRACE);
    super.printStackTrace(target);
  }
}
