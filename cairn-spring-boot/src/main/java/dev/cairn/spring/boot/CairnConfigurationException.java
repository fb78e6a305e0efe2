package dev.cairn.spring.boot;

import java.util.function.Supplier;

/** The application's beans or properties do not fit together for Cairn. */
final class CairnConfigurationException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  private final String action;

  /**
   * @param description what is wrong, with its code
   * @param action what to do about it
   */
  CairnConfigurationException(String description, String action) {
    super(description + ". " + action);
    this.action = action;
  }

  /**
   * A setting that depends on a property.
   *
   * @param property names it
   * @throws CairnConfigurationException if the value of the property is out of range
   */
  static <T> T checked(String property, Supplier<T> setting) {
    try {
      return setting.get();
    } catch (IllegalArgumentException e) {
      throw new CairnConfigurationException(
          "%s has a wrong value: %s [CAIRN-707]".formatted(property, e.getMessage()),
          "Correct it: docs/spring.md lists all properties");
    }
  }

  /** What is wrong. */
  String description() {
    String message = getMessage();
    return message == null ? "" : message.substring(0, message.length() - action.length() - 2);
  }

  /** What to do about it. */
  String action() {
    return action;
  }
}
