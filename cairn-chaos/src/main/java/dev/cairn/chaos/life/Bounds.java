package dev.cairn.chaos.life;

import java.time.Duration;

/**
 * How long things may take once nothing misbehaves any more.
 *
 * @param settle until every job is where it has to be
 * @param leader until the leader does its duties
 * @param fresh until a job that was inserted then has been completed
 * @param told the same in a queue that is not polled
 */
public record Bounds(Duration settle, Duration leader, Duration fresh, Duration told) {
  /** As promised to users; a lost election is noticed when the term of 15 seconds is over. */
  public static Bounds ofClient() {
    return new Bounds(
        Duration.ofSeconds(10),
        Duration.ofSeconds(25),
        Duration.ofSeconds(6),
        Duration.ofSeconds(10));
  }
}
