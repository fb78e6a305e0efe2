package dev.cairn.chaos.life;

import java.time.Duration;

/**
 * The maximum times after the end of a misbehaviour.
 *
 * @param settle until every job is in the state that its role demands
 * @param leader until a leader does its duties
 * @param fresh until a newly inserted job is completed
 * @param told until a newly inserted job in a queue that is not polled is completed
 */
public record Bounds(Duration settle, Duration leader, Duration fresh, Duration told) {
  /** The times promised to users. A lost leader is noticed when its term of 15 seconds is over. */
  public static Bounds ofClient() {
    return new Bounds(
        Duration.ofSeconds(10),
        Duration.ofSeconds(25),
        Duration.ofSeconds(6),
        Duration.ofSeconds(10));
  }
}
