package dev.cairn.opentelemetry;

import dev.cairn.internal.foreign.ForeignCode;
import org.jspecify.annotations.Nullable;

/** The door to OpenTelemetry: whatever its parts throw, the job or the insertion continues. */
final class Guard {
  private static final String WHO = "OpenTelemetry";

  private Guard() {}

  /**
   * @param what as in "in the span of a step"
   */
  static void run(String what, ForeignCode.Body body) {
    ForeignCode.runInJob(WHO, what, body);
  }

  /** The result; null if there is none. */
  static <T> @Nullable T ask(String what, ForeignCode.Question<@Nullable T> question) {
    return ForeignCode.<@Nullable T>askInJob(WHO, what, null, question);
  }
}
