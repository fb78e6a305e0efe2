package dev.cairn.spring.boot;

import dev.cairn.ResumePolicy;
import java.time.Duration;

/** What properties and annotations say of policies, in which zero means no limit. */
final class Policies {
  private Policies() {}

  static ResumePolicy withProgressDeadline(ResumePolicy policy, Duration time) {
    return time.isZero() ? policy.withoutProgressDeadline() : policy.withProgressDeadline(time);
  }
}
