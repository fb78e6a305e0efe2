import org.jspecify.annotations.NullMarked;

/** Metrics through Micrometer, and events of the flight recorder. */
@NullMarked
@SuppressWarnings("requires-transitive-automatic") // Micrometer has no descriptor
module dev.cairn.observability {
  requires transitive dev.cairn;
  requires jdk.jfr;
  requires transitive micrometer.core;
  requires static transitive org.jspecify;

  exports dev.cairn.observability;
}
