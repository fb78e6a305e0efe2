package dev.cairn.opentelemetry;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The door to OpenTelemetry: whatever its parts throw, the job and the insertion go on. */
final class Guard {
  private static final Logger log = LoggerFactory.getLogger(Tracing.class);

  private Guard() {}

  static void run(String what, Runnable body) {
    ask(
        what,
        () -> {
          body.run();
          return null;
        });
  }

  /** The answer; null if there is none. */
  static <T> @Nullable T ask(String what, Supplier<@Nullable T> question) {
    try {
      return question.get();
    } catch (Throwable e) {
      tell(what, e);
      return null;
    }
  }

  private static void tell(String what, Throwable failure) {
    try {
      log.warn("Could not trace {}; it continues without its span [CAIRN-530]", what, failure);
    } catch (Throwable e) {
      // A logger that fails is no reason for a job to fail.
    }
  }
}
