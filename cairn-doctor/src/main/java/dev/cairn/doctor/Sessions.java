package dev.cairn.doctor;

/** The rows of {@code pg_stat_activity}. */
final class Sessions {
  /**
   * Those of clients. The type of other roles' sessions is hidden from a role without {@code
   * pg_read_all_stats}; only sessions have both a database and a role.
   */
  static final String OF_CLIENTS =
      """
      coalesce(backend_type = 'client backend', datid IS NOT NULL AND usesysid IS NOT NULL)\
      """;

  private Sessions() {}
}
