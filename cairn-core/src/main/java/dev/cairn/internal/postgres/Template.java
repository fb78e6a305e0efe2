package dev.cairn.internal.postgres;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * SQL with names in braces where pieces of it are put in: {@code WHERE job.id = :id AND {held}}.
 * {@code {schema}} stays until the statement is sent, see {@link Sql#in}. Pieces are put in as they
 * are: braces within them mean nothing. Immutable.
 */
record Template(String text, Map<String, String> pieces) {
  private static final Pattern NAME = Pattern.compile("\\{([a-z_]+)}");
  private static final String SCHEMA = "schema";

  static Template of(String text) {
    return new Template(text, Map.of());
  }

  /** The same, with a piece for all places of its name. */
  Template with(String name, Object piece) {
    var more = new HashMap<>(pieces);
    more.put(name, piece.toString());
    return new Template(text, Map.copyOf(more));
  }

  /**
   * The SQL.
   *
   * @throws IllegalArgumentException if a name has no piece, or a piece no place
   */
  String sql() {
    var unused = new HashSet<>(pieces.keySet());
    String sql =
        NAME.matcher(text)
            .replaceAll(place -> {
              String name = place.group(1);
              unused.remove(name);
              return Matcher.quoteReplacement(SCHEMA.equals(name) ? place.group() : piece(name));
            });
    if (!unused.isEmpty()) {
      throw new IllegalArgumentException("there is no place for %s in %s".formatted(unused, text));
    }
    return sql;
  }

  private String piece(String name) {
    String piece = pieces.get(name);
    if (piece == null) {
      throw new IllegalArgumentException("there is no {%s} for %s".formatted(name, text));
    }
    return piece;
  }
}
