package dev.cairn.spring.boot;

import dev.cairn.dashboard.Dashboard;
import org.springframework.context.SmartLifecycle;

/** Ends the live views of a dashboard just before the web server waits for its running requests. */
final class LiveViews implements SmartLifecycle {
  /** Above the graceful shutdown of the web server, whose phase is 1024 below the default one. */
  static final int PHASE = DEFAULT_PHASE - 1023;

  private final Dashboard dashboard;
  private volatile boolean running;

  LiveViews(Dashboard dashboard) {
    this.dashboard = dashboard;
  }

  @Override
  public void start() {
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    dashboard.endLiveViews();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }
}
