package trial;

import org.jobrunr.jobs.annotations.Recurring;
import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;

/** A periodic job that writes a line. */
@Component
@Profile("periodic")
public class Ticking {
  private final Lines lines;

  Ticking(Lines lines) {
    this.lines = lines;
  }

  @Recurring(id = "tick", interval = "PT10S")
  public void tick() {
    lines.write(1);
  }
}
