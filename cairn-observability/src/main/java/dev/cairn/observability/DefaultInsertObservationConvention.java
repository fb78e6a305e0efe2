package dev.cairn.observability;

import dev.cairn.observability.CairnObservation.High;
import dev.cairn.observability.CairnObservation.Low;
import io.micrometer.common.KeyValues;
import org.jspecify.annotations.Nullable;

/**
 * {@code cairn.insert}, with the keys of {@link CairnObservation#INSERT}. Use one instance for all
 * insertions of a client, because it bounds the tags. May be extended.
 */
public class DefaultInsertObservationConvention implements InsertObservationConvention {
  private static final String SEVERAL = "several";

  private final BoundedNames kinds = new BoundedNames();
  private final BoundedNames queues = new BoundedNames();

  /** The default convention. */
  public DefaultInsertObservationConvention() {}

  @Override
  public String getName() {
    return "cairn.insert";
  }

  @Override
  public String getContextualName(InsertObservationContext context) {
    String queue = context.queue();
    return queue == null ? "insert" : "insert " + queue;
  }

  @Override
  public KeyValues getLowCardinalityKeyValues(InsertObservationContext context) {
    return KeyValues.of(
        Low.KIND.withValue(orSeveral(context.kind(), kinds)),
        Low.QUEUE.withValue(orSeveral(context.queue(), queues)));
  }

  private static String orSeveral(@Nullable String name, BoundedNames names) {
    return name == null ? SEVERAL : names.bounded(name);
  }

  @Override
  public KeyValues getHighCardinalityKeyValues(InsertObservationContext context) {
    var jobs = KeyValues.of(High.JOBS.withValue(Integer.toString(context.jobs().size())));
    return context.results().size() == 1
        ? jobs.and(High.JOB_ID.withValue(Long.toString(context.results().getFirst().id())))
        : jobs;
  }
}
