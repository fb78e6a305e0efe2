package dev.cairn.dashboard;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a user may see and do. Start with {@link #nobody()}, {@link #reader} or {@link #operator},
 * and change it. Immutable.
 */
public final class Grant {
  private static final int USER_MAX = 200;
  private static final Grant NOBODY = new Grant("", Set.of(), false);

  private final String user;
  private final Set<Verb> verbs;
  private final boolean arguments;

  private Grant(String user, Set<Verb> verbs, boolean arguments) {
    this.user = user;
    this.verbs = verbs;
    this.arguments = arguments;
  }

  /** May see no data at all. */
  public static Grant nobody() {
    return NOBODY;
  }

  /**
   * May see everything but arguments, metadata, outputs, cursors and quarantined positions, and
   * change nothing.
   *
   * @param user the user's name, which is shown
   * @throws IllegalArgumentException if the name is blank or longer than 200 characters
   */
  public static Grant reader(String user) {
    return new Grant(name(user), Set.of(), false);
  }

  /**
   * May see and do everything.
   *
   * @param user the user's name, which is recorded with each act
   * @throws IllegalArgumentException if the name is blank or longer than 200 characters
   */
  public static Grant operator(String user) {
    return new Grant(name(user), Collections.unmodifiableSet(EnumSet.allOf(Verb.class)), true);
  }

  private static String name(String user) {
    if (user.isBlank() || user.length() > USER_MAX || user.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "the name of a user must have 1 to %d characters, and no U+0000".formatted(USER_MAX));
    }
    return user;
  }

  /**
   * This grant, with these verbs and no others.
   *
   * @throws IllegalStateException if this is the grant of nobody
   */
  public Grant withVerbs(Verb... allowed) {
    requireSomebody();
    Set<Verb> set = EnumSet.noneOf(Verb.class);
    set.addAll(Arrays.asList(allowed));
    return new Grant(user, Collections.unmodifiableSet(set), arguments);
  }

  /**
   * This grant, with or without permission to see arguments, metadata, outputs, cursors and
   * quarantined positions. Errors and logs are always shown, so workers should write no secrets
   * there.
   *
   * @throws IllegalStateException if this is the grant of nobody
   */
  public Grant withArguments(boolean visible) {
    requireSomebody();
    return new Grant(user, verbs, visible);
  }

  private void requireSomebody() {
    if (isNobody()) {
      throw new IllegalStateException(
          "Grant.nobody() cannot be extended: start with reader or operator [CAIRN-713]");
    }
  }

  /** Whether no data may be seen. */
  public boolean isNobody() {
    return user.isEmpty();
  }

  /** The user's name; empty for nobody. */
  public String user() {
    return user;
  }

  /** What the user may do. */
  public Set<Verb> verbs() {
    return verbs;
  }

  /** Whether the user may do this. */
  public boolean allows(Verb verb) {
    return verbs.contains(verb);
  }

  /** Whether the user may see arguments, metadata, outputs, cursors and quarantined positions. */
  public boolean arguments() {
    return arguments;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Grant that
        && user.equals(that.user)
        && verbs.equals(that.verbs)
        && arguments == that.arguments;
  }

  @Override
  public int hashCode() {
    return Objects.hash(user, verbs, arguments);
  }

  @Override
  public String toString() {
    return isNobody()
        ? "Grant[nobody]"
        : "Grant[user=%s, verbs=%s, arguments=%s]".formatted(user, verbs, arguments);
  }
}
