package dev.cairn;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.BasicMDCAdapter;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * The logging of all tests: keeps warnings, for those who ask, and prints nothing. Tests can have
 * it fail.
 */
public final class TestLogs implements SLF4JServiceProvider {
  private static final int KEPT_MAX = 1_000;
  private static final Queue<Warning> warnings = new ConcurrentLinkedQueue<>();
  private static final List<Trap> traps = new CopyOnWriteArrayList<>();

  private final IMarkerFactory markers = new BasicMarkerFactory();
  private final MDCAdapter mdc = new TrappedMdc();

  /** Made by SLF4J. */
  public TestLogs() {}

  /** Forgets what earlier tests have left. */
  public static void forget() {
    warnings.clear();
  }

  /** The latest warnings that contain a text. */
  public static List<String> warnings(String text) {
    return warnings.stream().map(Warning::text).filter(it -> it.contains(text)).toList();
  }

  /** The failures that were logged with the latest warnings that contain a text. */
  public static List<Throwable> failures(String text) {
    return warnings.stream()
        .filter(warning -> warning.text().contains(text))
        .flatMap(warning -> Stream.ofNullable(warning.failure()))
        .toList();
  }

  private record Warning(String text, @Nullable Throwable failure) {}

  /**
   * Has an action run within the logging library, before it takes note of something.
   *
   * @param concerned what it is run for: a warning, or a {@code key=value} of the MDC
   * @return ends it
   */
  public static Runnable trap(Predicate<String> concerned, Runnable action) {
    var trap = new Trap(concerned, action);
    traps.add(trap);
    return () -> traps.remove(trap);
  }

  private record Trap(Predicate<String> concerned, Runnable action) {}

  private static void spring(String text) {
    for (Trap trap : traps) {
      if (trap.concerned().test(text)) {
        trap.action().run();
      }
    }
  }

  @Override
  public ILoggerFactory getLoggerFactory() {
    return name -> {
      spring(name);
      return new Recorder(name);
    };
  }

  @Override
  public IMarkerFactory getMarkerFactory() {
    return markers;
  }

  @Override
  public MDCAdapter getMDCAdapter() {
    return mdc;
  }

  @Override
  public String getRequestedApiVersion() {
    return "2.0.99";
  }

  @Override
  public void initialize() {}

  private static final class TrappedMdc extends BasicMDCAdapter {
    @Override
    public void put(String key, @Nullable String value) {
      spring(key + "=" + value);
      super.put(key, value);
    }

    @Override
    public void setContextMap(Map<String, String> values) {
      values.forEach((key, value) -> spring(key + "=" + value));
      super.setContextMap(values);
    }
  }

  private static final class Recorder extends LegacyAbstractLogger {
    private static final long serialVersionUID = 1;

    Recorder(String name) {
      this.name = name;
    }

    @Override
    protected void handleNormalizedLoggingCall(
        Level level,
        @Nullable Marker marker,
        String pattern,
        @Nullable Object @Nullable [] arguments,
        @Nullable Throwable failure) {
      String text = MessageFormatter.basicArrayFormat(pattern, arguments);
      spring(text);
      if (failure != null) {
        // As whoever writes it somewhere has to.
        Object ignored = failure.getStackTrace();
        failure.printStackTrace(new PrintWriter(Writer.nullWriter()));
      }
      warnings.add(new Warning(text, failure));
      if (warnings.size() > KEPT_MAX) {
        warnings.poll();
      }
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
      return null;
    }

    @Override
    public boolean isTraceEnabled() {
      return false;
    }

    @Override
    public boolean isDebugEnabled() {
      return false;
    }

    @Override
    public boolean isInfoEnabled() {
      return false;
    }

    @Override
    public boolean isWarnEnabled() {
      return true;
    }

    @Override
    public boolean isErrorEnabled() {
      return true;
    }
  }
}
