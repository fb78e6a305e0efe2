package dev.cairn.chaos.life;

import dev.cairn.JobKind;

/**
 * The only kind of job in a life.
 *
 * @param role the work of the job
 * @param key identifies the job within its role; a job whose insertion was repeated may exist twice
 * @param awaited the id of the job for which this role waits, if it waits for one
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
