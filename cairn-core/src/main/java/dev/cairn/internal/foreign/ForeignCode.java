package dev.cairn.internal.foreign;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one door for foreign code: whatever Cairn calls of its user, or of a library that the user
 * gives it, outside of a job's own attempt goes through here. Such code may throw anything, an
 * {@link Error} or a checked exception that it does not declare too, and may leave the thread
 * interrupted or with another context class loader. None of that leaves this class. What it throws
 * is logged with who threw it and what it was called for.
 *
 * <p>Code that does not return cannot be helped here: whoever must not wait for it calls it on
 * another thread.
 */
public final class ForeignCode {
  private static final Log log = Log.of(ForeignCode.class);

  private ForeignCode() {}

  /** Code that may throw anything. */
  @FunctionalInterface
  public interface Body {
    void run() throws Throwable;
  }

  /** Code with a result that may throw anything. */
  @FunctionalInterface
  public interface Question<T extends @Nullable Object> {
    T answer() throws Throwable;
  }

  /**
   * Runs foreign code.
   *
   * @param who names it, for the log
   * @param what it is called for
   * @return whether it returned normally
   */
  public static boolean run(Object who, String what, Body body) {
    return ask(who, what, false, answering(body));
  }

  /** Asks foreign code; {@code otherwise} if it throws. */
  public static <T extends @Nullable Object> T ask(
      Object who, String what, T otherwise, Question<T> question) {
    return ask(who, () -> what, otherwise, question);
  }

  /**
   * Asks foreign code that every job is asked for.
   *
   * @param what makes the text only when it is needed
   */
  public static <T extends @Nullable Object> T ask(
      Object who, Supplier<String> what, T otherwise, Question<T> question) {
    boolean interrupted = Thread.currentThread().isInterrupted();
    try {
      return askInJob(who, what, otherwise, question);
    } finally {
      if (!interrupted) {
        boolean ignored = Thread.interrupted();
      }
    }
  }

  /**
   * Like {@link #run} on a thread of a job: an interrupt is left as it is found, since it may be
   * meant for the job.
   */
  public static boolean runInJob(Object who, String what, Body body) {
    return askInJob(who, () -> what, false, answering(body));
  }

  private static <T extends @Nullable Object> T askInJob(
      Object who, Supplier<String> what, T otherwise, Question<T> question) {
    Thread thread = Thread.currentThread();
    ClassLoader loader = thread.getContextClassLoader();
    try {
      return question.answer();
    } catch (Throwable e) {
      log.warn("{} failed {} [CAIRN-523]", name(who), what.get(), e);
      return otherwise;
    } finally {
      thread.setContextClassLoader(loader);
    }
  }

  /**
   * Asks foreign code on behalf of a caller that deals with what it throws: only the thread is put
   * in order after it.
   */
  public static <T extends @Nullable Object> T tidily(Supplier<T> question) {
    Thread thread = Thread.currentThread();
    boolean interrupted = thread.isInterrupted();
    ClassLoader loader = thread.getContextClassLoader();
    try {
      return question.get();
    } finally {
      thread.setContextClassLoader(loader);
      if (!interrupted) {
        boolean ignored = Thread.interrupted();
      }
    }
  }

  private static Question<Boolean> answering(Body body) {
    return () -> {
      body.run();
      return true;
    };
  }

  private static String name(Object who) {
    return who instanceof String text ? text : who.getClass().getName();
  }
}
