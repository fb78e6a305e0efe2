package dev.cairn.doctor;

import dev.cairn.migrate.Migration;
import dev.cairn.migrate.MigrationLine;
import dev.cairn.migrate.MigrationValidation;
import dev.cairn.migrate.Migrator;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Checks the server, the tables, the clients and the jobs of a schema, and says what to do.
 *
 * <pre>{@code
 * Doctor.of(dataSource).inSchema("jobs").examine().findings().forEach(System.out::println);
 * }</pre>
 *
 * <p>Changes nothing, and leaves no setting behind with its connections, so that it can be used
 * with a pool and behind a pooler. A role that may only read is enough: see {@link
 * dev.cairn.migrate.Privileges#READER}. What the role may not see is a {@linkplain Level#NOTE
 * note}. Each check reads a bounded number of rows, however many jobs there are. Immutable and
 * thread-safe.
 */
public final class Doctor {
  private static final String CANCELLED = "57014";
  private static final String LOCKED = "55P03";
  private static final String NO_PRIVILEGE = "42501";
  private static final String GRANT =
      "grant this role the privileges of a reader, see docs/migrations.md";
  private static final String WAITS = "look in pg_stat_activity for what the database waits for";
  private static final String SCHEMA = "schema";
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final DataSource dataSource;
  private final @Nullable String schema;
  private final Limits limits;
  private final Duration timeout;
  private final @Nullable Duration timeLimit;
  private final InstantSource clock;

  private Doctor(
      DataSource dataSource,
      @Nullable String schema,
      Limits limits,
      Duration timeout,
      @Nullable Duration timeLimit,
      InstantSource clock) {
    this.dataSource = dataSource;
    this.schema = schema;
    this.limits = limits;
    this.timeout = timeout;
    this.timeLimit = timeLimit;
    this.clock = clock;
  }

  /** A doctor for the current schema of the data source's connections. */
  public static Doctor of(DataSource dataSource) {
    return new Doctor(
        Objects.requireNonNull(dataSource, "dataSource"),
        null,
        Limits.defaults(),
        TIMEOUT,
        null,
        InstantSource.system());
  }

  /**
   * A doctor for another schema.
   *
   * @param name the current schema of the connections if null
   */
  public Doctor inSchema(@Nullable String name) {
    return new Doctor(dataSource, name, limits, timeout, timeLimit, clock);
  }

  /** A doctor with other limits; {@link Limits#defaults()} unless set. */
  public Doctor withLimits(Limits others) {
    Objects.requireNonNull(others, "others");
    return new Doctor(dataSource, schema, others, timeout, timeLimit, clock);
  }

  /**
   * How long the database may take for each statement; ten seconds unless set. A check that takes
   * longer is a {@linkplain Level#WARNING warning}, and the others are still made. If the network
   * is silent, a connection is given up two seconds later. Getting a connection takes as long as
   * the data source allows.
   *
   * @throws IllegalArgumentException if it is less than a millisecond or more than a day
   */
  public Doctor withTimeout(Duration each) {
    return new Doctor(dataSource, schema, limits, checked(each), timeLimit, clock);
  }

  /**
   * How long all checks may take together. Those that are not reached in time are {@linkplain
   * Level#WARNING warnings}. Unless set, only the timeout of each statement limits them.
   *
   * @throws IllegalArgumentException if it is less than a millisecond or more than a day
   */
  public Doctor withTimeLimit(Duration all) {
    return new Doctor(dataSource, schema, limits, timeout, checked(all), clock);
  }

  private static Duration checked(Duration time) {
    if (time.compareTo(Duration.ofMillis(1)) < 0 || time.compareTo(Duration.ofDays(1)) > 0) {
      throw new IllegalArgumentException("a time limit must be 1 ms to 24 h, not " + time);
    }
    return time;
  }

  /** With another clock of this machine; for tests. */
  Doctor withClock(InstantSource source) {
    return new Doctor(dataSource, schema, limits, timeout, timeLimit, source);
  }

  /**
   * Makes all checks, one after the other, on one connection at a time. A check that fails is a
   * finding itself, also if there is no connection.
   */
  public Examination examine() {
    return examine(finding -> {});
  }

  /**
   * Makes all checks, as {@link #examine()} does, and tells each finding at once: whoever gives up
   * waiting has those that were made.
   *
   * @param told is called by the thread that examines
   */
  public Examination examine(Consumer<? super Finding> told) {
    return new Round(Patience.from(timeout, timeLimit), Objects.requireNonNull(told, "told"))
        .examine();
  }

  /** The names of all checks, in the order in which they are made. */
  public List<String> checks() {
    return Stream.of(
            new ServerChecks(limits, clock).all().stream().map(Check::name),
            Stream.of(SCHEMA),
            ofTables(Place.UNKNOWN).stream().map(Check::name),
            new SessionChecks(limits).all().stream().map(Check::name))
        .flatMap(names -> names)
        .toList();
  }

  private List<Check> ofTables(Place place) {
    return Stream.of(
            new TableChecks(limits, place).all(),
            ClientChecks.all(),
            new JobChecks(limits, place).all())
        .flatMap(List::stream)
        .toList();
  }

  /** What is known of the tables. */
  private enum Tables {
    READY,
    /** Missing, too old or too new: a finding says so. */
    UNFIT,
    UNKNOWN
  }

  /** One examination. */
  private final class Round {
    private final Patience patience;
    private final Consumer<? super Finding> told;
    private final List<Finding> findings = new ArrayList<>();
    private final Map<MigrationLine, Integer> versions = new EnumMap<>(MigrationLine.class);
    private Place place = Place.UNKNOWN;

    Round(Patience patience, Consumer<? super Finding> told) {
      this.patience = patience;
      this.told = told;
    }

    private void found(Finding finding) {
      findings.add(finding);
      told.accept(finding);
    }

    Examination examine() {
      boolean answers = run(new ServerChecks(limits, clock).all());
      if (answers) {
        answers =
            switch (tables()) {
              case READY -> run(ofTables(place));
              case UNFIT -> true;
              case UNKNOWN -> {
                ofTables(place).forEach(check -> found(leftOut(check.name())));
                yield true;
              }
            };
      }
      if (answers) {
        run(new SessionChecks(limits).all());
      }
      return new Examination(findings, versions);
    }

    /** Returns false if there was no connection. */
    private boolean run(List<Check> checks) {
      ReadOnlyConnection connection = null;
      try {
        for (Check check : checks) {
          if (patience.isOver()) {
            found(notReached(check.name()));
            continue;
          }
          if (connection == null) {
            connection = ReadOnlyConnection.open(dataSource, schema, patience);
          }
          try {
            check.look().at(connection).forEach(this::found);
          } catch (SQLException | RuntimeException e) {
            found(failed(check.name(), "the check failed", e));
            // A statement that timed out may have left a connection that is of no use.
            close(connection);
            connection = null;
          }
        }
        return true;
      } catch (SQLException | RuntimeException e) {
        found(
            Finding.failed(
                Level.PROBLEM,
                "connection",
                withoutAnswer(),
                "check the address, the server's log, and whether it has connections left",
                e));
        return false;
      } finally {
        close(connection);
      }
    }

    /** Names the checks that were not made, unless none was made. */
    private String withoutAnswer() {
      List<String> left = new ArrayList<>(checks());
      findings.forEach(finding -> left.remove(finding.check()));
      return findings.isEmpty() || left.isEmpty()
          ? "the database does not answer"
          : "the database does not answer any more, and was not checked for: "
              + String.join(", ", left);
    }

    private Finding failed(String check, String what, Exception failure) {
      return switch (Finding.state(failure)) {
        case CANCELLED, LOCKED -> patience.isOver() ? notReached(check) : late(check);
        case NO_PRIVILEGE ->
            Finding.failed(Level.NOTE, check, "this role lacks a privilege", GRANT, failure);
        default ->
            Finding.failed(
                Level.PROBLEM, check, what, "check the connection and the server's log", failure);
      };
    }

    private Finding late(String check) {
      return Finding.warning(
          check,
          "the check took longer than " + Words.span(timeout),
          WAITS + ", or give each check more time");
    }

    private Finding notReached(String check) {
      return Finding.warning(
          check,
          "not checked, because all checks together took longer than "
              + Words.span(timeLimit == null ? Duration.ZERO : timeLimit),
          WAITS + ", or give all checks more time");
    }

    /** A check of tables that may not be there. */
    private Finding leftOut(String check) {
      return patience.isOver()
          ? notReached(check)
          : Finding.warning(
              check,
              "not checked, because the state of the tables is not known",
              "see the finding of the check schema");
    }

    private Tables tables() {
      if (patience.isOver()) {
        found(notReached(SCHEMA));
        return Tables.UNKNOWN;
      }
      try {
        place = Place.of(dataSource, schema, patience);
        String name = place.schema();
        MigrationValidation validation = migrator(name).validate();
        readVersions(migrator(name));
        validation
            .problems()
            .forEach(
                problem -> found(Finding.problem(SCHEMA, problem, place.command("migrate up"))));
        validation
            .warnings()
            .forEach(warning ->
                found(
                    Finding.warning(
                        SCHEMA, warning, place.command("migrate list") + " shows all versions")));
        if (validation.problems().isEmpty() && validation.warnings().isEmpty()) {
          found(Finding.ok(SCHEMA, versionsInWords()));
        }
        return validation.isValid() ? Tables.READY : Tables.UNFIT;
      } catch (SQLException | RuntimeException e) {
        found(ofUnknownTables(e));
        return Tables.UNKNOWN;
      }
    }

    /** Without the schema, hardly anything is checked: that is more than a note. */
    private Finding ofUnknownTables(Exception failure) {
      String what = "the tables cannot be checked";
      return Finding.state(failure).equals(NO_PRIVILEGE)
          ? Finding.failed(Level.PROBLEM, SCHEMA, what, GRANT, failure)
          : failed(SCHEMA, what, failure);
    }

    /** Each with the time that is left. */
    private Migrator migrator(@Nullable String name) {
      return Migrator.of(dataSource).inSchema(name).withReadTimeout(patience.next());
    }

    private void readVersions(Migrator migrator) {
      for (Migration migration : migrator.list()) {
        int version = migration.isApplied() ? migration.version() : 0;
        versions.merge(migration.line(), version, Math::max);
      }
    }

    /** For example {@code line main is at version 8, line cairn is at version 3}. */
    private String versionsInWords() {
      return String.join(
          ", ",
          versions.entrySet().stream()
              .map(line ->
                  "line %s is at version %d".formatted(line.getKey().label(), line.getValue()))
              .toList());
    }
  }

  private static void close(@Nullable ReadOnlyConnection connection) {
    try {
      if (connection != null) {
        connection.close();
      }
    } catch (SQLException e) {
      // Nothing was changed over this connection.
      return;
    }
  }
}
