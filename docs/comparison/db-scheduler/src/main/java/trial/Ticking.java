package trial;

import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;

/** A recurring task that writes a line. */
@Configuration(proxyBeanMethods = false)
@Profile("periodic")
class Ticking {
  @Bean
  Task<Void> tick(Lines lines) {
    return Tasks.recurring("tick", FixedDelay.ofSeconds(1))
        .execute((instance, context) -> lines.write(1));
  }
}
