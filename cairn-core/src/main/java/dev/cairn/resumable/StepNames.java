package dev.cairn.resumable;

/** What names the steps of the code may have. */
final class StepNames {
  private static final int NAME_LENGTH_MAX = 255;

  private StepNames() {}

  /** A step of the code must have a name like this. */
  static void require(StepValues values, String name) {
    if (name.isBlank() || name.length() > NAME_LENGTH_MAX) {
      throw new IllegalArgumentException(
          "a step of %s has the name '%s': it must have 1 to %d characters [CAIRN-307]"
              .formatted(values.job(), name, NAME_LENGTH_MAX));
    }
    if (SavedSteps.isOwn(name)) {
      throw new IllegalArgumentException(
          "a step of %s has the name '%s': names that begin with '%s' are Cairn's own [CAIRN-307]"
              .formatted(values.job(), name, SavedSteps.OWN));
    }
    if (name.indexOf(SavedSteps.SLASH) >= 0) {
      throw new IllegalArgumentException(
          ("a step of %s has the name '%s': a slash separates the names of nested steps. Use "
                  + "another character, or Steps.name(step, key), which escapes a slash in the "
                  + "key [CAIRN-307]")
              .formatted(values.job(), name));
    }
  }
}
