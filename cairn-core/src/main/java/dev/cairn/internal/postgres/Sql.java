package dev.cairn.internal.postgres;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * One statement with {@code :named} parameters, parsed once. A colon within a word, as in River's
 * keys, is not a parameter. {@code {schema}} stands for the client's quoted schema. Equal only to
 * itself.
 */
final class Sql {
  static final Pattern PARAMETER = Pattern.compile("(?<![:\\w]):([a-z_]+)");

  private final String purpose;
  private final String text;
  private final List<String> parameters;
  private final boolean constant;
  private final int secondsMax;

  private Sql(
      String purpose, String text, List<String> parameters, boolean constant, int secondsMax) {
    this.purpose = purpose;
    this.text = text;
    this.parameters = parameters;
    this.constant = constant;
    this.secondsMax = secondsMax;
  }

  /**
   * Creates a constant statement.
   *
   * @param purpose what the statement does, for error messages: "Could not {purpose}: ..."
   */
  static Sql of(String purpose, String text) {
    return parsed(purpose, text, true);
  }

  /**
   * Creates a statement that is composed for one call, for example with a condition of the user.
   */
  static Sql composed(String purpose, String text) {
    return parsed(purpose, text, false);
  }

  private static Sql parsed(String purpose, String text, boolean constant) {
    var parameters = new ArrayList<String>();
    var matcher = PARAMETER.matcher(text);
    while (matcher.find()) {
      parameters.add(matcher.group(1));
    }
    return new Sql(purpose, matcher.replaceAll("?"), List.copyOf(parameters), constant, 0);
  }

  /** The same statement with a timeout. */
  Sql within(Duration most) {
    return new Sql(purpose, text, parameters, constant, Math.toIntExact(most.toSeconds()));
  }

  /** The timeout in seconds; zero for none. */
  int secondsMax() {
    return secondsMax;
  }

  /**
   * Whether the statement is a constant, so that texts that are derived from it are worth caching.
   */
  boolean isConstant() {
    return constant;
  }

  String purpose() {
    return purpose;
  }

  /** The names of the parameters in their order. A name may occur more than once. */
  List<String> parameters() {
    return parameters;
  }

  String in(SchemaName schema) {
    return text.replace("{schema}", schema.quoted());
  }
}
