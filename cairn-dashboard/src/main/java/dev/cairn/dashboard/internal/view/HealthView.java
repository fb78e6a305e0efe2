package dev.cairn.dashboard.internal.view;

import dev.cairn.doctor.Examination;
import dev.cairn.doctor.Finding;
import dev.cairn.doctor.Level;
import dev.cairn.migrate.MigrationLine;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the checks of the database have found.
 *
 * @param at when they began, by the clock of the dashboard's server
 * @param ageMs how long ago that was
 * @param againInMs how long nobody may look again; whoever asks earlier gets this answer
 * @param level the worst of all findings
 * @param findings the worst first
 * @param versions of the tables; empty if they could not be looked at
 */
public record HealthView(
    Instant at,
    long ageMs,
    long againInMs,
    String level,
    List<FindingView> findings,
    List<SchemaVersionView> versions) {
  /** Whoever may write to the database may have made a name long. */
  private static final int TEXT_MAX = 2_000;

  public static HealthView of(Examination found, Instant at, Duration age, Duration rest) {
    Level worst =
        found.findings().stream()
            .map(Finding::level)
            .max(Comparator.naturalOrder())
            .orElse(Level.OK);
    return new HealthView(
        at,
        age.toMillis(),
        // Rounded up: half a millisecond earlier would be too early.
        rest.plusNanos(999_999).toMillis(),
        worst.label(),
        found.findings().stream()
            .sorted(Comparator.comparing(Finding::level).reversed())
            .map(FindingView::of)
            .toList(),
        Stream.of(MigrationLine.values())
            .filter(found.versions()::containsKey)
            .map(line -> SchemaVersionView.of(line, found.versions().getOrDefault(line, 0)))
            .toList());
  }

  /**
   * What a check found.
   *
   * @param todo what to do; null if there is nothing to do
   */
  public record FindingView(String level, String check, String what, @Nullable String todo) {
    static FindingView of(Finding finding) {
      return new FindingView(
          finding.level().label(),
          finding.check(),
          Views.cut(finding.what(), TEXT_MAX),
          finding.todo() == null ? null : Views.cut(finding.todo(), TEXT_MAX));
    }
  }

  /**
   * A line of migrations.
   *
   * @param version the newest that is applied; 0 if none is
   * @param newest the newest that this Cairn knows
   */
  public record SchemaVersionView(String line, int version, int newest) {
    static SchemaVersionView of(MigrationLine line, int version) {
      return new SchemaVersionView(line.label(), version, line.newestVersion());
    }
  }
}
