import org.jspecify.annotations.NullMarked;

/** Metrics and observations through Micrometer, and events of the flight recorder. */
@NullMarked
@SuppressWarnings("requires-transitive-automatic") // Micrometer has no descriptor
module dev.cairn.observability {
  requires transitive dev.cairn;
  requires jdk.jfr;
  requires transitive micrometer.commons;
  requires transitive micrometer.core;
  requires transitive micrometer.observation;
  requires static transitive micrometer.tracing;
  requires static transitive org.jspecify;

  exports dev.cairn.observability;
}
