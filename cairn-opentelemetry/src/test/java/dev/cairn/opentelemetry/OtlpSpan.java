package dev.cairn.opentelemetry;

import io.opentelemetry.api.common.AttributeKey;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A span as it comes over the wire.
 *
 * @param attributes as texts
 * @param links the ids of the linked spans
 * @param service the name of the process that sent it
 */
record OtlpSpan(
    String service,
    String traceId,
    String spanId,
    String parentId,
    String name,
    long startNanos,
    long endNanos,
    Map<String, String> attributes,
    List<String> links,
    List<Happening> events,
    boolean isError) {
  private static final HexFormat HEX = HexFormat.of();
  private static final int STATUS_ERROR = 2;

  /** An event of a span. */
  record Happening(String name, long nanos) {}

  @Nullable String attribute(AttributeKey<?> key) {
    return attributes.get(key.getKey());
  }

  static List<OtlpSpan> ofRequest(byte[] request) {
    return new ProtoMessage(request)
        .messages(1).stream()
            .flatMap(ofResource -> {
              String service =
                  ofResource.messages(1).stream()
                      .map(OtlpSpan::attributes)
                      .map(attributes -> attributes.getOrDefault("service.name", ""))
                      .findFirst()
                      .orElse("");
              return ofResource.messages(2).stream()
                  .flatMap(ofScope -> ofScope.messages(2).stream())
                  .map(span -> of(service, span));
            })
            .toList();
  }

  private static OtlpSpan of(String service, ProtoMessage span) {
    return new OtlpSpan(
        service,
        HEX.formatHex(span.bytes(1)),
        HEX.formatHex(span.bytes(2)),
        HEX.formatHex(span.bytes(4)),
        span.text(5),
        span.number(7),
        span.number(8),
        attributes(span, 9),
        span.messages(13).stream().map(link -> HEX.formatHex(link.bytes(2))).toList(),
        span.messages(11).stream()
            .map(event -> new Happening(event.text(2), event.number(1)))
            .toList(),
        span.messages(15).stream().anyMatch(status -> status.number(3) == STATUS_ERROR));
  }

  private static Map<String, String> attributes(ProtoMessage resource) {
    return attributes(resource, 1);
  }

  private static Map<String, String> attributes(ProtoMessage message, int field) {
    return message.messages(field).stream()
        .collect(
            Collectors.toMap(
                pair -> pair.text(1), pair -> value(pair.messages(2).getFirst()), (a, b) -> b));
  }

  private static String value(ProtoMessage any) {
    if (any.has(1)) {
      return any.text(1);
    }
    return any.has(2) ? Boolean.toString(any.number(2) == 1) : Long.toString(any.number(3));
  }
}
