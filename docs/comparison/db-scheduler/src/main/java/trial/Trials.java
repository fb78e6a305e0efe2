package trial;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.task.Priority;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import java.time.Instant;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** A task that waits, pausing, and priorities. */
@RestController
class Trials {
  private static final TaskDescriptor<Integer> LINE = TaskDescriptor.of("line", Integer.class);
  private final Scheduler scheduler;
  private final Importing importing;
  private final TransactionTemplate transaction;

  Trials(Scheduler scheduler, Importing importing, TransactionTemplate transaction) {
    this.scheduler = scheduler;
    this.importing = importing;
    this.transaction = transaction;
  }

  /** Inserts an import of ten lines that is due in 30 s. */
  @PostMapping("/later")
  void later() {
    importing.begin(10, Instant.now().plusSeconds(30));
  }

  @PostMapping("/pause")
  void pause() {
    scheduler.pause();
  }

  @PostMapping("/resume")
  void resume() {
    scheduler.resume();
  }

  /** Inserts ten tasks, and then ten urgent ones, in one transaction. */
  @PostMapping("/urgent")
  void urgent() {
    transaction.executeWithoutResult(status -> {
      for (int number = 1; number <= 10; number++) {
        insert(number, Priority.LOW);
      }
      for (int number = 101; number <= 110; number++) {
        insert(number, Priority.HIGH);
      }
    });
  }

  private void insert(int number, int priority) {
    scheduler.scheduleIfNotExists(
        LINE.instance("line " + number)
            .data(number)
            .priority(priority)
            .scheduledTo(Instant.now()));
  }

  @Configuration(proxyBeanMethods = false)
  static class Known {
    @Bean
    Task<Integer> lineTask(Lines lines) {
      return Tasks.oneTime(LINE).execute((instance, context) -> lines.write(instance.getData()));
    }
  }
}
