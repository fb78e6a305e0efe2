import org.jobrunr.jobs.annotations.Job;
import org.jobrunr.scheduling.JobBuilder;

/** A queue of JobRunr Pro, as its documentation describes it. The trial "queues" compiles this. */
class Queued {
  @Job(queue = "urgent")
  public void work() {}

  JobBuilder urgent() {
    return JobBuilder.aJob().withQueue("urgent").withDetails(this::work);
  }
}
