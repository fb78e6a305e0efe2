package trial;

import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.launch.JobOperator;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** Stopping an execution, and a restart. */
@RestController
class Trials {
  private final JobOperator operator;
  private final JobRepository repository;

  Trials(JobOperator operator, JobRepository repository) {
    this.operator = operator;
    this.repository = repository;
  }

  @PostMapping("/pause")
  void pause() throws Exception {
    for (JobExecution execution : repository.findRunningJobExecutions("import")) {
      operator.stop(execution);
    }
  }

  /** Restarts the last execution. If its process was killed, it is recovered before. */
  @PostMapping("/resume")
  void resume() throws Exception {
    JobExecution last = repository.getLastJobExecution(repository.getLastJobInstance("import"));
    operator.restart(last.isRunning() ? operator.recover(last) : last);
  }
}
