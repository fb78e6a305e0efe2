package dev.cairn.dashboard;

import java.io.StringWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * The members of arguments, metadata, outputs, cursors and positions that are shown to nobody.
 * Immutable.
 *
 * <p>A rule is the name of a member at any depth, such as {@code password}, or a path from the
 * root, such as {@code card.number}. In a path, arrays do not count, and {@code *} stands for any
 * name. Rules ignore case.
 */
public final class Redaction {
  /** What is shown instead. */
  public static final String SHOWN = "redacted";

  private static final Redaction NONE = new Redaction(Set.of());

  private static final List<String> USUAL =
      List.of(
          "password",
          "passwd",
          "secret",
          "client_secret",
          "clientSecret",
          "token",
          "access_token",
          "accessToken",
          "refresh_token",
          "refreshToken",
          "api_key",
          "apiKey",
          "private_key",
          "privateKey",
          "authorization",
          "credentials");

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(10_000)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          .streamWriteConstraints(StreamWriteConstraints.builder().maxNestingDepth(10_000).build())
          .build();

  private final Set<List<String>> rules;

  private Redaction(Set<List<String>> rules) {
    this.rules = rules;
  }

  /** Shows everything. */
  public static Redaction none() {
    return NONE;
  }

  /**
   * Hides members with usual names of secrets: {@code password}, {@code passwd}, {@code secret},
   * {@code token}, {@code authorization}, {@code credentials}, and those of access and refresh
   * tokens, client secrets, and API and private keys. This is the default.
   */
  public static Redaction usual() {
    return NONE.with(USUAL.toArray(String[]::new));
  }

  /**
   * Hides these as well.
   *
   * @throws IllegalArgumentException if a rule is empty, or has an empty part
   */
  public Redaction with(String... more) {
    return new Redaction(
        Stream.concat(rules.stream(), Stream.of(more).map(Redaction::rule))
            .collect(Collectors.toUnmodifiableSet()));
  }

  /**
   * The same, and each path also behind others: {@code card.number} behind {@code output} hides
   * {@code output.card.number} too. Names without a dot are hidden everywhere anyway.
   *
   * @param paths as in a rule; {@code *} stands for any name
   * @throws IllegalArgumentException if a path is empty, or has an empty part
   */
  public Redaction alsoBehind(String... paths) {
    List<List<String>> before = Stream.of(paths).map(Redaction::rule).toList();
    Stream<List<String>> behind =
        rules.stream()
            .filter(rule -> rule.size() > 1)
            .flatMap(rule ->
                before.stream().map(path -> Stream.concat(path.stream(), rule.stream()).toList()));
    return new Redaction(
        Stream.concat(rules.stream(), behind).collect(Collectors.toUnmodifiableSet()));
  }

  private static List<String> rule(String text) {
    List<String> parts =
        Stream.of(text.split("\\.", -1)).map(part -> part.toLowerCase(Locale.ROOT)).toList();
    if (parts.stream().anyMatch(String::isBlank)) {
      throw new IllegalArgumentException(
          "'%s' is not a rule: write the name of a member, or names with dots between them"
              .formatted(text));
    }
    return parts;
  }

  /** Whether it hides nothing. */
  public boolean isNone() {
    return rules.isEmpty();
  }

  /**
   * What may be shown of a JSON text. May get further components.
   *
   * @param json as it was, if nothing is hidden. A text that cannot be read is hidden as a whole
   */
  public record Shown(String json, boolean redacted) {}

  /** Replaces what is to be hidden by the text {@code "redacted"}. */
  public Shown apply(String json) {
    if (isNone()) {
      return new Shown(json, false);
    }
    try {
      var copy = new Copy(json);
      return copy.run() ? new Shown(copy.text(), true) : new Shown(json, false);
    } catch (JacksonException e) {
      return new Shown('"' + SHOWN + '"', true);
    }
  }

  /**
   * The hidden members that have the text {@code "redacted"} as their value, such as {@code
   * card.number}. Somebody has probably copied them from the page.
   *
   * @return in the order of the text; empty if there are none
   * @throws IllegalArgumentException if it is not JSON
   */
  public List<String> placeholders(String json) {
    if (isNone()) {
      return List.of();
    }
    try {
      var copy = new Copy(json);
      copy.run();
      return List.copyOf(copy.placeholders);
    } catch (JacksonException e) {
      throw new IllegalArgumentException("the text is not JSON", e);
    }
  }

  private boolean hides(Deque<String> path) {
    List<String> names =
        path.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList().reversed();
    return rules.stream().anyMatch(rule -> matches(rule, names));
  }

  private static boolean matches(List<String> rule, List<String> names) {
    if (rule.size() == 1) {
      return rule.getFirst().equals(names.getLast()) || rule.getFirst().equals("*");
    }
    if (rule.size() != names.size()) {
      return false;
    }
    for (int i = 0; i < rule.size(); i++) {
      if (!rule.get(i).equals("*") && !rule.get(i).equals(names.get(i))) {
        return false;
      }
    }
    return true;
  }

  /** Copies a text token by token, so that numbers stay exactly as they are. */
  private final class Copy {
    private final JsonParser parser;
    private final StringWriter out = new StringWriter();
    private final JsonGenerator generator;
    private final Deque<String> path = new ArrayDeque<>();

    /** For each object and array around the current token, whether a name was pushed for it. */
    private final List<Boolean> named = new ArrayList<>();

    private final List<String> placeholders = new ArrayList<>();

    private boolean pending;
    private boolean redacted;

    Copy(String json) {
      this.parser = FACTORY.createParser(ObjectReadContext.empty(), json);
      this.generator = FACTORY.createGenerator(ObjectWriteContext.empty(), out);
    }

    boolean run() {
      try (parser;
          generator) {
        for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
          copy(token);
        }
      }
      return redacted;
    }

    String text() {
      return out.toString();
    }

    private void copy(JsonToken token) {
      switch (token) {
        case PROPERTY_NAME -> name(parser.currentName());
        case START_OBJECT, START_ARRAY -> {
          named.add(pending);
          pending = false;
          start(token);
        }
        case END_OBJECT -> {
          generator.writeEndObject();
          end();
        }
        case END_ARRAY -> {
          generator.writeEndArray();
          end();
        }
        case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
          generator.writeNumber(parser.getString());
          valueEnds();
        }
        default -> {
          generator.copyCurrentEvent(parser);
          valueEnds();
        }
      }
    }

    private void name(String name) {
      generator.writeName(name);
      path.push(name);
      if (hides(path)) {
        if (parser.nextToken() == JsonToken.VALUE_STRING && parser.getString().equals(SHOWN)) {
          placeholders.add(String.join(".", List.copyOf(path).reversed()));
        }
        parser.skipChildren();
        generator.writeString(SHOWN);
        path.pop();
        redacted = true;
      } else {
        pending = true;
      }
    }

    private void start(JsonToken token) {
      if (token == JsonToken.START_OBJECT) {
        generator.writeStartObject();
      } else {
        generator.writeStartArray();
      }
    }

    private void end() {
      if (named.removeLast()) {
        path.pop();
      }
    }

    private void valueEnds() {
      if (pending) {
        path.pop();
        pending = false;
      }
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Redaction that && rules.equals(that.rules);
  }

  @Override
  public int hashCode() {
    return rules.hashCode();
  }

  @Override
  public String toString() {
    return "Redaction" + rules.stream().map(rule -> String.join(".", rule)).sorted().toList();
  }
}
