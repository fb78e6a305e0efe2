package dev.cairn.jobs;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An operation on a job from outside. The last fifty are kept in the job's metadata. May get
 * further components.
 *
 * @param verb what was done: {@code pause}, {@code rewind} and so on
 * @param by the operator
 * @param detail further information, such as the name of a step
 * @param reason the reason that the operator gave ({@link JobOperator#because}); null if none
 */
public record JobOperation(
    Instant at, String verb, String by, @Nullable String detail, @Nullable String reason) {}
