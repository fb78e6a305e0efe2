package dev.cairn.internal.postgres;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * One statement with {@code :named} parameters, parsed once; a colon within a word, as in River's
 * keys, is none. {@code {schema}} stands for the client's schema, quoted. Each is a constant, and
 * equal only to itself.
 */
final class Sql {
  private static final Pattern PARAMETER = Pattern.compile("(?<![:\\w]):([a-z_]+)");

  private final String purpose;
  private final String text;
  private final List<String> parameters;

  private Sql(String purpose, String text, List<String> parameters) {
    this.purpose = purpose;
    this.text = text;
    this.parameters = parameters;
  }

  /**
   * @param purpose what the statement does, for error messages: "Could not {purpose}: ..."
   */
  static Sql of(String purpose, String text) {
    var parameters = new ArrayList<String>();
    var matcher = PARAMETER.matcher(text);
    while (matcher.find()) {
      parameters.add(matcher.group(1));
    }
    return new Sql(purpose, matcher.replaceAll("?"), List.copyOf(parameters));
  }

  String purpose() {
    return purpose;
  }

  /** The names of the placeholders, in their order; a name may stand more than once. */
  List<String> parameters() {
    return parameters;
  }

  String in(SchemaName schema) {
    return text.replace("{schema}", schema.quoted());
  }
}
