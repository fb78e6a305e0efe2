package dev.cairn.chaos.life;

import dev.cairn.JobKind;

/**
 * The only kind of job in a life.
 *
 * @param role what its worker does
 * @param key tells jobs of one role apart; a job whose insertion was repeated may exist twice
 * @param awaited another job's id, where the role waits for one
 */
@JobKind("act")
public record Act(Role role, String key, long awaited) {
  static Act of(Role role) {
    return new Act(role, role.name(), 0);
  }

  static Act of(Role role, String key) {
    return new Act(role, key, 0);
  }
}
