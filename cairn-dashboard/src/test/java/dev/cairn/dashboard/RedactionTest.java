package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

/** What is shown of JSON. */
class RedactionTest {
  private static String shown(Redaction rules, String json) {
    return rules.apply(json).json();
  }

  @Test
  void aNameIsHiddenWhereverItStands() {
    assertThat(
            shown(
                Redaction.none().with("pin"),
                "{\"a\": [{\"PIN\": {\"x\": [1]}, \"b\": 1}], \"pin\": null, \"c\": 2}"))
        .isEqualTo("{\"a\":[{\"PIN\":\"redacted\",\"b\":1}],\"pin\":\"redacted\",\"c\":2}");
  }

  @Test
  void aPathIsHiddenOnlyThere() {
    Redaction rules = Redaction.none().with("card.number", "people.*.iban");

    assertThat(
            shown(
                rules,
                "{\"card\":{\"number\":1,\"name\":2},\"number\":3,\"people\":[{\"ada\":{\"iban\":4}}],\"iban\":5}"))
        .isEqualTo(
            "{\"card\":{\"number\":\"redacted\",\"name\":2},\"number\":3,\"people\":[{\"ada\":{\"iban\":\"redacted\"}}],\"iban\":5}");
  }

  @Test
  void aPathIsHiddenAlsoBehindOthers() {
    Redaction rules = Redaction.none().with("card.number", "pin").alsoBehind("output", "cursors.*");

    assertThat(
            shown(
                rules,
                "{\"card\":{\"number\":1},\"output\":[{\"card\":{\"number\":2}}],\"cursors\":{\"a.b\":{\"card\":{\"number\":3},\"pin\":4}},\"x\":{\"card\":{\"number\":5}}}"))
        .isEqualTo(
            "{\"card\":{\"number\":\"redacted\"},\"output\":[{\"card\":{\"number\":\"redacted\"}}],\"cursors\":{\"a.b\":{\"card\":{\"number\":\"redacted\"},\"pin\":\"redacted\"}},\"x\":{\"card\":{\"number\":5}}}");
    assertThatIllegalArgumentException().isThrownBy(() -> rules.alsoBehind("a..b"));
  }

  @Test
  void theRestStaysExactlyAsItIs() {
    String json = "{\"n\":12345678901234567890.10,\"t\":\"\\u20AC\",\"e\":1E400,\"z\":[true,null]}";

    assertThat(Redaction.usual().apply(json)).isEqualTo(new Redaction.Shown(json, false));
    assertThat(shown(Redaction.none().with("t"), json))
        .isEqualTo(
            "{\"n\":12345678901234567890.10,\"t\":\"redacted\",\"e\":1E400,\"z\":[true,null]}");
  }

  @Test
  void theUsualSecretsAreHidden() {
    assertThat(shown(Redaction.usual(), "{\"Password\":\"x\",\"apiKey\":\"y\",\"user\":\"z\"}"))
        .isEqualTo("{\"Password\":\"redacted\",\"apiKey\":\"redacted\",\"user\":\"z\"}");
  }

  @Test
  void whatCannotBeReadIsHidden() {
    assertThat(Redaction.usual().apply("{\"a\": "))
        .isEqualTo(new Redaction.Shown("\"redacted\"", true));
    String deep = "[".repeat(3_000) + "{\"token\":1}" + "]".repeat(3_000);
    assertThat(shown(Redaction.usual(), deep)).contains("{\"token\":\"redacted\"}");
  }

  @Test
  void whatStandsForAHiddenValueIsFound() {
    Redaction rules = Redaction.usual().with("card.number");

    assertThat(
            rules.placeholders(
                "{\"note\":\"redacted\",\"card\":{\"number\":\"redacted\"},\"list\":[{\"Token\":\"redacted\"}],\"secret\":{\"a\":\"redacted\"}}"))
        .containsExactly("card.number", "list.Token");
    assertThat(rules.placeholders("{\"password\":\"real\",\"token\":null}")).isEmpty();
    assertThat(Redaction.none().placeholders("{\"password\":\"redacted\"}")).isEmpty();
    assertThatIllegalArgumentException().isThrownBy(() -> rules.placeholders("{\"a\": "));
  }

  @Test
  void aRuleHasNames() {
    for (String wrong : new String[] {"", "a..b", ".a", " "}) {
      assertThatIllegalArgumentException().isThrownBy(() -> Redaction.none().with(wrong));
    }
  }
}
