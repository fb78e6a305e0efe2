package trial;

import java.time.Instant;
import org.jobrunr.jobs.context.JobContext;
import org.jobrunr.scheduling.JobScheduler;
import org.jobrunr.server.BackgroundJobServer;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** A job that waits, and pausing. */
@RestController
class Trials {
  private final JobScheduler jobs;
  private final BackgroundJobServer server;

  Trials(JobScheduler jobs, BackgroundJobServer server) {
    this.jobs = jobs;
    this.server = server;
  }

  /** Inserts an import of ten lines that is due in 30 s. */
  @PostMapping("/later")
  void later() {
    jobs.<Importing>schedule(Instant.now().plusSeconds(30), it -> it.work(10, JobContext.Null));
  }

  @PostMapping("/pause")
  void pause() {
    server.pauseProcessing();
  }

  @PostMapping("/resume")
  void resume() {
    server.resumeProcessing();
  }
}
