package dev.cairn.dashboard.internal.view;

import dev.cairn.JobState;
import dev.cairn.dashboard.internal.read.JobDetails.Failure;
import dev.cairn.dashboard.internal.read.JobSummaries.Summary;
import dev.cairn.dashboard.internal.view.JobPageView.MarkView;
import dev.cairn.jobs.JobOperation;
import dev.cairn.jobs.JobProgress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What has happened to a job, in the order of time, as far as its row tells. */
final class JobMarks {
  private static final int TEXT_MAX = 300;

  private JobMarks() {}

  static List<MarkView> of(Summary job, JobProgress progress, List<Failure> failures) {
    var marks = new ArrayList<MarkView>();
    marks.add(mark(job.createdAt(), "created", "Inserted", null, null));
    if (job.scheduledAt().isAfter(job.createdAt()) && job.attempt() == 0) {
      marks.add(mark(job.scheduledAt(), "due", "Due", null, null));
    }
    for (Failure failure : failures) {
      Instant at = JobPages.instant(failure.at());
      if (at != null) {
        marks.add(
            mark(
                at,
                isCrash(failure) ? "crashed" : "failed",
                firstLine(failure.error()),
                null,
                failure.attempt()));
      }
    }
    if (job.attemptedAt() != null) {
      marks.add(
          mark(
              job.attemptedAt(),
              "claimed",
              job.client() == null ? "Claimed" : "Claimed by " + job.client(),
              job.client(),
              job.attempt()));
    }
    for (JobOperation operation : progress.operations()) {
      String reason = operation.reason();
      marks.add(
          mark(
              operation.at(),
              operation.verb().equals("interrupt") ? "interrupted" : "operation",
              Views.cut(operation.verb() + (reason == null ? "" : ": " + reason), TEXT_MAX),
              Views.cut(operation.by(), TEXT_MAX),
              null));
    }
    if (job.finalizedAt() != null) {
      marks.add(mark(job.finalizedAt(), "finalized", end(job.state()), null, job.attempt()));
    }
    return marks.stream().sorted(Comparator.comparing(MarkView::at)).toList();
  }

  private static boolean isCrash(Failure failure) {
    return failure.error().startsWith("Stuck job rescued") || failure.error().contains(" died");
  }

  private static String end(JobState state) {
    return switch (state) {
      case COMPLETED -> "Completed";
      case CANCELLED -> "Cancelled";
      default -> "Discarded";
    };
  }

  private static String firstLine(String text) {
    String line = text.lines().findFirst().orElse("");
    return line.length() > TEXT_MAX ? line.substring(0, TEXT_MAX) + "..." : line;
  }

  private static MarkView mark(
      Instant at, String kind, String text, @Nullable String by, @Nullable Integer attempt) {
    return new MarkView(at, kind, text, by, attempt);
  }
}
