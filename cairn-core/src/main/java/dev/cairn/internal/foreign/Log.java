package dev.cairn.internal.foreign;

import dev.cairn.internal.text.DurationText;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.helpers.NOPLogger;

/**
 * A logger that never throws. The backend behind SLF4J, and the {@code toString} and {@code
 * getMessage} of what is logged, are code of the user: a failing log line must not stop a loop or
 * lose an outcome. Durations are written in readable form. Thread-safe.
 */
public final class Log {
  private final Logger target;

  private Log(Logger target) {
    this.target = target;
  }

  /**
   * The logger of a class. If the backend cannot provide one, nothing is logged, because the class
   * must still load.
   */
  public static Log of(Class<?> owner) {
    try {
      return new Log(LoggerFactory.getLogger(owner));
    } catch (Throwable e) {
      return new Log(NOPLogger.NOP_LOGGER);
    }
  }

  public void debug(String format, @Nullable Object... arguments) {
    log(Level.DEBUG, format, arguments);
  }

  public void info(String format, @Nullable Object... arguments) {
    log(Level.INFO, format, arguments);
  }

  public void warn(String format, @Nullable Object... arguments) {
    log(Level.WARN, format, arguments);
  }

  public void error(String format, @Nullable Object... arguments) {
    log(Level.ERROR, format, arguments);
  }

  /** The last argument may be an exception, as in SLF4J. */
  private void log(Level level, String format, @Nullable Object... arguments) {
    try {
      if (target.isEnabledForLevel(level)) {
        write(level, format, readable(arguments));
      }
    } catch (Throwable e) {
      logPlainly(level, format, e);
    }
  }

  private static @Nullable Object[] readable(@Nullable Object... arguments) {
    return Arrays.stream(arguments)
        .map(each -> each instanceof Duration duration ? DurationText.of(duration) : each)
        .toArray();
  }

  private void write(Level level, String format, @Nullable Object... arguments) {
    switch (level) {
      case ERROR -> target.error(format, arguments);
      case WARN -> target.warn(format, arguments);
      case INFO -> target.info(format, arguments);
      case DEBUG, TRACE -> target.debug(format, arguments);
    }
  }

  /** Logs without the arguments, because one of them may have caused the failure. */
  private void logPlainly(Level level, String format, Throwable failure) {
    try {
      write(
          level,
          "{} (logged without its values: {} was thrown)",
          format,
          failure.getClass().getName());
    } catch (Throwable again) {
      // Even this failed: the line is lost.
    }
  }
}
