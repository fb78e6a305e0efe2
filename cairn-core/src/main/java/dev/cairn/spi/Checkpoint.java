package dev.cairn.spi;

import org.jspecify.annotations.Nullable;

/**
 * One named piece of a job's durable state.
 *
 * @param name unique within the job
 * @param position the place of a top-level step in the order in which the job comes to its steps;
 *     null for what River knows nothing of, such as a step within a step
 * @param finished whether nothing is left to do under this name
 * @param value JSON: the position reached while unfinished, the result when finished; or null
 */
public record Checkpoint(
    String name, @Nullable Integer position, boolean finished, @Nullable String value) {}
