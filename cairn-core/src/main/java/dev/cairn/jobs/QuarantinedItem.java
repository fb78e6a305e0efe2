package dev.cairn.jobs;

import java.time.Instant;

/**
 * An item of a job's source that was put aside (R20). May get further components.
 *
 * @param position JSON: the position of the item
 * @param error why it was put aside
 * @param crashes how often its process died while it worked the item
 * @param redrive whether it is to be done again
 */
public record QuarantinedItem(
    String step,
    String position,
    String error,
    int crashes,
    boolean redrive,
    Instant quarantinedAt) {}
