package dev.cairn.observability;

import dev.cairn.InsertResult;
import dev.cairn.JobInsert;
import dev.cairn.internal.foreign.ForeignCode;
import dev.cairn.internal.json.TextMembers;
import dev.cairn.spi.AttemptEnd;
import dev.cairn.spi.Middleware;
import dev.cairn.spi.MiddlewareContext;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Observes insertions and attempts. Thread-safe. */
final class ObservingMiddleware implements Middleware {
  private static final String WHO = "An observation";

  private final InsertObservationConvention usualInsert = new DefaultInsertObservationConvention();
  private final ProcessObservationConvention usualProcess =
      new DefaultProcessObservationConvention();
  private final ObservationRegistry registry;
  private final @Nullable InsertObservationConvention insert;
  private final @Nullable ProcessObservationConvention process;
  private final CarriedEntries carried;
  private final TracePropagation propagation;

  /**
   * The conventions are the application's own; null for the usual ones, or those of the registry.
   */
  ObservingMiddleware(
      ObservationRegistry registry,
      @Nullable InsertObservationConvention insert,
      @Nullable ProcessObservationConvention process,
      CarriedEntries carried,
      TracePropagation propagation) {
    this.registry = registry;
    this.insert = insert;
    this.process = process;
    this.carried = carried;
    this.propagation = propagation;
  }

  @Override
  public List<InsertResult> insert(List<JobInsert> jobs, InsertNext next) {
    if (jobs.isEmpty() || registry.isNoop()) {
      return next.proceed(jobs);
    }
    var context = new InsertObservationContext(jobs);
    Opened observation = open(CairnObservation.INSERT, insert, usualInsert, () -> context);
    try {
      List<InsertResult> results = next.proceed(carrying(jobs, context.getCarrier()));
      context.setResults(results);
      return results;
    } catch (Throwable e) {
      observation.error(e);
      throw e;
    } finally {
      observation.close();
    }
  }

  private List<JobInsert> carrying(List<JobInsert> jobs, @Nullable Map<String, String> carrier) {
    if (carrier == null || carrier.isEmpty()) {
      return jobs;
    }
    Map<String, String> entries = carried.of(carrier);
    if (entries.isEmpty()) {
      return jobs;
    }
    boolean isUnsampled = TracePropagation.isUnsampled(entries);
    String all = TextMembers.of(entries);
    String baggage = TextMembers.of(CarriedEntries.baggageOf(entries));
    return jobs.stream().map(job -> with(job, isTraced(job, isUnsampled) ? all : baggage)).toList();
  }

  /** If the caller has set the context of a trace, it is not mixed with another one. */
  private boolean isTraced(JobInsert job, boolean isUnsampled) {
    return propagation.isCarried(isUnsampled, () -> InsertKinds.of(job))
        && !TextMembers.hasMember(job.options().metadata(), CarriedEntries::isOfTrace);
  }

  private static JobInsert with(JobInsert job, String members) {
    return members.isEmpty()
        ? job
        : job.withOptions(
            job.options().withMetadata(TextMembers.with(job.options().metadata(), members)));
  }

  @Override
  public void work(MiddlewareContext work, Next next) throws Exception {
    if (registry.isNoop()) {
      next.proceed();
      return;
    }
    var context = new ProcessObservationContext(work, carried);
    Opened observation = open(CairnObservation.PROCESS, process, usualProcess, () -> context);
    work.wrapForks(this::forked);
    Throwable failure = null;
    try {
      next.proceed();
    } catch (Throwable e) {
      failure = e;
      throw e;
    } finally {
      AttemptEnd end = work.foreseeEnd(failure).end();
      context.setEnd(end);
      if (failure != null && end == AttemptEnd.FAILED) {
        observation.error(failure);
      }
      observation.close();
    }
  }

  /** What is current on the thread that forks is current on the new one. */
  private Runnable forked(Runnable body) {
    Observation current = registry.getCurrentObservation();
    if (current == null) {
      return body;
    }
    return () -> {
      Observation.@Nullable Scope scope =
          ForeignCode.<Observation.@Nullable Scope>askInJob(
              WHO, "in a fork", null, current::openScope);
      try {
        body.run();
      } finally {
        if (scope != null) {
          ForeignCode.runInJob(WHO, "in a fork", scope::close);
        }
      }
    };
  }

  private <T extends Observation.Context> Opened open(
      CairnObservation kind,
      @Nullable ObservationConvention<T> own,
      ObservationConvention<T> usual,
      Supplier<T> context) {
    Observation observation =
        ForeignCode.askInJob(
            WHO,
            "when it began",
            Observation.NOOP,
            () -> kind.start(own, usual, context, registry));
    return new Opened(
        observation,
        ForeignCode.<Observation.@Nullable Scope>askInJob(
            WHO, "when it began", null, observation::openScope));
  }

  /** An observation that is current on the thread that opened it. */
  private record Opened(Observation observation, Observation.@Nullable Scope scope) {
    void error(Throwable failure) {
      ForeignCode.runInJob(WHO, "when told of a failure", () -> observation.error(failure));
    }

    void close() {
      if (scope != null) {
        ForeignCode.runInJob(WHO, "when it ended", scope::close);
      }
      ForeignCode.runInJob(WHO, "when it ended", observation::stop);
    }
  }
}
