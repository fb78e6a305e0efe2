package dev.cairn.doctor;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The server itself: its version, its settings, its clock and its limits. */
final class ServerChecks {
  private static final int OLDEST = 140_000;
  private static final double NEARLY_FULL = 0.8;
  private static final double FULL = 0.95;

  private final Limits limits;
  private final InstantSource clock;

  ServerChecks(Limits limits, InstantSource clock) {
    this.limits = limits;
    this.clock = clock;
  }

  List<Check> all() {
    return List.of(
        new Check("server", ServerChecks::version),
        new Check("settings", ServerChecks::settings),
        new Check("clock", this::clocks),
        new Check("connections", ServerChecks::connections),
        new Check("transaction ids", this::transactionIds),
        new Check("notifications", ServerChecks::notifications));
  }

  private static List<Finding> version(ReadOnlyConnection database) throws SQLException {
    int number = Integer.parseInt(database.setting("server_version_num").orElse("0"));
    String text = "PostgreSQL " + database.setting("server_version").orElse("?");
    boolean standby = database.row("SELECT pg_is_in_recovery()", row -> row.getBoolean(1));
    if (standby) {
      return List.of(
          Finding.problem(
              "server",
              text + " is a standby, which accepts no changes",
              "give clients the address of the primary"));
    }
    return List.of(
        number < OLDEST
            ? Finding.problem("server", text + " is too old", "upgrade to PostgreSQL 14 or newer")
            : Finding.ok("server", text));
  }

  private static List<Finding> settings(ReadOnlyConnection database) throws SQLException {
    var findings = new ArrayList<Finding>();
    if (isOff(database, "fsync")) {
      findings.add(
          Finding.problem(
              "fsync",
              "fsync is off: a crash of the server may destroy the database",
              "set fsync = on, unless all data may be lost"));
    }
    if (isOff(database, "full_page_writes")) {
      findings.add(
          Finding.problem(
              "full_page_writes",
              "full_page_writes is off: a crash of the host may damage pages",
              "set full_page_writes = on"));
    }
    if (isOff(database, "synchronous_commit")) {
      findings.add(
          Finding.warning(
              "synchronous_commit",
              "synchronous_commit is off: a crash of the server loses the last commits",
              "set synchronous_commit = on for the role or database of the clients"));
    }
    if (isOff(database, "autovacuum")) {
      findings.add(
          Finding.problem(
              "autovacuum",
              "autovacuum is off: the tables grow without limit",
              "set autovacuum = on"));
    }
    if (isOff(database, "track_counts")) {
      findings.add(
          Finding.problem(
              "autovacuum",
              "track_counts is off, without which autovacuum does nothing",
              "set track_counts = on"));
    }
    return findings.isEmpty()
        ? List.of(Finding.ok("settings", "commits are durable, and autovacuum is on"))
        : findings;
  }

  private static boolean isOff(ReadOnlyConnection database, String setting) throws SQLException {
    return database.setting(setting).filter("off"::equals).isPresent();
  }

  private List<Finding> clocks(ReadOnlyConnection database) throws SQLException {
    Instant before = clock.instant();
    Instant there =
        Objects.requireNonNull(
            database.row(
                "SELECT clock_timestamp() AS now", row -> ReadOnlyConnection.instant(row, "now")));
    Duration trip = Duration.between(before, clock.instant());
    Duration skew = Duration.between(before.plus(trip.dividedBy(2)), there);
    if (skew.abs().minus(trip.dividedBy(2)).compareTo(limits.skew()) <= 0) {
      return List.of(
          Finding.ok(
              "clock",
              "this machine and the database differ by %s".formatted(seconds(skew.abs()))));
    }
    return List.of(
        Finding.warning(
            "clock",
            "the clock of this machine is %s %s the clock of the database"
                .formatted(seconds(skew.abs()), skew.isNegative() ? "ahead of" : "behind"),
            "synchronize both with NTP: times that programs set for jobs are off by as much"));
  }

  private static String seconds(Duration duration) {
    return duration.toMinutes() > 0
        ? Words.clock(duration)
        : "%d.%03d s".formatted(duration.toSecondsPart(), duration.toMillisPart());
  }

  private static List<Finding> connections(ReadOnlyConnection database) throws SQLException {
    int open =
        database.row(
            "SELECT count(*) FROM pg_stat_activity WHERE " + Sessions.OF_CLIENTS,
            row -> row.getInt(1));
    int most = Integer.parseInt(database.setting("max_connections").orElse("100"));
    int reserved =
        Integer.parseInt(database.setting("superuser_reserved_connections").orElse("0"))
            + Integer.parseInt(database.setting("reserved_connections").orElse("0"));
    String text = "%d of %d connections are open".formatted(open, most - reserved);
    double share = (double) open / (most - reserved);
    if (share < NEARLY_FULL) {
      return List.of(Finding.ok("connections", text));
    }
    String todo = "make pools smaller, raise max_connections, or put a pooler before the server";
    return List.of(
        share < FULL
            ? Finding.warning("connections", text, todo)
            : Finding.problem("connections", text, todo));
  }

  private List<Finding> transactionIds(ReadOnlyConnection database) throws SQLException {
    // The server stops in all databases for the oldest of any.
    return database.rows(
        """
        SELECT datname, greatest(age(datfrozenxid), mxid_age(datminmxid))::bigint AS age
        FROM pg_database
        ORDER BY age DESC, datname <> current_database(), datname
        LIMIT 1
        """,
        this::transactionId);
  }

  private Finding transactionId(ResultSet row) throws SQLException {
    long age = row.getLong("age");
    String oldest = row.getString("datname");
    String text =
        "the oldest transaction id is %s old, of 2,000,000,000, in database %s"
            .formatted(Words.count(age), oldest);
    return age < limits.transactions()
        ? Finding.ok("transaction ids", text)
        : Finding.problem(
            "transaction ids",
            text + ": when none are left, the server stops",
            "end old transactions, also prepared ones, then run VACUUM (FREEZE) on the oldest"
                + " tables of database "
                + oldest);
  }

  private static List<Finding> notifications(ReadOnlyConnection database) throws SQLException {
    double usage = database.row("SELECT pg_notification_queue_usage()", row -> row.getDouble(1));
    String text = "the queue of notifications is %s full".formatted(Words.percent(usage));
    return List.of(
        usage < 0.5
            ? Finding.ok("notifications", text)
            : Finding.problem(
                "notifications",
                text + ": when it is full, insertions fail",
                "end the session that listens in an old transaction, see pg_stat_activity"));
  }
}
