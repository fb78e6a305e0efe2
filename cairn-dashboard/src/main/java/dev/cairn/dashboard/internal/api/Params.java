package dev.cairn.dashboard.internal.api;

import dev.cairn.dashboard.internal.answer.Code;
import dev.cairn.dashboard.internal.answer.Refusal;
import dev.cairn.dashboard.internal.view.Views;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The parameters of a request, from its address or from its JSON. Each value is a text. */
final class Params {
  private static final int QUERY_MAX = 8_192;
  private static final int VALUES_MAX = 1_000;
  private static final int NAME_MAX = 50;

  private final Map<String, List<String>> values;

  private Params(Map<String, List<String>> values) {
    this.values = values;
  }

  static Params ofQuery(@Nullable String query) {
    var values = new LinkedHashMap<String, List<String>>();
    if (query == null || query.isEmpty()) {
      return new Params(values);
    }
    if (query.length() > QUERY_MAX) {
      throw Refusal.invalid("The address is too long: search by POST /api/jobs/search.");
    }
    for (String pair : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = decoded(equals < 0 ? pair : pair.substring(0, equals));
      String value = equals < 0 ? "" : decoded(pair.substring(equals + 1));
      if (!name.isEmpty()) {
        values.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
      }
    }
    return new Params(values);
  }

  /**
   * The texts, numbers and lists of these in a JSON object. A member that is null is left out.
   *
   * @throws Refusal if a member is something else
   */
  static Params ofJson(JsonNode object) {
    var values = new LinkedHashMap<String, List<String>>();
    for (Map.Entry<String, JsonNode> member : object.properties()) {
      var list = new ArrayList<String>();
      JsonNode value = member.getValue();
      for (JsonNode each : value.isArray() ? value.values() : List.of(value)) {
        if (each.isValueNode() && !each.isNull()) {
          list.add(each.asString());
        } else if (value.isArray() || !each.isNull()) {
          throw Refusal.of(
              member.getKey(),
              Code.INVALID,
              "Each member must be a text, a number, or a list of these.");
        }
      }
      if (list.size() > VALUES_MAX && !member.getKey().equals("ids")) {
        throw Refusal.invalid("Too many values of " + member.getKey());
      }
      if (!list.isEmpty() || value.isArray()) {
        values.put(member.getKey(), list);
      }
    }
    return new Params(values);
  }

  /** A parameter that is overlooked would find other jobs than those that are meant. */
  void requireOnly(Set<String> known) {
    for (String name : values.keySet()) {
      if (!known.contains(name)) {
        throw Refusal.invalid(
            "This path has no parameter '%s'.%s"
                .formatted(
                    Views.cut(name.replaceAll("\\p{Cntrl}", "?"), NAME_MAX),
                    known.isEmpty()
                        ? " It has none."
                        : " It has " + String.join(", ", new TreeSet<>(known)) + "."));
      }
    }
  }

  static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw Refusal.invalid("The address is not encoded correctly.");
    }
  }

  List<String> all(String name) {
    return values.getOrDefault(name, List.of());
  }

  Optional<String> first(String name) {
    return all(name).stream().findFirst().filter(text -> !text.isEmpty());
  }

  @Nullable String text(String name) {
    return first(name).orElse(null);
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  int number(String name, int otherwise, int least, int most) {
    return first(name).map(text -> (int) number(name, text, least, most)).orElse(otherwise);
  }

  List<Long> ids(String name) {
    return all(name).stream()
        .map(text -> number(name, text, Long.MIN_VALUE, Long.MAX_VALUE))
        .toList();
  }

  List<Integer> numbers(String name, int least, int most) {
    return all(name).stream().map(text -> (int) number(name, text, least, most)).toList();
  }

  static long number(String name, String text, long least, long most) {
    try {
      long number = Long.parseLong(text);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw Refusal.invalid("%s must be a whole number.".formatted(name));
    }
    throw Refusal.invalid("%s must be %d to %d.".formatted(name, least, most));
  }

  @Nullable Instant time(String name) {
    Optional<String> text = first(name);
    try {
      return text.map(Instant::parse).orElse(null);
    } catch (DateTimeException e) {
      throw Refusal.invalid("%s must be a time such as 2026-01-31T12:00:00Z.".formatted(name));
    }
  }

  /** Whether it is {@code true} or {@code 1}; not if it is missing. */
  boolean flag(String name) {
    List<String> given = all(name);
    if (given.isEmpty()) {
      return false;
    }
    return switch (given.getFirst()) {
      case "1", "true" -> true;
      case "0", "false" -> false;
      default -> throw Refusal.invalid("%s must be true or false.".formatted(name));
    };
  }
}
