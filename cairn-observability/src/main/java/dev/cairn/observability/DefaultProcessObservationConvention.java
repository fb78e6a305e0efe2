package dev.cairn.observability;

import dev.cairn.observability.CairnObservation.High;
import dev.cairn.observability.CairnObservation.Low;
import dev.cairn.spi.AttemptEnd;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import java.util.Locale;

/** {@code cairn.process}, with the keys of {@link CairnObservation#PROCESS}. May be extended. */
public class DefaultProcessObservationConvention implements ProcessObservationConvention {
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
        Low.KIND.withValue(context.job().kind()),
        Low.QUEUE.withValue(context.job().queue()),
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
