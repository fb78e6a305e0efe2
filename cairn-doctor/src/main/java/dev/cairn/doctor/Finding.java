package dev.cairn.doctor;

import org.jspecify.annotations.Nullable;

/**
 * What a check found. May get further components.
 *
 * @param check its name, such as {@code queues}
 * @param what one sentence. It may contain names from the database, such as those of queues and
 *     clients, which are any text: show it as text
 * @param todo what to do, often a command to copy; null if there is nothing to do
 */
public record Finding(Level level, String check, String what, @Nullable String todo) {
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
