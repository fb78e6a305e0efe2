package trial;

import java.util.stream.IntStream;
import org.jobrunr.jobs.context.JobContext;
import org.jobrunr.scheduling.JobScheduler;
import org.springframework.stereotype.Service;

/** The import as a job of JobRunr: 100 lines for each {@code runStepOnce}. */
@Service
public class Importing {
  private final Lines lines;
  private final JobScheduler jobs;
  private static volatile String thread;

  Importing(Lines lines, JobScheduler jobs) {
    this.lines = lines;
    this.jobs = jobs;
  }

  void begin(int count) {
    jobs.<Importing>enqueue(it -> it.work(count, JobContext.Null));
  }

  public void work(int count, JobContext context) throws Exception {
    thread = Thread.currentThread().toString();
    for (int from = 0; from < count; from += 100) {
      int first = from;
      context.runStepOnce(
          "lines from " + from,
          () ->
              IntStream.range(first, Math.min(count, first + 100))
                  .forEach(lines::write));
    }
  }

  String thread() {
    return thread;
  }
}
