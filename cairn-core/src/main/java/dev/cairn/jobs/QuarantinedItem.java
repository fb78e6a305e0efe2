package dev.cairn.jobs;

import java.time.Instant;

/**
 * An item of a job's source that was put aside (R20). May get further components.
 *
 * @param position JSON: where the step was when it came to the item
 * @param error why it was put aside
 * @param crashes how often a process was seen to die of it
 * @param redrive whether it is to be done again
 */
public record QuarantinedItem(
    String step,
    String position,
    String error,
    int crashes,
    boolean redrive,
    Instant quarantinedAt) {}
