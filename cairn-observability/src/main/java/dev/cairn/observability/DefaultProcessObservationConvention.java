package dev.cairn.observability;

import dev.cairn.observability.CairnObservation.High;
import dev.cairn.observability.CairnObservation.Low;
import dev.cairn.spi.AttemptEnd;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import java.util.Locale;

/**
 * {@code cairn.process}, with the keys of {@link CairnObservation#PROCESS}. Use one instance for
 * all attempts of a client, because it bounds the tags. May be extended.
 */
public class DefaultProcessObservationConvention implements ProcessObservationConvention {
  private final BoundedNames kinds = new BoundedNames();
  private final BoundedNames queues = new BoundedNames();

  /** The default convention. */
  public DefaultProcessObservationConvention() {}

  @Override
  public String getName() {
    return "cairn.process";
  }

  @Override
  public String getContextualName(ProcessObservationContext context) {
    return "process " + context.job().queue();
  }

  @Override
  public KeyValues getLowCardinalityKeyValues(ProcessObservationContext context) {
    AttemptEnd end = context.end();
    return KeyValues.of(
        Low.KIND.withValue(kinds.bounded(context.job().kind())),
        Low.QUEUE.withValue(queues.bounded(context.job().queue())),
        Low.OUTCOME.withValue(
            end == null ? KeyValue.NONE_VALUE : end.name().toLowerCase(Locale.ROOT)));
  }

  @Override
  public KeyValues getHighCardinalityKeyValues(ProcessObservationContext context) {
    return KeyValues.of(
        High.JOB_ID.withValue(Long.toString(context.job().id())),
        High.ATTEMPT.withValue(Integer.toString(context.job().attempt())));
  }
}
