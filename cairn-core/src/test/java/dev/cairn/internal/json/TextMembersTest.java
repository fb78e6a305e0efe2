package dev.cairn.internal.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts among metadata that anybody may have written. */
class TextMembersTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "null",
      value = {
        "null           | {\"k\":\"v\"}",
        "{}             | {\"k\":\"v\"}",
        "' { } '        | {\"k\":\"v\"}",
        "{\"a\": 1.50}  | {\"k\":\"v\",\"a\": 1.50}",
        "[1]            | [1]",
        "''             | ''"
      })
  void membersAreAddedWithoutAChangeToTheRest(String object, String expected) {
    assertThat(TextMembers.with(object, TextMembers.of(Map.of("k", "v")))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "null",
      value = {
        "null                           | false",
        "{}                             | false",
        "{\"k\": null}                  | true",
        "{\"a\": {\"k\": 1}, \"k\": [1]} | true",
        "{\"\\u006b\": 1}                | true",
        "{\"a\": {\"k\": 1}}             | false",
        "{\"a\": \"k\"}                 | false",
        "[\"k\"]                        | false",
        "no JSON at all                 | false",
        "{\"a\": 1, \"k                 | false"
      })
  void aMemberIsFoundAtTheTopLevelOnly(String object, boolean expected) {
    assertThat(TextMembers.hasMember(object, "k"::equals)).isEqualTo(expected);
  }

  @Test
  void onlyShortTextsRightInTheObjectAreRead() {
    String object =
        """
        {"a": "one", "long": "123456", "number": 1, "inner": {"a": "two"}, "list": ["a"], "b": "x"}
        """;

    assertThat(TextMembers.read(object, name -> 5)).isEqualTo(Map.of("a", "one", "b", "x"));
    assertThat(TextMembers.read(object, name -> name.equals("b") ? 9 : 0))
        .isEqualTo(Map.of("b", "x"));
    assertThat(TextMembers.read("[1]", name -> 9)).isEmpty();
  }

  /** Seen before: an empty text was read under any name. */
  @ParameterizedTest
  @ValueSource(strings = {"{\"a\": \"\", \"b\": \"\"}", "{\"\\u0061\": \"\", \"b\": \"\"}"})
  void anEmptyTextIsReadOnlyUnderANameThatIsRead(String object) {
    assertThat(TextMembers.read(object, name -> name.equals("b") ? 9 : 0))
        .isEqualTo(Map.of("b", ""));
  }

  static Stream<String> objects() {
    return Stream.of(
            "{}",
            "[]",
            "7",
            "'text'",
            " { } ",
            "{'a':'one','b':'two'}",
            "{'a': 'one', 'a': 'two'}",
            "{'a': 'x:y,{[]}', 'b': '', '': 'empty'}",
            "{'a': {'a': 'inner'}, 'b': ['a', 'b', {'a': 'b'}], 'c': 'last'}",
            "{'n': 1.50, 'a': null, 'b': true, 'c': -1e3, 'd': 'text'}",
            "[{'a': 'one'}]",
            "{'a': 'é 😀', '😀': 'b'}",
            "{'long': %s, 'a': 'one'}".formatted("7".repeat(1_001)),
            "{'deep': %s%s, 'a': 'one'}".formatted("[".repeat(600), "]".repeat(600)),
            "{'deep': %s%s, 'a': 'one'}".formatted("[".repeat(400), "]".repeat(400)))
        .map(object -> object.replace('\'', '"'));
  }

  /** Objects with an escape are parsed, and others are scanned. */
  @ParameterizedTest
  @MethodSource("objects")
  void anEscapeChangesNothing(String object) {
    Map<String, String> scanned = TextMembers.read(object, name -> 9);
    Map<String, String> parsed = Map.of();
    if (object.startsWith("{\"")) {
      String escaped = "{\"escape\": \"\\n\", " + object.substring(1);
      parsed = TextMembers.read(escaped, name -> name.equals("escape") ? 0 : 9);
    }

    assertThat(scanned).isEqualTo(parsed);
  }

  @Test
  void textsWithEscapesAreReadAsTheyAreMeant() {
    assertThat(TextMembers.read("{\"a\": \"\\\"\\u0041\", \"\\u0062\": \"}\"}", name -> 9))
        .isEqualTo(Map.of("a", "\"A", "b", "}"));
  }
}
