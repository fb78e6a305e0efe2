package dev.cairn.testing;

import dev.cairn.InsertResult;
import dev.cairn.JobInsert;
import dev.cairn.UniqueOptions;
import dev.cairn.spi.Middleware;
import dev.cairn.spi.MiddlewareContext;
import java.util.List;

/**
 * Has a client insert every job, including those that would be duplicates by their {@link
 * UniqueOptions}: for tests that insert the same job more than once. Add it last, so that it sees
 * what other middleware has made of the jobs.
 *
 * <pre>{@code
 * Cairn.builder(dataSource).middleware(new WithoutUnique())
 * }</pre>
 */
public final class WithoutUnique implements Middleware {
  @Override
  public void work(MiddlewareContext context, Next next) throws Exception {
    next.proceed();
  }

  @Override
  public List<InsertResult> insert(List<JobInsert> jobs, InsertNext next) {
    return next.proceed(
        jobs.stream()
            .map(job -> job.withOptions(job.options().withUnique(UniqueOptions.none())))
            .toList());
  }
}
