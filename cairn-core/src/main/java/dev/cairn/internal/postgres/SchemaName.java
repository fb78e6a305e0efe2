package dev.cairn.internal.postgres;

import java.util.regex.Pattern;

/**
 * The name of the PostgreSQL schema with the tables. Names that need escaping are refused, so that
 * the name can be part of notification channels as River writes them.
 */
public record SchemaName(String name) {
  /** A channel name has at most 63 bytes; the longest of River's suffixes has 17 with its dot. */
  private static final int LENGTH_MAX = 46;

  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  public SchemaName {
    if (name.length() > LENGTH_MAX || !NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          ("invalid schema name '%s': use 1 to %d letters, digits and underscores, "
                  + "not beginning with a digit [CAIRN-613]")
              .formatted(name, LENGTH_MAX));
    }
  }

  /** The name as an identifier in SQL. */
  String quoted() {
    return '"' + name + '"';
  }

  /**
   * A command of {@code ./cairn} on this schema, in backticks. Without the name, it would act on
   * the tables of another schema, or create some there.
   */
  String command(String words) {
    return "`./cairn %s --schema %s`".formatted(words, name);
  }

  /** The notification channel of this schema with River's suffix, such as {@code river_insert}. */
  String channel(String suffix) {
    return name + "." + suffix;
  }
}
