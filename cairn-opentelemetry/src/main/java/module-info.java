import org.jspecify.annotations.NullMarked;

/** Traces through OpenTelemetry. */
@NullMarked
@SuppressWarnings("requires-transitive-automatic") // OpenTelemetry has no descriptor
module dev.cairn.opentelemetry {
  requires transitive dev.cairn;
  requires transitive io.opentelemetry.api;
  requires io.opentelemetry.context;
  requires io.opentelemetry.common;
  requires org.slf4j; // its MDC
  requires static transitive org.jspecify;

  exports dev.cairn.opentelemetry;
}
