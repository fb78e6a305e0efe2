package dev.cairn.internal.foreign;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls foreign code, which is code of the user or of libraries that the user provides. Outside of
 * a job's own attempt, all such calls go through this class. Such code may throw anything,
 * including an {@link Error} or an undeclared checked exception. It may leave the thread
 * interrupted or with another context class loader. None of this reaches the caller. Exceptions are
 * logged with the class that threw them and the purpose of the call.
 *
 * <p>This class does not limit the time of such code. Callers that must not wait for it call it on
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
   * @param who the code, or its name, for the log
   * @param what when or why the code is called, for the log: "{@code who} failed {@code what}"
   * @return whether it returned normally
   */
  public static boolean run(Object who, String what, Body body) {
    return ask(who, what, false, answering(body));
  }

  /** Calls foreign code for a result; returns {@code otherwise} if it throws. */
  public static <T extends @Nullable Object> T ask(
      Object who, String what, T otherwise, Question<T> question) {
    return ask(who, () -> what, otherwise, question);
  }

  /**
   * Like {@link #ask(Object, String, Object, Question)}, for code that is called for every job.
   *
   * @param what creates the text for the log, only if it is needed
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
   * Like {@link #run}, on a thread of a job: an interrupt is kept, because it may be meant for the
   * job.
   */
  public static boolean runInJob(Object who, String what, Body body) {
    return askInJob(who, what, false, answering(body));
  }

  /** Like {@link #ask(Object, String, Object, Question)}, on a thread of a job or of a caller. */
  public static <T extends @Nullable Object> T askInJob(
      Object who, String what, T otherwise, Question<T> question) {
    return askInJob(who, () -> what, otherwise, question);
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
   * Calls foreign code for a caller that handles its exceptions. Only the state of the thread is
   * restored afterwards.
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
