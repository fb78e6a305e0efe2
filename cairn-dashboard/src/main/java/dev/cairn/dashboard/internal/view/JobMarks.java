package dev.cairn.dashboard.internal.view;

import dev.cairn.JobState;
import dev.cairn.dashboard.internal.read.JobDetails.Failure;
import dev.cairn.dashboard.internal.read.JobSummaries.Summary;
import dev.cairn.dashboard.internal.view.JobPageView.MarkView;
import dev.cairn.jobs.JobOperation;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.JobTakeover;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
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
    addAttempts(marks, job, failures);
    addTakeovers(marks, progress.takeovers(), job, failures);
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

  /**
   * The attempts that have failed, and the last one. Of a failure, the row has the time at which
   * its attempt began. When it ended is known only of the last one, if the job ended with it.
   */
  private static void addAttempts(List<MarkView> marks, Summary job, List<Failure> failures) {
    Instant claimed = job.attemptedAt();
    for (Failure failure : failures) {
      FailureTimes times = FailureTimes.of(failure, job, failure.equals(failures.getLast()));
      String kind = times.isCrash() ? "crashed" : "failed";
      String error = firstLine(failure.error());
      if (times.ended() != null) {
        marks.add(mark(times.ended(), kind, error, null, failure.attempt()));
      }
      if (times.began() != null && (claimed == null || !times.began().equals(claimed))) {
        marks.add(
            mark(
                times.began(),
                times.ended() == null ? "began" : "claimed",
                times.ended() == null
                    ? "Attempt %d began. It failed later: %s".formatted(failure.attempt(), error)
                    : "Attempt %d began".formatted(failure.attempt()),
                null,
                failure.attempt()));
      }
    }
    if (claimed != null) {
      marks.add(
          mark(
              claimed,
              "claimed",
              job.client() == null ? "Claimed" : "Claimed by " + job.client(),
              job.client(),
              job.attempt()));
    }
  }

  /**
   * A takeover may be told by an error as well: of a stuck job, or of one that was discarded after
   * many deaths. Its claim may be the last one, which has its mark already.
   */
  private static void addTakeovers(
      List<MarkView> marks, List<JobTakeover> takeovers, Summary job, List<Failure> failures) {
    Set<Instant> told =
        failures.stream()
            .map(failure -> FailureTimes.of(failure, job, failure.equals(failures.getLast())))
            .filter(FailureTimes::isCrash)
            .map(FailureTimes::ended)
            .filter(Objects::nonNull)
            .collect(Collectors.toSet());
    Set<Instant> claims =
        marks.stream()
            .filter(mark -> mark.kind().equals("claimed"))
            .map(MarkView::at)
            .collect(Collectors.toSet());
    for (JobTakeover takeover : takeovers) {
      String client = takeover.client() == null ? null : Views.cut(takeover.client(), TEXT_MAX);
      if (takeover.claimedAt() != null && claims.add(takeover.claimedAt())) {
        marks.add(
            mark(
                takeover.claimedAt(),
                "claimed",
                client == null ? "Claimed" : "Claimed by " + client,
                client,
                null));
      }
      if (!told.contains(takeover.at())) {
        marks.add(
            mark(
                takeover.at(),
                "crashed",
                client == null
                    ? "Its client was found dead"
                    : "Client %s was found dead, and the job was taken over".formatted(client),
                null,
                null));
      }
    }
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
