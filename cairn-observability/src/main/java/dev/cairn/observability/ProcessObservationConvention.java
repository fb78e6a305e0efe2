package dev.cairn.observability;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/** Name and keys of the observation of an attempt. */
public interface ProcessObservationConvention
    extends ObservationConvention<ProcessObservationContext> {
  @Override
  default boolean supportsContext(Observation.Context context) {
    return context instanceof ProcessObservationContext;
  }
}
