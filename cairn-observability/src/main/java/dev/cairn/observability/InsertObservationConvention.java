package dev.cairn.observability;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/** Name and keys of the observation of an insertion. */
public interface InsertObservationConvention
    extends ObservationConvention<InsertObservationContext> {
  @Override
  default boolean supportsContext(Observation.Context context) {
    return context instanceof InsertObservationContext;
  }
}
