package dev.cairn.opentelemetry;

import io.opentelemetry.api.trace.SpanBuilder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The version of the conventions for messaging. By default it is the newer one, because there is no
 * earlier version of Cairn to be compatible with. {@code messaging/dup} adds the attributes of
 * version 1.24.
 *
 * @param both whether the attributes of version 1.24 are set as well
 */
record Conventions(boolean both) {
  private static final String PROPERTY = "otel.semconv-stability.opt-in";
  private static final String VARIABLE = "OTEL_SEMCONV_STABILITY_OPT_IN";

  /** Read from the settings of this process. */
  static Conventions ofProcess() {
    String property = System.getProperty(PROPERTY);
    return of(property == null ? System.getenv(VARIABLE) : property);
  }

  /** Read from a list with commas, which may name other conventions too. */
  static Conventions of(@Nullable String optIn) {
    List<String> names = optIn == null ? List.of() : List.of(optIn.split(",", -1));
    return new Conventions(names.stream().map(String::strip).anyMatch("messaging/dup"::equals));
  }

  void setOperation(SpanBuilder span, String name, String type, String formerly) {
    span.setAttribute(TraceNames.MESSAGING_OPERATION_NAME, name);
    span.setAttribute(TraceNames.MESSAGING_OPERATION_TYPE, type);
    if (both) {
      span.setAttribute(TraceNames.OLD_OPERATION, formerly);
    }
  }

  void setClientId(SpanBuilder span, String id) {
    span.setAttribute(TraceNames.MESSAGING_CLIENT_ID, id);
    if (both) {
      span.setAttribute(TraceNames.OLD_CLIENT_ID, id);
    }
  }
}
