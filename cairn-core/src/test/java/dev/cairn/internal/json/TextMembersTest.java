package dev.cairn.internal.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
}
