package dev.cairn.internal.work;

import dev.cairn.internal.foreign.ForeignCode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * The threads that run the worker's code in one attempt: its own thread and the threads that it
 * forks. They are interrupted together. A forked thread inherits the time limits of the thread that
 * forked it. Thread-safe.
 */
final class AttemptThreads {
  private final InterruptGate gate = new InterruptGate(Thread.currentThread());
  private final TimeLimits limits = new TimeLimits(gate);

  /** The wrappers for the code of forked threads, the innermost first. */
  private volatile List<UnaryOperator<Runnable>> wrappers = List.of();

  /** Starts with the calling thread. */
  AttemptThreads() {}

  /** Delivers interrupts to the threads. */
  InterruptGate gate() {
    return gate;
  }

  /** Wraps the code of the threads that are forked from now on. */
  synchronized void wrapForks(UnaryOperator<Runnable> wrapper) {
    // Often there is one, and of each attempt that is traced.
    wrappers =
        wrappers.isEmpty()
            ? List.of(wrapper)
            : Stream.concat(Stream.of(wrapper), wrappers.stream()).toList();
  }

  private Runnable wrapped(Runnable body) {
    Runnable wrapped = body;
    for (UnaryOperator<Runnable> wrapper : wrappers) {
      wrapped = wrapper.apply(wrapped);
    }
    return wrapped;
  }

  Thread fork(Runnable code) {
    Runnable body = wrapped(code);
    var logging = new AtomicReference<@Nullable Map<String, String>>();
    gate.during(() ->
        ForeignCode.run(
            "The MDC", "when a job forked", () -> logging.set(MDC.getCopyOfContextMap())));
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    Thread thread =
        Thread.ofVirtual()
            .name(Thread.currentThread().getName() + "-fork")
            .inheritInheritableThreadLocals(false)
            .unstarted(() -> runForked(body, logging.get()));
    thread.setContextClassLoader(loader);
    gate.add(thread);
    limits.inherit(thread);
    thread.start();
    return thread;
  }

  private void runForked(Runnable body, @Nullable Map<String, String> logging) {
    try {
      if (logging != null) {
        gate.during(() ->
            ForeignCode.run("The MDC", "in a fork of a job", () -> MDC.setContextMap(logging)));
      }
      body.run();
    } finally {
      limits.leave();
      gate.remove(Thread.currentThread());
    }
  }

  /** Runs code on the calling thread with a time limit. */
  <T extends @Nullable Object> T within(Duration time, String what, Callable<T> body)
      throws Exception {
    return limits.run(time, what, body);
  }

  /** Throws if a time limit of the calling thread has passed. */
  void checkTime() {
    limits.check();
  }

  /** Runs a statement on the calling thread and holds back interrupts until it ends. */
  <T> T guarded(Supplier<T> statement) {
    gate.enter();
    try {
      return statement.get();
    } finally {
      gate.exit();
    }
  }
}
