package dev.cairn;

import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.spi.Hook;
import dev.cairn.spi.Middleware;
import dev.cairn.spi.MiddlewareContext;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Calls the hooks of a client, those of one kind only for its jobs. */
record HookMiddleware(List<Scoped> hooks) implements Middleware {
  HookMiddleware {
    hooks = List.copyOf(hooks);
  }

  /**
   * A hook and what it is for.
   *
   * @param kind the only kind it is called for; all if null
   */
  record Scoped(Hook hook, @Nullable String kind) {
    boolean concerns(String ofJob) {
      return kind == null || kind.equals(ofJob);
    }
  }

  @Override
  public List<InsertResult> insert(List<JobInsert> jobs, InsertNext next) {
    return next.proceed(jobs.stream().map(this::beforeInsert).toList());
  }

  private JobInsert beforeInsert(JobInsert job) {
    JobInsert changed = job;
    for (Scoped scoped : hooks) {
      if (scoped.concerns(Kinds.of(changed.args().getClass()))) {
        changed = scoped.hook().beforeInsert(changed);
      }
    }
    return changed;
  }

  @Override
  public void work(MiddlewareContext context, Next next) throws Exception {
    var begun = new ArrayDeque<Hook>();
    Throwable failure = null;
    try {
      begin(context, begun);
      next.proceed();
    } catch (Throwable e) {
      failure = e;
    }
    for (Hook hook : begun) {
      failure = afterWork(hook, context, failure);
    }
    if (failure != null) {
      raise(failure);
    }
  }

  private void begin(WorkContext context, Deque<Hook> begun) throws Exception {
    for (Scoped scoped : hooks) {
      if (scoped.concerns(context.job().kind())) {
        scoped.hook().beforeWork(context);
        begun.push(scoped.hook());
      }
    }
  }

  private static @Nullable Throwable afterWork(
      Hook hook, WorkContext context, @Nullable Throwable failure) {
    try {
      return hook.afterWork(context, failure);
    } catch (Throwable e) {
      if (failure == null) {
        return e;
      }
      new ForeignFailure(failure).suppress(e);
      return failure;
    }
  }

  private static void raise(Throwable failure) throws Exception {
    switch (failure) {
      case Exception e -> throw e;
      case Error e -> throw e;
      default -> throw new CairnException(new ForeignFailure(failure).text(), failure);
    }
  }
}
