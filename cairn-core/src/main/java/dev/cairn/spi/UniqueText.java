package dev.cairn.spi;

import dev.cairn.spi.UniqueTokens.Level;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * The text of arguments that River hashes. Without marks, it has all arguments, with the names of
 * the outermost object sorted. With marks, it is an object of the marked properties, sorted by
 * their paths, and empty if all of them are left out. Maps are sorted at every depth, as Go writes
 * them; other objects below the outermost keep the order in which they were written.
 */
final class UniqueText {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNumberLength(Integer.MAX_VALUE).build())
          .build();

  private final JsonParser tokens;
  private final Iterator<Level> levels;

  private UniqueText(JsonParser tokens, Iterator<Level> levels) {
    this.tokens = tokens;
    this.levels = levels;
  }

  static JsonParser parser(String json) {
    return JSON.createParser(ObjectReadContext.empty(), json);
  }

  /** The text for plain JSON, whose Java types are unknown. */
  static String of(String json) {
    try (JsonParser tokens = parser(json)) {
      return new UniqueText(tokens, Stream.generate(() -> Level.AS_WRITTEN).iterator()).read(false);
    }
  }

  /**
   * The text of arguments.
   *
   * @param hasMarks whether their type has marks, even if none of the marked values is present
   */
  static String of(UniqueTokens arguments, boolean hasMarks) {
    Iterator<Level> levels = arguments.levels();
    try (JsonParser tokens = arguments.parser()) {
      String text = new UniqueText(tokens, levels).read(hasMarks);
      if (levels.hasNext() || tokens.nextToken() != null) {
        throw new IllegalStateException(
            "the Java types of some objects or arrays are unknown, so a key of them would be wrong");
      }
      return text;
    }
  }

  private String read(boolean hasMarks) {
    if (tokens.nextToken() != JsonToken.START_OBJECT) {
      return value().all();
    }
    Level level = nextLevel();
    List<Member> members = members();
    List<Marked> marked = marked(level, members);
    if (marked == null && !hasMarks) {
      return members.stream()
          .sorted(Member.BY_NAME)
          .map(member -> GoJson.name(member.name()) + ":" + member.value().all())
          .collect(Collectors.joining(",", "{", "}"));
    }
    return marked == null || marked.isEmpty() ? "" : composed(marked);
  }

  private Level nextLevel() {
    return levels.next();
  }

  /**
   * A value.
   *
   * @param all the whole text of the value
   * @param marked its marked parts; null if it cannot have any
   */
  private record Value(String all, @Nullable List<Marked> marked) {}

  private record Member(String name, Value value) {
    static final Comparator<Member> BY_NAME = Comparator.comparing(Member::name, GoJson.BY_BYTES);
  }

  /** A marked part of a value. Its path is empty if the part is the value itself. */
  private record Marked(List<String> path, String text) {
    Marked within(String name) {
      return new Marked(Stream.concat(Stream.of(name), path.stream()).toList(), text);
    }

    /** The path as River writes it: dots between the names, and special characters escaped. */
    String dotted() {
      return path.stream()
          .map(name -> name.replaceAll("^:|[!-~&&[^A-Za-z0-9_:-]]", "\\\\$0"))
          .collect(Collectors.joining("."));
    }
  }

  private Value value() {
    return switch (tokens.currentToken()) {
      case START_OBJECT -> object(nextLevel());
      case START_ARRAY -> array(nextLevel());
      case VALUE_STRING -> scalar(GoJson.quoted(tokens.getString()));
      case VALUE_NUMBER_FLOAT -> scalar(fraction(tokens.getString()));
      default -> scalar(tokens.getString());
    };
  }

  private static Value scalar(String text) {
    return new Value(text, null);
  }

  /** A value that is not a number is written as a text, as in the arguments themselves. */
  private static String fraction(String number) {
    char last = number.charAt(number.length() - 1);
    return (last >= '0' && last <= '9') || last == '.'
        ? GoJson.fraction(number)
        : GoJson.quoted(number);
  }

  private Value object(Level level) {
    List<Member> members = members();
    if (level.sorted()) {
      members.sort(Member.BY_NAME);
    } else if (!level.properties().names().isEmpty()) {
      // All other members come from a map, which was written in the JVM's order.
      members.sort(
          Comparator.comparing(member ->
              level.properties().names().contains(member.name()) ? "" : "." + member.name()));
    }
    String all =
        members.stream()
            .map(member -> GoJson.quoted(member.name()) + ":" + member.value().all())
            .collect(Collectors.joining(",", "{", "}"));
    return new Value(all, marked(level, members));
  }

  private List<Member> members() {
    var members = new ArrayList<Member>();
    while (tokens.nextToken() != JsonToken.END_OBJECT) {
      String name = tokens.currentName();
      tokens.nextToken();
      members.add(new Member(name, value()));
    }
    return members;
  }

  /** Marks within a value take precedence over a mark on the value as a whole, as in River. */
  private static @Nullable List<Marked> marked(Level level, List<Member> members) {
    var marked = new ArrayList<Marked>();
    boolean hasMarks = level.properties().hasMarks();
    for (Member member : members) {
      List<Marked> inner = member.value().marked();
      if (inner != null) {
        hasMarks = true;
        inner.forEach(part -> marked.add(part.within(member.name())));
      } else if (level.properties().marked().contains(member.name())) {
        marked.add(new Marked(List.of(member.name()), member.value().all()));
      }
    }
    return hasMarks ? marked : null;
  }

  private Value array(Level level) {
    var elements = new ArrayList<Value>();
    while (tokens.nextToken() != JsonToken.END_ARRAY) {
      elements.add(value());
    }
    String all = joined(level, elements.stream().map(Value::all));
    boolean hasMarks = elements.stream().anyMatch(element -> element.marked() != null);
    return new Value(
        all,
        hasMarks
            ? List.of(
                new Marked(List.of(), joined(level, elements.stream().map(UniqueText::element))))
            : null);
  }

  private static String element(Value element) {
    return element.marked() == null ? element.all() : composed(element.marked());
  }

  private static String joined(Level level, Stream<String> elements) {
    Stream<String> ordered = level.sorted() ? elements.sorted(ELEMENTS) : elements;
    return ordered.collect(Collectors.joining(",", "[", "]"));
  }

  /** Sorts numbers by their size, as other languages do, then all other values by their text. */
  private static final Comparator<String> ELEMENTS =
      Comparator.<String, BigDecimal>comparing(
              UniqueText::number, Comparator.nullsLast(Comparator.naturalOrder()))
          .thenComparing(GoJson.BY_BYTES);

  private static @Nullable BigDecimal number(String element) {
    char first = element.charAt(0);
    return first == '-' || (first >= '0' && first <= '9') ? new BigDecimal(element) : null;
  }

  /** An object of the marked parts, in the order of their paths. */
  private static String composed(List<Marked> marked) {
    if (marked.size() == 1 && marked.getFirst().path().isEmpty()) {
      return marked.getFirst().text();
    }
    var members = new LinkedHashMap<String, List<Marked>>();
    marked.stream()
        .sorted(Comparator.comparing(Marked::dotted, GoJson.BY_BYTES))
        .forEach(part ->
            members
                .computeIfAbsent(part.path().getFirst(), name -> new ArrayList<>())
                .add(new Marked(part.path().subList(1, part.path().size()), part.text())));
    return members.entrySet().stream()
        .map(UniqueText::composed)
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static String composed(Map.Entry<String, List<Marked>> member) {
    return GoJson.name(member.getKey()) + ":" + composed(member.getValue());
  }
}
