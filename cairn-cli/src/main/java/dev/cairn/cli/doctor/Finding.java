package dev.cairn.cli.doctor;

import org.jspecify.annotations.Nullable;

/**
 * What a check found.
 *
 * @param check its name
 * @param what one sentence
 * @param todo what to do; null if there is nothing to do
 */
record Finding(Level level, String check, String what, @Nullable String todo) {
  static Finding ok(String check, String what) {
    return new Finding(Level.OK, check, what, null);
  }

  static Finding note(String check, String what, @Nullable String todo) {
    return new Finding(Level.NOTE, check, what, todo);
  }

  static Finding warning(String check, String what, String todo) {
    return new Finding(Level.WARNING, check, what, todo);
  }

  static Finding problem(String check, String what, String todo) {
    return new Finding(Level.PROBLEM, check, what, todo);
  }
}
