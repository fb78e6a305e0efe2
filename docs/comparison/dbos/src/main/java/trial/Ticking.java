package trial;

import dev.dbos.transact.DBOS;
import dev.dbos.transact.workflow.Workflow;
import dev.dbos.transact.workflow.WorkflowSchedule;
import java.time.Instant;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.annotation.Profile;
import org.springframework.context.event.EventListener;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** A scheduled workflow that writes a line every ten seconds. */
@RestController
@Profile("periodic")
class Ticking {
  private final DBOS dbos;

  public interface Workflows {
    void tick(Instant scheduled, Object context);
  }

  public record Tick(Lines lines) implements Workflows {
    @Override
    @Workflow(name = "tick")
    public void tick(Instant scheduled, Object context) {
      lines.write(1);
    }
  }

  Ticking(DBOS dbos, Lines lines) {
    this.dbos = dbos;
    dbos.registerProxy(Workflows.class, new Tick(lines));
  }

  /** After the launch. */
  @EventListener(ApplicationReadyEvent.class)
  void schedule() {
    if (dbos.getSchedule("every ten seconds").isEmpty()) {
      dbos.createSchedule(
          new WorkflowSchedule(
              "every ten seconds", "tick", Tick.class.getName(), "*/10 * * * * *"));
    }
  }

  @PostMapping("/pause-schedule")
  void pause() {
    dbos.pauseSchedule("every ten seconds");
  }

  @PostMapping("/resume-schedule")
  void resume() {
    dbos.resumeSchedule("every ten seconds");
  }
}
