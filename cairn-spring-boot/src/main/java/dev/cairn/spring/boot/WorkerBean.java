package dev.cairn.spring.boot;

import dev.cairn.InsertOptions;
import dev.cairn.Job;
import dev.cairn.ResumePolicy;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A worker whose bean is made when it is first needed: workers may have the client injected, and
 * the client has to know its kinds before.
 *
 * @param bean the name of the bean
 * @param source names the bean, or its method, for messages
 * @param inserted the options of new jobs of its kind that say nothing else
 */
record WorkerBean<A>(
    String bean,
    String source,
    String kind,
    Class<A> argsType,
    Worker<A> worker,
    InsertOptions inserted) {
  /**
   * @param isPrototype whether each call is for a worker of its own
   */
  static <A> WorkerBean<A> of(
      String bean,
      String source,
      String kind,
      Class<A> argsType,
      Supplier<Worker<A>> worker,
      BooleanSupplier isPrototype) {
    return new WorkerBean<>(
        bean, source, kind, argsType, new Lazy<>(worker, isPrototype), InsertOptions.defaults());
  }

  /** Names it beside another one, which may be the same method of another bean. */
  String sourceBeside(WorkerBean<?> other) {
    return source.equals(other.source) ? "%s of bean '%s'".formatted(source, bean) : source;
  }

  /** Makes its bean now. */
  void make() {
    if (worker instanceof Makeable late) {
      late.make();
    }
  }

  /** Makes its bean by the first job at the latest. */
  private static final class Lazy<A> implements Worker<A>, Makeable {
    private final Supplier<Worker<A>> bean;
    private final BooleanSupplier isPrototype;
    private volatile @Nullable Worker<A> known;

    /** That of a prototype, for the attempt that runs on this thread. */
    @SuppressWarnings("ThreadLocalUsage") // each worker has its own
    private final ThreadLocal<@Nullable Made<A>> made = new ThreadLocal<>();

    private record Made<A>(Job<A> job, Worker<A> worker) {}

    Lazy(Supplier<Worker<A>> bean, BooleanSupplier isPrototype) {
      this.bean = bean;
      this.isPrototype = isPrototype;
    }

    @Override
    public void make() {
      Worker<A> ignored = get();
    }

    private Worker<A> get() {
      Worker<A> worker = known;
      if (worker == null) {
        worker = bean.get();
        if (!isPrototype.getAsBoolean()) {
          known = worker;
        }
      }
      return worker;
    }

    /** All calls for an attempt are for the same worker. */
    @SuppressWarnings("ReferenceEquality") // the very same attempt is meant
    private Worker<A> of(Job<A> job) {
      Worker<A> worker = known;
      Made<A> last = made.get();
      if (worker == null && last != null && last.job() == job) {
        return last.worker();
      }
      worker = get();
      if (known == null) {
        made.set(new Made<>(job, worker));
      }
      return worker;
    }

    @Override
    public void work(Job<A> job, WorkContext context) throws Exception {
      of(job).work(job, context);
    }

    @Override
    public Optional<Duration> timeout(Job<A> job) {
      return of(job).timeout(job);
    }

    @Override
    public Optional<ResumePolicy> resumePolicy(Job<A> job) {
      return of(job).resumePolicy(job);
    }

    @Override
    public Optional<Instant> nextRetry(Job<A> job, Throwable failure) {
      return of(job).nextRetry(job, failure);
    }
  }
}
