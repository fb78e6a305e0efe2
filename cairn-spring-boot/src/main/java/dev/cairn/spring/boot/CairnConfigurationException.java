package dev.cairn.spring.boot;

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
