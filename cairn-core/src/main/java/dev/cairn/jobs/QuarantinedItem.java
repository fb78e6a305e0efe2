package dev.cairn.jobs;

import java.time.Instant;

/**
 * An item of a job's source that was put aside. May get further components.
 *
 * @param position the position of the item, as JSON
 * @param error why it was put aside
 * @param crashes how often the process died while it worked the item
 * @param redrive whether it was chosen to be processed again, and has not been yet
 */
public record QuarantinedItem(
    String step,
    String position,
    String error,
    int crashes,
    boolean redrive,
    Instant quarantinedAt) {}
