package dev.cairn.observability;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which entries of a propagator travel with a job. A propagator writes all the baggage that its
 * caller carries, such as names of users, and everyone who can read jobs can read what is stored.
 *
 * @param baggage the keys of the baggage that travels
 */
record CarriedEntries(Set<String> baggage) {
  private static final String BAGGAGE = "baggage";

  /** The context of a trace: of W3C, and of B3 in one entry or several. */
  private static final Set<String> TRACE =
      Set.of(
          "traceparent",
          "tracestate",
          "b3",
          "x-b3-traceid",
          "x-b3-spanid",
          "x-b3-parentspanid",
          "x-b3-sampled",
          "x-b3-flags");

  CarriedEntries {
    baggage = Set.copyOf(baggage);
  }

  /** What of these entries travels. */
  Map<String, String> of(Map<String, String> entries) {
    var carried = new LinkedHashMap<String, String>();
    entries.forEach((name, value) -> {
      String kept = name.equalsIgnoreCase(BAGGAGE) ? ofBaggage(value) : value;
      if (isCarried(name)
          && !kept.isEmpty()
          && kept.length() <= ProcessObservationContext.LENGTH_MAX) {
        carried.put(name, kept);
      }
    });
    return carried;
  }

  /** The baggage among these entries: all but the context of a trace. */
  static Map<String, String> baggageOf(Map<String, String> entries) {
    var baggage = new LinkedHashMap<>(entries);
    baggage.keySet().removeIf(CarriedEntries::isOfTrace);
    return baggage;
  }

  /** Whether an entry of this name is a part of the context of a trace. */
  static boolean isOfTrace(String name) {
    return TRACE.contains(name.toLowerCase(Locale.ROOT));
  }

  /** Micrometer's propagators write each remote field as an entry of its own, beside W3C's. */
  private boolean isCarried(String name) {
    return name.equalsIgnoreCase(BAGGAGE)
        || isOfTrace(name)
        || baggage.stream().anyMatch(name::equalsIgnoreCase);
  }

  /** As in {@code tenant=acme;property,user=ada}. */
  private String ofBaggage(String list) {
    return Stream.of(list.split(",", -1))
        .filter(member -> baggage.contains(member.split("[=;]", 2)[0].strip()))
        .collect(Collectors.joining(","));
  }
}
