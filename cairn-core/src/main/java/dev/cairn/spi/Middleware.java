package dev.cairn.spi;

import dev.cairn.InsertResult;
import dev.cairn.JobInsert;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Wraps every attempt of every job, and every insertion. The first in the client's list is the
 * outermost. Called by many threads at once, so it must be thread-safe.
 */
@FunctionalInterface
public interface Middleware {
  /**
   * Works one attempt by calling {@code next} at most once. Without that call, the worker is
   * skipped and the job is completed. An exception decides the outcome of the attempt.
   */
  void work(MiddlewareContext context, Next next) throws Exception;

  /**
   * Inserts jobs by calling {@code next}, with the same jobs or others. Exceptions propagate to the
   * caller. The default just calls {@code next}.
   *
   * @param jobs the jobs of one call, in the caller's order, with the defaults of their arguments
   * @return the result of each; empty for {@code insertManyFast}, which does not return results
   */
  default List<InsertResult> insert(List<JobInsert> jobs, InsertNext next) {
    return next.proceed(jobs);
  }

  /**
   * Middleware that sees each job before it is inserted, and may change it.
   *
   * @param change gets a job with the defaults of its arguments, and returns the job to insert; if
   *     it throws, no job of the call is inserted
   */
  static Middleware beforeInsert(UnaryOperator<JobInsert> change) {
    return new Middleware() {
      @Override
      public void work(MiddlewareContext context, Next next) throws Exception {
        next.proceed();
      }

      @Override
      public List<InsertResult> insert(List<JobInsert> jobs, InsertNext next) {
        return next.proceed(jobs.stream().map(change).toList());
      }
    };
  }

  /** The rest of the chain, with the worker at its end. */
  @FunctionalInterface
  interface Next {
    /** Runs the rest of the chain. An exception fails the attempt unless the caller handles it. */
    void proceed() throws Exception;
  }

  /** The rest of the chain, with the database at its end. */
  @FunctionalInterface
  interface InsertNext {
    /** Inserts these jobs. Returns the result of each; empty for {@code insertManyFast}. */
    List<InsertResult> proceed(List<JobInsert> jobs);
  }
}
