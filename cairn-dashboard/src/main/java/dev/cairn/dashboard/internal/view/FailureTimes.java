package dev.cairn.dashboard.internal.view;

import dev.cairn.JobState;
import dev.cairn.dashboard.internal.read.JobDetails.Failure;
import dev.cairn.dashboard.internal.read.JobSummaries.Summary;
import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * When a failed attempt began and ended, as far as the row tells. An error has one time: as in
 * River, it is when the attempt began, or, if a stuck job was taken away, when that was done.
 *
 * @param isCrash whether the attempt ended because its client died or was stuck
 */
record FailureTimes(@Nullable Instant began, @Nullable Instant ended, boolean isCrash) {
  /** The sentence of Cairn and of River. */
  private static final String STUCK = "Stuck job rescued by JobRescuer";

  /** The sentence of Cairn for a job that is discarded after many deaths. */
  private static final Pattern DIED =
      Pattern.compile(
          "The client .* died while it worked this job\\. Deaths in a row .*", Pattern.DOTALL);

  /**
   * @param isLast whether it is the last error of the job
   */
  static FailureTimes of(Failure failure, Summary job, boolean isLast) {
    Instant at = JobPages.instant(failure.at());
    if (failure.error().equals(STUCK)) {
      return new FailureTimes(null, at, true);
    }
    boolean isCrash = DIED.matcher(failure.error()).matches();
    Instant finalized = job.finalizedAt();
    boolean endedWithIt =
        isLast
            && job.state() == JobState.DISCARDED
            && finalized != null
            && (at == null || !at.isAfter(finalized));
    return new FailureTimes(at, endedWithIt ? finalized : null, isCrash);
  }
}
