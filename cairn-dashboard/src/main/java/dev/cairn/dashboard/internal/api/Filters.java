package dev.cairn.dashboard.internal.api;

import dev.cairn.JobState;
import dev.cairn.dashboard.Grant;
import dev.cairn.dashboard.Redaction;
import dev.cairn.dashboard.internal.answer.Code;
import dev.cairn.dashboard.internal.answer.Refusal;
import dev.cairn.dashboard.internal.read.JobFilter;
import dev.cairn.dashboard.internal.read.JobLists;
import dev.cairn.dashboard.internal.read.JobLists.Order;
import dev.cairn.dashboard.internal.read.JobLists.Page;
import dev.cairn.dashboard.internal.read.JobLists.Place;
import dev.cairn.dashboard.internal.view.Disclosure;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads which jobs are asked for, and which page of them. */
final class Filters {
  private static final int LIMIT = 50;
  private static final int LIMIT_MAX = 200;

  /** The members of a filter that may have several values. */
  private static final Set<String> LISTS =
      Set.of("state", "kind", "queue", "tag", "priority", "client", "id");

  /** The members of a filter that have one value. */
  private static final Set<String> SINGLE =
      Set.of("createdFrom", "createdTo", "finalizedFrom", "finalizedTo", "metadata", "args");

  private static final Set<String> OF_PAGE = Set.of("order", "dir", "limit", "after");

  /** What addresses and logs may hold. */
  private static final Set<String> TIMES =
      Set.of("createdFrom", "createdTo", "finalizedFrom", "finalizedTo");

  /** The parameters of a list. */
  static final Set<String> OF_LIST = all(List.of(LISTS, TIMES, OF_PAGE, Set.of("sort")));

  /** The parameters of counts by state. */
  static final Set<String> OF_COUNTS =
      all(List.of(Set.of("kind", "queue", "tag", "priority", "client", "id"), TIMES));

  private static Set<String> all(List<Set<String>> sets) {
    return sets.stream().flatMap(Set::stream).collect(Collectors.toUnmodifiableSet());
  }

  private Filters() {}

  /** A filter by what addresses and logs may hold. */
  static JobFilter of(Params params) {
    return of(params, null, null);
  }

  /** The members of a search, which says which jobs and which page of them. */
  static Params search(JsonNode body) {
    return known(body, OF_PAGE);
  }

  /**
   * Which jobs an act is for.
   *
   * @throws Refusal if it would be for all jobs
   */
  static JobFilter ofAct(JsonNode filter, Disclosure disclosure) {
    if (!filter.isObject()) {
      throw Refusal.invalid("The filter must be an object.");
    }
    JobFilter jobs = ofSearch(known(filter, Set.of()), disclosure);
    if (jobs.equals(JobFilter.ALL)) {
      throw Refusal.invalid("The filter is for all jobs: say which ones, for example by state.");
    }
    return jobs;
  }

  /** A member that is overlooked would find other jobs than those that are meant. */
  private static Params known(JsonNode object, Set<String> others) {
    for (Map.Entry<String, JsonNode> member : object.properties()) {
      String name = member.getKey();
      JsonNode value = member.getValue();
      if (!LISTS.contains(name) && !SINGLE.contains(name) && !others.contains(name)) {
        throw Refusal.invalid("A filter has no such member.");
      }
      if (value.isNull() || (value.isArray() && !LISTS.contains(name))) {
        throw Refusal.of(name, Code.INVALID, "%s must be a single value.".formatted(name));
      }
      if (value.isObject()) {
        throw Refusal.of(
            name,
            Code.INVALID,
            "%s must be a text%s."
                .formatted(
                    name,
                    name.equals("args") || name.equals("metadata")
                        ? " that holds a JSON object"
                        : ""));
      }
      // An empty list would mean all, and whoever has computed it meant none.
      if (value.isArray() ? value.isEmpty() : value.asString("").isEmpty()) {
        throw Refusal.of(name, Code.INVALID, "%s is empty: leave it out.".formatted(name));
      }
    }
    return Params.ofJson(object);
  }

  /** A filter that may also ask for contained JSON, which only some may. */
  static JobFilter ofSearch(Params params, Disclosure disclosure) {
    return of(
        params,
        contained("metadata", params, disclosure.grant(), disclosure.ofMetadata()),
        contained("args", params, disclosure.grant(), disclosure.redaction()));
  }

  private static @Nullable String contained(
      String name, Params params, Grant grant, Redaction redaction) {
    Optional<String> json = params.first(name);
    if (json.isEmpty()) {
      return null;
    }
    if (!grant.arguments()) {
      throw new Refusal(
          Code.FORBIDDEN, "You may not see arguments and metadata, so you may not search them.");
    }
    boolean anything;
    try {
      JsonNode object = JsonMapper.shared().readTree(json.get());
      if (!object.isObject()) {
        throw Refusal.invalid("%s must be a JSON object that jobs contain.".formatted(name));
      }
      anything = object.isEmpty();
    } catch (JacksonException e) {
      throw new Refusal(
          Code.INVALID, "%s must be a JSON object that jobs contain.".formatted(name), e);
    }
    if (redaction.apply(json.get()).redacted()) {
      throw new Refusal(
          Code.FORBIDDEN, "This dashboard hides this member, so it cannot be searched for.");
    }
    return anything ? null : json.get();
  }

  private static JobFilter of(Params params, @Nullable String metadata, @Nullable String args) {
    for (String name : all(List.of(LISTS, SINGLE))) {
      if (params.all(name).contains("")) {
        throw Refusal.of(name, Code.INVALID, "%s is empty: leave it out.".formatted(name));
      }
    }
    return new JobFilter(
        states(params),
        params.all("kind"),
        params.all("queue"),
        params.all("tag"),
        params.numbers("priority", 1, 4),
        params.all("client"),
        params.ids("id"),
        params.time("createdFrom"),
        params.time("createdTo"),
        params.time("finalizedFrom"),
        params.time("finalizedTo"),
        metadata,
        args);
  }

  private static Set<JobState> states(Params params) {
    var states = new LinkedHashSet<JobState>();
    for (String label : params.all("state")) {
      try {
        states.add(JobState.ofLabel(label));
      } catch (IllegalArgumentException e) {
        throw new Refusal(Code.INVALID, "There is no such state.", e);
      }
    }
    return states;
  }

  static Page page(Params params) {
    Order order =
        switch (params.first("order").orElse("id")) {
          case "id" -> Order.ID;
          case "time" -> Order.TIME;
          default -> throw Refusal.invalid("order must be id or time.");
        };
    boolean descending =
        switch (params.first("dir").orElse("desc")) {
          case "asc" -> false;
          case "desc" -> true;
          default -> throw Refusal.invalid("dir must be asc or desc.");
        };
    return new Page(
        order,
        descending,
        params.number("limit", LIMIT, 1, LIMIT_MAX),
        params.first("after").map(text -> place(order, text)).orElse(null));
  }

  /** The text of a place, for an address. */
  static String text(Order order, JobLists.Place place) {
    return encoded(
        "%s %s %d".formatted(order, place.time() == null ? "-" : place.time(), place.id()));
  }

  static String encoded(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  static String decoded(String text) {
    try {
      return new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw noPage(e);
    }
  }

  private static Place place(Order order, String text) {
    String[] parts = decoded(text).split(" ", -1);
    try {
      if (parts.length == 3 && parts[0].equals(order.name())) {
        Instant time = parts[1].equals("-") ? null : Instant.parse(parts[1]);
        if ((time == null) == (order == Order.ID)) {
          return new Place(time, Long.parseLong(parts[2]));
        }
      }
    } catch (DateTimeException | NumberFormatException e) {
      throw noPage(e);
    }
    throw noPage(null);
  }

  static Refusal noPage(@Nullable Throwable cause) {
    return new Refusal(Code.INVALID, "This list has no such page: begin at its first page.", cause);
  }
}
