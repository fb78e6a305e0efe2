package dev.cairn.observability;

import dev.cairn.observability.CairnObservation.High;
import dev.cairn.observability.CairnObservation.Low;
import io.micrometer.common.KeyValues;
import org.jspecify.annotations.Nullable;

/** {@code cairn.insert}, with the keys of {@link CairnObservation#INSERT}. May be extended. */
public class DefaultInsertObservationConvention implements InsertObservationConvention {
  private static final String SEVERAL = "several";

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
        Low.KIND.withValue(orSeveral(context.kind())),
        Low.QUEUE.withValue(orSeveral(context.queue())));
  }

  private static String orSeveral(@Nullable String name) {
    return name == null ? SEVERAL : name;
  }

  @Override
  public KeyValues getHighCardinalityKeyValues(InsertObservationContext context) {
    var jobs = KeyValues.of(High.JOBS.withValue(Integer.toString(context.jobs().size())));
    return context.results().size() == 1
        ? jobs.and(High.JOB_ID.withValue(Long.toString(context.results().getFirst().id())))
        : jobs;
  }
}
