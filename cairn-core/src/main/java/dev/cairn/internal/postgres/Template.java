package dev.cairn.internal.postgres;

import dev.cairn.internal.json.MetadataKeys;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * SQL with names in braces, each of which is replaced with a piece of SQL: {@code WHERE job.id =
 * :id AND {held}}. {@code {schema}} stays until the statement is sent, see {@link Sql#in}. Braces
 * within pieces are not replaced. {@link MetadataKeys} have names, such as {@code {request_key}},
 * that need no piece. Immutable.
 */
record Template(String text, Map<String, String> pieces) {
  private static final Pattern NAME = Pattern.compile("\\{([a-z_]+)}");
  private static final String SCHEMA = "schema";

  /** The names of the metadata keys, which every template may use. */
  private static final Map<String, String> KEYS =
      Map.ofEntries(
          Map.entry("output_key", MetadataKeys.OUTPUT),
          Map.entry("snoozes_key", MetadataKeys.SNOOZES),
          Map.entry("request_key", MetadataKeys.REQUEST),
          Map.entry("unique_key_conflict_key", MetadataKeys.UNIQUE_KEY_CONFLICT),
          Map.entry("set_apart_key", MetadataKeys.SET_APART),
          Map.entry("operations_key", MetadataKeys.OPERATIONS),
          Map.entry("river_checkpoint", MetadataKeys.RIVER_CHECKPOINT),
          Map.entry("cancel_attempted_at_key", MetadataKeys.CANCEL_ATTEMPTED_AT),
          Map.entry("interruptions_key", MetadataKeys.INTERRUPTIONS),
          Map.entry("rescue_count_key", MetadataKeys.RESCUE_COUNT),
          Map.entry("periodic_job_id_key", MetadataKeys.PERIODIC_JOB_ID),
          Map.entry("run_key", MetadataKeys.RUN),
          Map.entry("handed_back_key", MetadataKeys.HANDED_BACK),
          Map.entry("odd_metadata_key", MetadataKeys.ODD_METADATA),
          Map.entry("resumable_step_key", MetadataKeys.RESUMABLE_STEP),
          Map.entry("resumable_cursor_key", MetadataKeys.RESUMABLE_CURSOR),
          Map.entry("resumable_digest_key", MetadataKeys.RESUMABLE_DIGEST),
          Map.entry("deaths_key", MetadataKeys.DEATHS),
          Map.entry("takeovers_key", MetadataKeys.TAKEOVERS),
          Map.entry("paused_key", MetadataKeys.PAUSED),
          Map.entry("renewed_key", MetadataKeys.RENEWED),
          Map.entry("woken_key", MetadataKeys.WOKEN));

  static Template of(String text) {
    return new Template(text, Map.of());
  }

  /** The same template with a piece for all places of its name. */
  Template with(String name, Object piece) {
    var more = new HashMap<>(pieces);
    more.put(name, piece.toString());
    return new Template(text, Map.copyOf(more));
  }

  /**
   * The SQL with all pieces.
   *
   * @throws IllegalArgumentException if a name has no piece, or a piece has no place
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
    String piece = pieces.getOrDefault(name, KEYS.get(name));
    if (piece == null) {
      throw new IllegalArgumentException("there is no {%s} for %s".formatted(name, text));
    }
    return piece;
  }
}
