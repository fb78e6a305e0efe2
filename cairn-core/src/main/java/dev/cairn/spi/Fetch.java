package dev.cairn.spi;

import java.time.Duration;

/**
 * One claim of jobs from a queue. May get further components.
 *
 * @param wanted how many jobs there was room for
 * @param claimed how many there were
 * @param duration how long the statement took
 */
public record Fetch(String queue, int wanted, int claimed, Duration duration) {}
