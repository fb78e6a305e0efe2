package trial;

import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import java.io.Serializable;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.stereotype.Service;
import com.github.kagkarlsson.scheduler.task.Task;

/** The import as a one-time task of db-scheduler. */
@Service
public class Importing {
  private static final TaskDescriptor<Import> IMPORT = TaskDescriptor.of("import", Import.class);
  private static final AtomicInteger TICKS = new AtomicInteger();
  private static volatile String thread;
  private final SchedulerClient tasks;

  record Import(int count) implements Serializable {}

  Importing(@Lazy SchedulerClient tasks) {
    this.tasks = tasks;
  }

  void begin(int count) {
    tasks.scheduleIfNotExists(
        IMPORT.instance(UUID.randomUUID().toString())
            .data(new Import(count))
            .scheduledTo(Instant.now()));
  }

  String thread() {
    return thread + ", recurring task has run " + TICKS + " times";
  }

  @Configuration(proxyBeanMethods = false)
  static class Known {
    @Bean
    Task<Import> importTask(Lines lines) {
      return Tasks.oneTime(IMPORT)
          .execute((instance, context) -> {
            thread = Thread.currentThread().toString();
            for (int number = 0; number < instance.getData().count(); number++) {
              lines.save(Lines.slow(number));
            }
          });
    }

    @Bean
    Task<Void> ticking() {
      return Tasks.recurring("tick", FixedDelay.ofSeconds(1))
          .execute((instance, context) -> TICKS.incrementAndGet());
    }
  }
}
