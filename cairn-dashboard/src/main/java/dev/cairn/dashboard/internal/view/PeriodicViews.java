package dev.cairn.dashboard.internal.view;

import dev.cairn.dashboard.internal.read.Periodics.Due;
import dev.cairn.dashboard.internal.read.Periodics.Found;
import dev.cairn.dashboard.internal.read.Periodics.Periodic;
import dev.cairn.dashboard.internal.read.Periodics.Run;
import dev.cairn.dashboard.internal.view.Views.JobView;
import dev.cairn.dashboard.internal.words.LateRun;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the API says of periodic jobs; see {@link Views}. */
public final class PeriodicViews {
  /** From here on, a next run means that there is none. The leader writes the last day of 9999. */
  private static final Instant NEVER = Instant.parse("9999-12-31T00:00:00Z");

  private PeriodicViews() {}

  /**
   * All periodic jobs that the database knows.
   *
   * @param more whether there may be others
   */
  public record PeriodicsView(
      Instant now, @Nullable String leader, List<PeriodicView> periodic, boolean more) {
    public static PeriodicsView of(Found found, @Nullable String leader, Instant now) {
      return new PeriodicsView(
          now,
          leader,
          found.jobs().stream().map(each -> PeriodicView.of(each, leader, now)).toList(),
          found.more());
    }
  }

  /**
   * A periodic job.
   *
   * @param nextRunAt null if it is not durable, or has no further run
   * @param movedAt when its last run was inserted, or when it was first seen; null if it is not
   *     durable
   * @param late why its run was not inserted although it is due; null if it is not late
   * @param last the job of its last run
   */
  public record PeriodicView(
      String id,
      boolean durable,
      @Nullable Instant nextRunAt,
      @Nullable Instant movedAt,
      @Nullable String late,
      @Nullable JobView last,
      List<RunView> runs) {
    static PeriodicView of(Periodic periodic, @Nullable String leader, Instant now) {
      Due due = periodic.due();
      return new PeriodicView(
          periodic.id(),
          due != null,
          due == null || !due.nextRunAt().isBefore(NEVER) ? null : due.nextRunAt(),
          due == null ? null : due.movedAt(),
          due == null ? null : LateRun.of(due, leader, now).orElse(null),
          periodic.last() == null ? null : JobView.of(periodic.last()),
          periodic.runs().stream().map(RunView::of).toList());
    }
  }

  /** The job of a run. */
  public record RunView(String id, String state, Instant createdAt) {
    static RunView of(Run run) {
      return new RunView(Long.toString(run.id()), run.state().label(), run.createdAt());
    }
  }
}
