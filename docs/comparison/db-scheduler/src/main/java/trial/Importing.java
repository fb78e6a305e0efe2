package trial;

import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import java.io.Serializable;
import java.time.Instant;
import java.util.UUID;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.stereotype.Service;

/** The import as a one-time task of db-scheduler. */
@Service
public class Importing {
  private static final TaskDescriptor<Import> IMPORT = TaskDescriptor.of("import", Import.class);
  private static volatile String thread;
  private final SchedulerClient tasks;

  record Import(int count) implements Serializable {}

  Importing(@Lazy SchedulerClient tasks) {
    this.tasks = tasks;
  }

  void begin(int count) {
    begin(count, Instant.now());
  }

  void begin(int count, Instant due) {
    tasks.scheduleIfNotExists(
        IMPORT.instance(UUID.randomUUID().toString())
            .data(new Import(count))
            .scheduledTo(due));
  }

  String thread() {
    return thread;
  }

  @Configuration(proxyBeanMethods = false)
  static class Known {
    @Bean
    Task<Import> importTask(Lines lines) {
      return Tasks.oneTime(IMPORT)
          .execute((instance, context) -> {
            thread = Thread.currentThread().toString();
            for (int number = 0; number < instance.getData().count(); number++) {
              lines.write(number);
            }
          });
    }
  }
}
