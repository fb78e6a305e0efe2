package dev.cairn.internal.client;

import dev.cairn.InsertResult;
import dev.cairn.JobInsert;
import dev.cairn.spi.Middleware;
import dev.cairn.spi.MiddlewareContext;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Middleware for the jobs of one kind. It does not see attempts and insertions of other kinds. */
public record KindMiddleware(String kind, Middleware middleware) implements Middleware {
  @Override
  public void work(MiddlewareContext context, Next next) throws Exception {
    if (context.job().kind().equals(kind)) {
      middleware.work(context, next);
    } else {
      next.proceed();
    }
  }

  @Override
  public List<InsertResult> insert(List<JobInsert> jobs, InsertNext next) {
    List<JobInsert> own = jobs.stream().filter(this::concerns).toList();
    if (own.isEmpty()) {
      return next.proceed(jobs);
    }
    if (own.size() == jobs.size()) {
      return middleware.insert(jobs, next);
    }
    return new Mixed(jobs, next).insert(own);
  }

  private boolean concerns(JobInsert job) {
    return job.kind().equals(kind);
  }

  @Override
  public String toString() {
    return "%s for '%s'".formatted(middleware, kind);
  }

  /**
   * Jobs of this kind among others. The middleware sees only its own jobs, and all jobs are still
   * inserted by one call.
   */
  private final class Mixed {
    private final List<JobInsert> jobs;
    private final InsertNext next;
    private List<InsertResult> ofOthers = List.of();
    private boolean inserted;

    Mixed(List<JobInsert> jobs, InsertNext next) {
      this.jobs = jobs;
      this.next = next;
    }

    List<InsertResult> insert(List<JobInsert> own) {
      List<InsertResult> ofOwn = middleware.insert(own, this::proceed);
      if (!inserted) {
        ofOthers = next.proceed(others());
      }
      return inOrder(ofOwn);
    }

    private List<JobInsert> others() {
      return jobs.stream().filter(job -> !concerns(job)).toList();
    }

    /** Inserts the other jobs first; each result is put back in its place. */
    private List<InsertResult> proceed(List<JobInsert> changed) {
      List<JobInsert> all = inserted ? new ArrayList<>() : new ArrayList<>(others());
      int before = all.size();
      all.addAll(changed);
      List<InsertResult> results = next.proceed(all);
      if (results.isEmpty()) {
        inserted = true;
        return results;
      }
      if (!inserted) {
        ofOthers = results.subList(0, before);
        inserted = true;
      }
      return results.subList(before, results.size());
    }

    private List<InsertResult> inOrder(List<InsertResult> ofOwn) {
      if (ofOwn.isEmpty() && ofOthers.isEmpty()) {
        return List.of();
      }
      Iterator<InsertResult> own = ofOwn.iterator();
      Iterator<InsertResult> others = ofOthers.iterator();
      var ordered = new ArrayList<InsertResult>();
      for (JobInsert job : jobs) {
        Iterator<InsertResult> from = concerns(job) ? own : others;
        if (from.hasNext()) {
          ordered.add(from.next());
        }
      }
      own.forEachRemaining(ordered::add);
      return List.copyOf(ordered);
    }
  }
}
