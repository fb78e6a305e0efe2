package dev.cairn.jobs;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What somebody did to a job from outside (R28). The last fifty are kept in its metadata. May get
 * further components.
 *
 * @param verb what was done: {@code pause}, {@code rewind} and so on
 * @param by who did it
 * @param detail what else there is to say, such as the name of a step
 */
public record JobOperation(Instant at, String verb, String by, @Nullable String detail) {}
