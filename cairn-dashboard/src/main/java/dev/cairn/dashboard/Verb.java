package dev.cairn.dashboard;

import java.util.Arrays;
import java.util.Optional;

/** What a user of the dashboard may be allowed to do. May get further constants. */
public enum Verb {
  /** Interrupt a running job at its next checkpoint. */
  INTERRUPT("interrupt"),
  /** Pause a job. */
  PAUSE("pause"),
  /** Resume a paused job. */
  RESUME("resume"),
  /** Cancel jobs. */
  CANCEL("cancel"),
  /** Make jobs available at once. */
  RETRY("retry"),
  /** Run a job from zero. */
  RESTART("restart"),
  /** Run steps of a job again. */
  REWIND("rewind"),
  /** Mark a step as finished. */
  SKIP("skip"),
  /** Work the quarantined items of a job again. */
  REDRIVE("redrive"),
  /** Delete jobs. */
  DELETE("delete"),
  /** Insert jobs, also copies of others. */
  INSERT("insert"),
  /** Pause a queue. */
  PAUSE_QUEUE("pauseQueue"),
  /** Resume a queue. */
  RESUME_QUEUE("resumeQueue");

  private final String label;

  Verb(String label) {
    this.label = label;
  }

  /** The name of this verb in the API of the dashboard, for example {@code pauseQueue}. */
  public String label() {
    return label;
  }

  /** The verb with this label; empty if there is none. */
  public static Optional<Verb> ofLabel(String label) {
    return Arrays.stream(values()).filter(verb -> verb.label.equals(label)).findFirst();
  }

  /** The {@link #label()}. */
  @Override
  public String toString() {
    return label;
  }
}
